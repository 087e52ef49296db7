package io.k1s.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.TrackedStorage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that reaches its hard deadline inside native code. */
@Timeout(300)
final class HardDeadlineTest {

    private static final int KEYS = 50_000;
    private static final int READERS = 2;

    @TempDir
    private Path temp;

    @Test
    void nativeCallsThatRunAtTheHardDeadlineAreLeftAndTheStoreStaysOpenAndWhole() throws Exception {
        Path path = temp.resolve("store");
        Path crash = temp.resolve("hs_err");
        List<String> acknowledged = new ArrayList<>();
        String said;
        try (ChildStore child =
                ChildStore.start(List.of(), List.of("-XX:ErrorFile=" + crash), Main.class, path.toString())) {
            for (int i = 0; i < KEYS; i++) {
                acknowledged.add(child.nextAcknowledged());
            }
            for (int i = 0; i < READERS; i++) {
                child.awaitLine("has read");
            }
            child.terminate();
            said = child.awaitEnd();
            assertThat(child.exitCode()).as(said).isEqualTo(75);
        }
        assertThat(said)
                .containsPattern("storage: NOT drained, [1-9] left in .*, left open")
                .contains("left behind: \"list all of it\"");
        assertThat(crash).doesNotExist();
        try (RocksDbStorage store = RocksDbStorage.open(path)) {
            List<KeyValue> found = store.list(ListOptions.prefix("")).items();
            assertThat(found.stream().map(item -> item.key() + " " + item.revision()))
                    .containsExactlyInAnyOrderElementsOf(acknowledged);
        }
    }

    /** Creates keys, then lists all of them, again and again, as parts of one work that never ends. */
    static final class Main {

        private Main() {}

        public static void main(String[] args) {
            WorkRegistry registry = WorkRegistry.create(ShutdownConfig.builder()
                    .gracefulTimeout(Duration.ofSeconds(1))
                    .build());
            RocksDbStorage backend = RocksDbStorage.open(
                    Path.of(args[0]), RocksDbOptions.defaults().withSync(false));
            TrackedStorage store = TrackedStorage.register(registry, "storage", backend);
            var unused = registry.terminated().thenAccept(report -> System.out.println(report.describe()));
            registry.shutdownOnSignals();
            for (int i = 0; i < KEYS; i++) {
                ChildStore.acknowledge(store.create("k" + i, new byte[100], Duration.ZERO));
            }
            Work work = store.startWork("list all of it");
            for (int i = 0; i < READERS; i++) {
                new Thread(() -> read(store.within(work), backend)).start();
            }
        }

        private static void read(StorageBackend store, StorageBackend backend) {
            assertThat(store.list(ListOptions.prefix("")).items()).hasSize(KEYS);
            System.out.println("has read");
            try {
                while (true) {
                    list(store);
                }
            } catch (WorkRejectedException e) {
                // The hard deadline. From here on uncounted, so that the process does end inside native code.
                while (true) {
                    list(backend);
                }
            }
        }

        private static void list(StorageBackend store) {
            var unused = store.list(ListOptions.prefix(""));
        }
    }
}
