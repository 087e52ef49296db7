package io.k1s.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.StorageException;
import io.k1s.storage.TrackedStorage;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process whose files may not grow, or that has no more file handles, in the middle of its writes. */
@Timeout(300)
final class FullDiskTest {

    /** Of 512 bytes: more than the native library that is unpacked at the start, less than the log can have. */
    private static final int FILE_BLOCKS = (24 << 20) / 512;

    private static final int FILE_HANDLES = 256;

    @TempDir
    private Path temp;

    @Test
    void aFullDiskFailsTheWriteAndEndsItsWorkAndLosesNothingAcknowledged() throws Exception {
        String said = outlived("trap '' XFSZ; ulimit -f " + FILE_BLOCKS, false);
        // That the log could not be synced once more is told too.
        assertThat(said).contains("File too large", "CLOSE_FAILED", "last sync failed");
    }

    @Test
    void wantOfFileHandlesFailsTheWriteAndEndsItsWorkAndLosesNothingAcknowledged() throws Exception {
        String said = outlived("ulimit -n " + FILE_HANDLES, true);
        assertThat(said).contains("Too many open files", "COMPLETE");
    }

    /** Returns what a process said that outlived its failed write. */
    private String outlived(String limit, boolean takeHandles) throws Exception {
        Path path = temp.resolve("store");
        String said;
        try (ChildStore child = ChildStore.start(
                List.of("sh", "-c", limit + "; exec \"$@\"", "sh"),
                List.of(),
                Main.class,
                path.toString(),
                Boolean.toString(takeHandles))) {
            said = child.awaitEnd();
            assertThat(child.exitCode()).as(said).isZero();
        }
        assertThat(said)
                .contains("later: an earlier write failed, reopen the store to write again")
                .contains("found: k1")
                .contains("adds up: true, errors 2, in flight 0")
                .contains("storage: drained in ");
        List<String> acknowledged = said.lines()
                .filter(line -> line.startsWith("ack "))
                .map(line -> line.split(" ")[1])
                .toList();
        assertThat(acknowledged).isNotEmpty();
        try (RocksDbStorage store = RocksDbStorage.open(path)) {
            assertThat(acknowledged)
                    .allSatisfy(key ->
                            assertThat(store.get(key).hasValue(Main.value(key))).isTrue());
        }
        return said;
    }

    /** Creates keys until that fails. */
    static final class Main {
        private static final int VALUE = 256 << 10;

        private Main() {}

        private static byte[] value(String key) {
            byte[] value = new byte[VALUE];
            Arrays.fill(value, (byte) key.hashCode());
            return value;
        }

        public static void main(String[] args) throws Exception {
            WorkRegistry registry = WorkRegistry.create();
            TrackedStorage store = TrackedStorage.register(registry, "storage", RocksDbStorage.open(Path.of(args[0])));
            // The first one loads its classes, which needs handles too.
            create(store, "k1");
            List<FileInputStream> handles = Boolean.parseBoolean(args[1]) ? takeHandles() : List.of();
            try {
                for (int i = 2; ; i++) {
                    create(store, "k" + i);
                }
            } catch (StorageException e) {
                System.out.println("failed: " + e.getMessage());
            }
            for (FileInputStream handle : handles) {
                handle.close();
            }
            try {
                store.create("later", "later".getBytes(UTF_8), Duration.ZERO);
            } catch (StorageException e) {
                System.out.println("later: " + e.getMessage());
            }
            System.out.println("found: " + store.get("k1").key());
            WorkSnapshot ledger = store.metrics().snapshot();
            boolean addsUp = ledger.totalStarted() == ledger.ended() + ledger.inFlight();
            System.out.println(
                    "adds up: " + addsUp + ", errors " + ledger.errors() + ", in flight " + ledger.inFlight());
            System.out.println(registry.shutdown().get(30, TimeUnit.SECONDS).describe());
        }

        private static void create(TrackedStorage store, String key) {
            ChildStore.acknowledge(store.create(key, value(key), Duration.ZERO));
        }

        /** All that there are. */
        private static List<FileInputStream> takeHandles() {
            List<FileInputStream> handles = new ArrayList<>();
            try {
                while (true) {
                    handles.add(new FileInputStream("/dev/null"));
                }
            } catch (IOException e) {
                return handles;
            }
        }
    }
}
