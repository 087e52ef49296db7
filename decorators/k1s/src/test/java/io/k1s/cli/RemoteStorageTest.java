package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.StorageBackendContract;
import io.k1s.storage.TrackedStorage;
import io.k1s.storage.UpdateFunction;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a storage, through a socket. */
@Timeout(180)
final class RemoteStorageTest extends StorageBackendContract {
    @TempDir
    Path folder;

    @Override
    protected StorageBackend newStore(int historyLimit) throws IOException {
        Path store = Files.createTempDirectory(folder, "s");
        WorkRegistry registry = WorkRegistry.create();
        TrackedStorage storage =
                TrackedStorage.register(registry, "storage", new MemoryStorage("memory", historyLimit));
        StorageServer.start(registry, store, storage);
        return new Closing(RemoteStorage.connect(SocketPath.address(store).orElseThrow()), registry);
    }

    /** Closes the other side as well. */
    private record Closing(StorageBackend remote, WorkRegistry registry) implements StorageBackend {
        @Override
        public void close() {
            remote.close();
            ShutdownReport report = registry.shutdown().join();
            assertThat(report.isComplete()).as(report.describe()).isTrue();
        }

        @Override
        public String name() {
            return remote.name();
        }

        @Override
        public KeyValue create(String key, byte[] value, Duration ttl) {
            return remote.create(key, value, ttl);
        }

        @Override
        public KeyValue get(String key) {
            return remote.get(key);
        }

        @Override
        public ListResult list(ListOptions options) {
            return remote.list(options);
        }

        @Override
        public KeyValue update(String key, byte[] value, long expectedRevision) {
            return remote.update(key, value, expectedRevision);
        }

        @Override
        public KeyValue guaranteedUpdate(String key, UpdateFunction function) {
            return remote.guaranteedUpdate(key, function);
        }

        @Override
        public KeyValue delete(String key, Preconditions preconditions) {
            return remote.delete(key, preconditions);
        }

        @Override
        public Watch watch(String prefix, long fromRevision, WatchListener listener) {
            return remote.watch(prefix, fromRevision, listener);
        }

        @Override
        public long count(String prefix) {
            return remote.count(prefix);
        }

        @Override
        public void compact(long revision) {
            remote.compact(revision);
        }

        @Override
        public long revision() {
            return remote.revision();
        }
    }
}
