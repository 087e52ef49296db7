package io.k1s.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.k1s.storage.CompactedException;
import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StorageClosedException;
import io.k1s.storage.StoreThreads;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import io.k1s.storage.WatchLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
final class RocksDbStorageTest {

    private static final RocksDbOptions NO_SYNC = RocksDbOptions.defaults().withSync(false);

    @TempDir
    private Path temp;

    private Path path() {
        return temp.resolve("store");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static KeyValue put(RocksDbStorage store, String key, String value) {
        return store.create(key, bytes(value), Duration.ZERO);
    }

    @Test
    void reopeningKeepsDataRevisionsAndTheWatchLog() throws Exception {
        KeyValue updated;
        try (RocksDbStorage store = RocksDbStorage.open(path())) {
            put(store, "a", "1");
            put(store, "b", "1");
            updated = store.update("a", bytes("2"), 1);
            store.delete("b", Preconditions.none());
        }
        try (RocksDbStorage store = RocksDbStorage.open(path())) {
            assertThat(store.revision()).isEqualTo(4);
            assertThat(store.get("a")).isEqualTo(updated);
            assertThat(store.count("")).isEqualTo(1);
            WatchLog log = new WatchLog();
            store.watch("", 1, log);
            assertThat(put(store, "c", "1").revision()).isEqualTo(5);
            assertThat(log.next(5))
                    .containsExactly(
                            "CREATED a=1@1", "CREATED b=1@2", "UPDATED a=2@3", "DELETED b=1@4", "CREATED c=1@5");
        }
    }

    @Test
    void reopeningKeepsTheRevisionWhenAllHistoryIsCompacted() {
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC)) {
            put(store, "a", "1");
            store.delete("a", Preconditions.none());
            store.compact(2);
        }
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC)) {
            assertThat(store.revision()).isEqualTo(2);
            assertThatExceptionOfType(CompactedException.class)
                    .isThrownBy(() -> store.watch("", 2, new WatchLog()))
                    .satisfies(e -> assertThat(e.compactedRevision()).isEqualTo(2));
            assertThat(put(store, "a", "2").revision()).isEqualTo(3);
        }
    }

    @Test
    void aListGoesOnAfterARestartAtItsRevision() {
        ListResult first;
        ListOptions options = ListOptions.prefix("").withLimit(1);
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC)) {
            put(store, "a", "1");
            put(store, "b", "1");
            first = store.list(options);
            store.delete("b", Preconditions.none());
        }
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC)) {
            ListResult second = store.list(options.continuing(first.continueToken()));
            assertThat(second.items()).containsExactly(new KeyValue("b", bytes("1"), 2));
            assertThat(second.revision()).isEqualTo(2);
        }
    }

    @Test
    void aDeadlinePassedWhileClosedExpiresTheKeyAtOpen() throws Exception {
        Clock clock = Clock.systemUTC();
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC.withClock(clock))) {
            store.create("hour", bytes("1"), Duration.ofHours(1));
            store.create("day", bytes("1"), Duration.ofDays(1));
            store.update("hour", bytes("2"), 1);
        }
        Clock later = Clock.offset(clock, Duration.ofHours(2));
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC.withClock(later))) {
            WatchLog log = new WatchLog();
            store.watch("", 4, log);
            assertThat(log.next(1)).containsExactly("DELETED hour=2@4");
            assertThatExceptionOfType(KeyNotFoundException.class).isThrownBy(() -> store.get("hour"));
            assertThat(store.get("day").revision()).isEqualTo(2);
        }
        Clock muchLater = Clock.offset(clock, Duration.ofHours(25));
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC.withClock(muchLater))) {
            WatchLog log = new WatchLog();
            store.watch("", 5, log);
            assertThat(log.next(1)).containsExactly("DELETED day=1@5");
        }
    }

    @Test
    void aDeletedKeysDeadlineIsForgotten() {
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC)) {
            store.create("a", bytes("1"), Duration.ofHours(1));
            store.delete("a", Preconditions.none());
            put(store, "a", "2");
        }
        Clock later = Clock.offset(Clock.systemUTC(), Duration.ofDays(1));
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC.withClock(later))) {
            // A lease left behind would have been the first thing to expire, before this one.
            store.create("b", bytes("1"), Duration.ofMillis(1));
            WatchLog log = new WatchLog();
            store.watch("b", 1, log);
            assertThat(log.next(2)).containsExactly("CREATED b=1@4", "DELETED b=1@5");
            assertThat(store.get("a").revision()).isEqualTo(3);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void historyIsTrimmedInPortionsAndNeverBelowTheLimit() throws Exception {
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC.withHistoryLimit(8))) {
            for (int i = 1; i <= 100; i++) {
                put(store, "k" + i, "1");
                long oldest = Math.max(1, i - 7);
                Watch watch = store.watch("", oldest, new WatchLog());
                watch.drain();
                assertThat(WatchLog.end(watch)).isEqualTo(new WatchEnded(WatchEnded.Reason.CLOSING, i, null));
            }
            assertThatExceptionOfType(CompactedException.class)
                    .isThrownBy(() -> store.watch("", 100 - 11, new WatchLog()));
        }
    }

    @Test
    void oneHundredOpenCloseCyclesLeaveNothingBehind() throws Exception {
        cycle(5);
        long files = openFiles();
        Set<Thread> threads = Thread.getAllStackTraces().keySet();
        long nativeThreads = nativeThreads();
        cycle(100);
        assertThat(openFiles()).isLessThanOrEqualTo(files);
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!threads.contains(thread)) {
                // The last one can be on its way out.
                thread.join(TimeUnit.SECONDS.toMillis(60));
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
        assertThat(nativeThreads()).isLessThanOrEqualTo(nativeThreads + 2);
        try (Stream<Path> left = Files.list(path())) {
            assertThat(left.map(f -> f.getFileName().toString())).hasSizeLessThan(50);
        }
    }

    private void cycle(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC)) {
                WatchLog log = new WatchLog();
                store.watch("", 0, log);
                KeyValue created = store.create("k" + store.revision(), bytes("1"), Duration.ofDays(1));
                assertThat(log.next().revision()).isEqualTo(created.revision());
                store.list(ListOptions.prefix(""));
            }
        }
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    private static long nativeThreads() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.count();
        }
    }

    @Test
    void closeWhileEightThreadsOperateBreaksNothing() throws Exception {
        for (int round = 0; round < 5; round++) {
            RocksDbStorage store = RocksDbStorage.open(temp.resolve("busy" + round), NO_SYNC);
            put(store, "n", "0");
            CountDownLatch busy = new CountDownLatch(8 * 20);
            ExecutorService threads = Executors.newFixedThreadPool(8);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                running.add(threads.submit(() -> assertThatExceptionOfType(StorageClosedException.class)
                        .isThrownBy(() -> {
                            while (true) {
                                operate(store);
                                busy.countDown();
                            }
                        })));
            }
            assertThat(busy.await(60, TimeUnit.SECONDS)).isTrue();
            store.close();
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }
            threads.shutdownNow();
            assertThatExceptionOfType(StorageClosedException.class).isThrownBy(() -> store.get("n"));
        }
    }

    private static void operate(RocksDbStorage store) {
        switch (ThreadLocalRandom.current().nextInt(5)) {
            case 0 -> store.get("n");
            case 1 -> store.list(ListOptions.prefix("").withLimit(10));
            case 2 -> store.guaranteedUpdate("n", kv -> bytes("" + kv.revision()));
            case 3 -> store.watch("n", 0, event -> store.count("n")).cancel();
            default -> store.count("");
        }
    }

    @Test
    void noThreadIsLeftAfterClose() throws Exception {
        List<Thread> busy;
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC.withName("leaving"))) {
            WatchLog log = new WatchLog();
            store.watch("", 0, log);
            store.create("a", bytes("1"), Duration.ofDays(1));
            log.next();
            busy = StoreThreads.named("k1s-leaving");
            assertThat(busy)
                    .extracting(Thread::getName)
                    .containsExactlyInAnyOrder("k1s-leaving-ttl", "k1s-leaving-watch");
        }
        StoreThreads.assertEnded(busy);
    }

    @Test
    void wrongOptionsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NO_SYNC.withBlockCacheBytes(1))
                .withMessageContaining("block cache is 1 bytes; 1048576 to");
        assertThatIllegalArgumentException().isThrownBy(() -> NO_SYNC.withHistoryLimit(0));
        assertThatIllegalArgumentException().isThrownBy(() -> NO_SYNC.withName(""));
    }

    @Test
    void pagesAgreeWithASimpleModelAtEveryRevision() {
        try (RocksDbStorage store = RocksDbStorage.open(path(), NO_SYNC)) {
            List<List<KeyValue>> states = new ArrayList<>();
            List<String> tokens = new ArrayList<>();
            java.util.Random random = new java.util.Random(7);
            put(store, "a", "first");
            for (int i = 0; i < 200; i++) {
                change(store, "k" + random.nextInt(8), random.nextInt(3), "v" + i);
                ListResult page = store.list(ListOptions.prefix("").withLimit(1));
                tokens.add(page.continueToken());
                List<KeyValue> all = store.list(ListOptions.prefix("")).items();
                states.add(all.subList(1, all.size()));
            }
            IntStream.range(0, states.size())
                    .filter(i -> !tokens.get(i).isEmpty())
                    .forEach(i -> assertThat(store.list(ListOptions.prefix("").continuing(tokens.get(i)))
                                    .items())
                            .isEqualTo(states.get(i)));
        }
    }

    private static void change(RocksDbStorage store, String key, int what, String value) {
        boolean there = store.count(key) > 0;
        if (!there) {
            put(store, key, value);
        } else if (what == 0) {
            store.delete(key, Preconditions.none());
        } else {
            store.guaranteedUpdate(key, kv -> bytes(value));
        }
    }
}
