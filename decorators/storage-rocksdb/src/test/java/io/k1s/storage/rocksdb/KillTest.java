package io.k1s.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.storage.KeyValue;
import io.k1s.storage.WatchLog;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
final class KillTest {

    private static final int LOOPS = 10;

    @TempDir
    private Path temp;

    @Test
    void whatWasAcknowledgedIsThereAfterKillNine() throws Exception {
        long seed = Long.getLong("k1s.seed", new Random().nextLong());
        System.out.println("KillTest: -Dk1s.seed=" + seed);
        Random random = new Random(seed);
        Path path = temp.resolve("store");
        Map<String, Long> acknowledged = new TreeMap<>();
        for (int loop = 0; loop < LOOPS; loop++) {
            try (ChildStore child = ChildStore.start(path)) {
                int killAfter = 1 + random.nextInt(3_000);
                for (int i = 0; i < killAfter; i++) {
                    note(child.nextAcknowledged(), acknowledged);
                }
                child.kill();
                // What it still said before it died counts too.
                for (String late = child.nextAcknowledged(); late != null; late = child.nextAcknowledged()) {
                    note(late, acknowledged);
                }
            }
            verify(path, acknowledged);
        }
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(LOOPS);
    }

    private static void note(String line, Map<String, Long> acknowledged) {
        assertThat(line).isNotNull();
        String[] parts = line.split(" ");
        // The very last line may have been cut by the kill.
        if (parts.length == 2 && parts[0].equals("k" + parts[1])) {
            acknowledged.put(parts[0], Long.parseLong(parts[1]));
        }
    }

    private static void verify(Path path, Map<String, Long> acknowledged) throws Exception {
        try (RocksDbStorage store = RocksDbStorage.open(path)) {
            acknowledged.forEach((key, revision) -> {
                KeyValue found = store.get(key);
                assertThat(found.revision()).isEqualTo(revision);
                assertThat(new String(found.value(), UTF_8)).isEqualTo("v" + revision);
            });
            // One may have been committed and not acknowledged. The log, the data and the revision agree about it.
            long last = store.revision();
            assertThat(store.count(""))
                    .isEqualTo(last)
                    .isBetween((long) acknowledged.size(), acknowledged.size() + 10L);
            WatchLog log = new WatchLog();
            store.watch("", last, log);
            assertThat(log.next().key()).isEqualTo("k" + last);
        }
    }
}
