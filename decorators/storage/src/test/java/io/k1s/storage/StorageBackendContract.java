package io.k1s.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.storage.WatchEnded.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link StorageBackend} must do, decorated or not. */
@Timeout(120)
public abstract class StorageBackendContract {

    private static final int HISTORY = 50;

    protected StorageBackend store;

    /** Returns a new, empty, open store that keeps so many events. */
    protected abstract StorageBackend newStore(int historyLimit) throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = newStore(10_000);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    protected static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    protected KeyValue put(String key, String value) {
        return store.create(key, bytes(value), Duration.ZERO);
    }

    protected String value(String key) {
        return new String(store.get(key).value(), UTF_8);
    }

    protected List<String> keys(ListResult result) {
        return result.items().stream().map(KeyValue::key).toList();
    }

    private void useStoreWithShortHistory() throws Exception {
        store.close();
        store = newStore(HISTORY);
    }

    private void write(int count) {
        KeyValue last = store.count("filler") == 0 ? put("filler", "-1") : store.get("filler");
        for (int i = 0; i < count; i++) {
            last = store.update("filler", bytes(last.revision() + ""), last.revision());
        }
    }

    // --- changes and reads

    @Test
    void aCreatedKeyIsRead() {
        KeyValue created = put("a", "1");
        assertThat(store.get("a")).isEqualTo(created);
        assertThat(created).isEqualTo(new KeyValue("a", bytes("1"), 1));
        assertThat(store.name()).isNotBlank();
    }

    @Test
    void revisionsStartAtZeroAndGrowByOneForEachChange() {
        assertThat(store.revision()).isZero();
        assertThat(put("a", "1").revision()).isEqualTo(1);
        assertThat(put("b", "1").revision()).isEqualTo(2);
        assertThat(store.update("a", bytes("2"), 1).revision()).isEqualTo(3);
        store.delete("b", Preconditions.none());
        assertThat(store.revision()).isEqualTo(4);
    }

    @Test
    void creatingAKeyThatExistsIsRefused() {
        put("a", "1");
        assertThatExceptionOfType(KeyExistsException.class)
                .isThrownBy(() -> put("a", "2"))
                .withMessageContaining("\"a\"")
                .withMessageContaining("revision 1");
        assertThat(value("a")).isEqualTo("1");
        assertThat(store.revision()).isEqualTo(1);
    }

    @Test
    void aMissingKeyIsATypedError() {
        assertThrowsNotFound(() -> store.get("a"));
        assertThrowsNotFound(() -> store.update("a", bytes("1"), 1));
        assertThrowsNotFound(() -> store.guaranteedUpdate("a", KeyValue::value));
        assertThrowsNotFound(() -> store.delete("a", Preconditions.none()));
        assertThat(store.revision()).isZero();
    }

    private static void assertThrowsNotFound(ThrowingCallable call) {
        assertThatExceptionOfType(KeyNotFoundException.class).isThrownBy(call).withMessageContaining("\"a\"");
    }

    @Test
    void aStaleRevisionIsRefused() {
        put("a", "1");
        store.update("a", bytes("2"), 1);
        assertThatExceptionOfType(StaleRevisionException.class)
                .isThrownBy(() -> store.update("a", bytes("3"), 1))
                .satisfies(e -> assertThat(e.actualRevision()).isEqualTo(2));
        assertThatExceptionOfType(StaleRevisionException.class)
                .isThrownBy(() -> store.delete("a", Preconditions.revision(1)));
        assertThat(value("a")).isEqualTo("2");
    }

    @Test
    void aDeleteReturnsWhatWasDeleted() {
        KeyValue created = put("a", "1");
        assertThat(store.delete("a", Preconditions.revision(1))).isEqualTo(created);
        assertThrowsNotFound(() -> store.get("a"));
    }

    @Test
    void aDeletedKeyCanBeCreatedAgain() {
        put("a", "1");
        store.delete("a", Preconditions.none());
        assertThat(put("a", "2").revision()).isEqualTo(3);
        assertThat(value("a")).isEqualTo("2");
    }

    @Test
    void anUpdateWithTheSameBytesIsNoChange() throws Exception {
        KeyValue created = put("a", "1");
        WatchLog log = new WatchLog();
        Watch watch = store.watch("", 1, log);
        assertThat(store.update("a", bytes("1"), 1)).isEqualTo(created);
        assertThat(store.guaranteedUpdate("a", KeyValue::value)).isEqualTo(created);
        assertThat(store.revision()).isEqualTo(1);
        watch.drain();
        WatchLog.end(watch);
        assertThat(log.rest()).containsExactly("CREATED a=1@1");
    }

    @Test
    void anEmptyValueIsAValue() {
        put("a", "");
        assertThat(store.get("a").size()).isZero();
        assertThat(value(store.update("a", bytes("x"), 1).key())).isEqualTo("x");
        assertThat(store.update("a", new byte[0], 2).value()).isEmpty();
    }

    @Test
    void valuesAreCopiedInAndOut() {
        byte[] given = bytes("1");
        store.create("a", given, Duration.ZERO);
        given[0] = 'x';
        store.get("a").value()[0] = 'y';
        assertThat(value("a")).isEqualTo("1");
    }

    // --- guaranteed update

    @Test
    void aGuaranteedUpdateIsAppliedAgainOnAConflict() {
        put("a", "1");
        AtomicInteger calls = new AtomicInteger();
        store.guaranteedUpdate("a", current -> {
            if (calls.incrementAndGet() == 1) {
                store.update("a", bytes("other"), current.revision());
            }
            return bytes(new String(current.value(), UTF_8) + "+");
        });
        assertThat(calls).hasValue(2);
        assertThat(value("a")).isEqualTo("other+");
    }

    @Test
    void theUpdateFunctionRunsUnderNoLock() throws Exception {
        put("a", "1");
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            store.guaranteedUpdate("a", current -> {
                assertThat(get(other.submit(() -> put("b", "1"))).key()).isEqualTo("b");
                return bytes("2");
            });
        } finally {
            other.shutdownNow();
        }
        assertThat(value("a")).isEqualTo("2");
    }

    @Test
    void whatTheUpdateFunctionThrowsIsPassedOnAndNothingIsChanged() {
        put("a", "1");
        StaleRevisionException own = new StaleRevisionException("mine", 1, 2);
        assertThatThrownBy(() -> store.guaranteedUpdate("a", current -> {
                    throw own;
                }))
                .isSameAs(own);
        assertThat(store.revision()).isEqualTo(1);
    }

    @Test
    void concurrentGuaranteedUpdatesLoseNothing() throws Exception {
        put("a", "0");
        int threads = 4;
        int each = 200;
        inParallel(threads, () -> {
            for (int i = 0; i < each; i++) {
                store.guaranteedUpdate(
                        "a", kv -> bytes(Integer.toString(Integer.parseInt(new String(kv.value(), UTF_8)) + 1)));
            }
            return null;
        });
        assertThat(value("a")).isEqualTo(Integer.toString(threads * each));
        assertThat(store.revision()).isEqualTo(1 + threads * each);
    }

    @Test
    void onlyOneOfConcurrentCreatesSucceeds() throws Exception {
        AtomicInteger created = new AtomicInteger();
        for (int round = 0; round < 50; round++) {
            String key = "k" + round;
            inParallel(4, () -> {
                try {
                    put(key, "1");
                    created.incrementAndGet();
                } catch (KeyExistsException e) {
                    assertThat(e).hasMessageContaining(key);
                }
                return null;
            });
        }
        assertThat(created).hasValue(50);
    }

    // --- lists

    @Test
    void aListHasTheKeysWithThePrefixInOrder() {
        for (String key : List.of("b/2", "a/1", "b/1", "c", "b", "b0")) {
            put(key, "1");
        }
        assertThat(keys(store.list(ListOptions.prefix("b/")))).containsExactly("b/1", "b/2");
        assertThat(keys(store.list(ListOptions.prefix("")))).containsExactly("a/1", "b", "b/1", "b/2", "b0", "c");
        assertThat(store.list(ListOptions.prefix("")).revision()).isEqualTo(6);
        assertThat(store.count("b/")).isEqualTo(2);
        assertThat(store.count("")).isEqualTo(6);
        assertThat(store.list(ListOptions.prefix("x")).items()).isEmpty();
    }

    @Test
    void theOrderIsThatOfTheUtf8Bytes() {
        List<String> inOrder = List.of("z", "\u00e9", "\u20ac", "\ufffd", "\ud83d\ude00");
        inOrder.forEach(key -> put(key, "1"));
        assertThat(keys(store.list(ListOptions.prefix("")))).isEqualTo(inOrder);
        assertThat(keys(store.list(ListOptions.prefix("\ufffd")))).containsExactly("\ufffd");
    }

    @Test
    void deletedKeysAreNotListed() {
        put("a", "1");
        put("b", "1");
        store.delete("a", Preconditions.none());
        assertThat(keys(store.list(ListOptions.prefix("")))).containsExactly("b");
        assertThat(store.count("")).isEqualTo(1);
    }

    @Test
    void pagesHaveTheLimitAndTheLastOneNoToken() {
        IntStream.range(0, 5).forEach(i -> put("k" + i, "1"));
        ListOptions options = ListOptions.prefix("k").withLimit(2);
        ListResult first = store.list(options);
        ListResult second = store.list(options.continuing(first.continueToken()));
        ListResult third = store.list(options.continuing(second.continueToken()));
        assertThat(keys(first)).containsExactly("k0", "k1");
        assertThat(keys(second)).containsExactly("k2", "k3");
        assertThat(keys(third)).containsExactly("k4");
        assertThat(first.hasMore()).isTrue();
        assertThat(third.hasMore()).isFalse();
        assertThat(store.list(options.withLimit(5)).hasMore()).isFalse();
    }

    @Test
    void allPagesAreOfTheRevisionOfTheFirst() {
        IntStream.range(0, 6).forEach(i -> put("k" + i, "old"));
        ListOptions options = ListOptions.prefix("k").withLimit(1);
        ListResult page = store.list(options);
        put("k00", "new");
        store.delete("k1", Preconditions.none());
        store.update("k2", bytes("new"), 3);
        store.delete("k3", Preconditions.none());
        put("k3", "again");
        store.guaranteedUpdate("k3", kv -> bytes("and again"));
        store.delete("k5", Preconditions.none());
        List<String> seen = new ArrayList<>();
        while (true) {
            assertThat(page.revision()).isEqualTo(6);
            page.items().forEach(kv -> seen.add(kv.key() + "=" + new String(kv.value(), UTF_8) + "@" + kv.revision()));
            if (!page.hasMore()) {
                break;
            }
            page = store.list(options.continuing(page.continueToken()));
        }
        assertThat(seen).containsExactly("k0=old@1", "k1=old@2", "k2=old@3", "k3=old@4", "k4=old@5", "k5=old@6");
    }

    @Test
    void aPageAfterACompactionOfItsRevisionIsATypedError() {
        put("a", "1");
        put("b", "1");
        String token = store.list(ListOptions.prefix("").withLimit(1)).continueToken();
        put("c", "1");
        ListOptions next = ListOptions.prefix("").withLimit(1).continuing(token);
        store.compact(2);
        assertThat(keys(store.list(next))).containsExactly("b");
        store.compact(3);
        assertThatExceptionOfType(CompactedException.class)
                .isThrownBy(() -> store.list(next))
                .satisfies(e -> assertThat(e.compactedRevision()).isEqualTo(3));
    }

    @Test
    void aPageBeyondTheKeptHistoryIsATypedError() throws Exception {
        useStoreWithShortHistory();
        put("a", "1");
        put("b", "1");
        String token = store.list(ListOptions.prefix("").withLimit(1)).continueToken();
        write(3 * HISTORY);
        assertThatExceptionOfType(CompactedException.class)
                .isThrownBy(() -> store.list(ListOptions.prefix("").continuing(token)));
    }

    @Test
    void aWrongTokenIsRefused() {
        put("a/1", "1");
        put("a/2", "1");
        String token = store.list(ListOptions.prefix("a/").withLimit(1)).continueToken();
        for (String wrong : List.of("nonsense", "!", "MTo5OTk6YS8x", token + token)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.list(ListOptions.prefix("a/").continuing(wrong)))
                    .withMessageContaining("continue token");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.list(ListOptions.prefix("b/").continuing(token)))
                .withMessageContaining("prefix \"b/\"");
    }

    @Test
    void aListUnderConcurrentChangesIsASnapshot() throws Exception {
        // Each round moves one token from "x" to "y" or back by delete, then create: never both, at most one is there.
        put("x", "1");
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService writer = Executors.newSingleThreadExecutor();
        Future<?> writing = writer.submit(() -> {
            for (int i = 0; !stop.get(); i++) {
                store.delete(i % 2 == 0 ? "x" : "y", Preconditions.none());
                put(i % 2 == 0 ? "y" : "x", "1");
            }
        });
        try {
            for (int i = 0; i < 2_000; i++) {
                ListResult result = store.list(ListOptions.prefix(""));
                long odd = result.revision() % 2;
                assertThat(result.items()).as("at %s", result.revision()).hasSize((int) odd);
                assertThat(store.count("")).isLessThanOrEqualTo(1);
            }
        } finally {
            stop.set(true);
            get(writing);
            writer.shutdownNow();
        }
    }

    @Test
    void whatWasReadOnceIsSeenByEveryLaterRead() throws Exception {
        put("n", "0");
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService writer = Executors.newSingleThreadExecutor();
        Future<?> writing = writer.submit(() -> {
            while (!stop.get()) {
                store.guaranteedUpdate("n", kv -> bytes(kv.revision() + ""));
            }
        });
        try {
            for (int i = 0; i < 2_000; i++) {
                long read = store.get("n").revision();
                ListResult list = store.list(ListOptions.prefix("n"));
                assertThat(list.revision()).isGreaterThanOrEqualTo(read);
                assertThat(list.items().get(0).revision()).isGreaterThanOrEqualTo(read);
                assertThat(store.get("n").revision()).isGreaterThanOrEqualTo(list.revision());
            }
        } finally {
            stop.set(true);
            get(writing);
            writer.shutdownNow();
        }
    }

    // --- time to live

    @Test
    void anExpiredKeyVanishesWithADeleteEvent() throws Exception {
        WatchLog log = new WatchLog();
        store.watch("", 0, log);
        store.create("long", bytes("1"), Duration.ofDays(1));
        store.create("short", bytes("2"), Duration.ofMillis(20));
        assertThat(log.next(3)).containsExactly("CREATED long=1@1", "CREATED short=2@2", "DELETED short=2@3");
        assertThatExceptionOfType(KeyNotFoundException.class).isThrownBy(() -> store.get("short"));
        assertThat(keys(store.list(ListOptions.prefix("")))).containsExactly("long");
    }

    @Test
    void anUpdateDoesNotProlongALife() throws Exception {
        WatchLog log = new WatchLog();
        store.watch("", 0, log);
        store.create("a", bytes("1"), Duration.ofSeconds(2));
        store.guaranteedUpdate("a", kv -> bytes("2"));
        assertThat(log.next(3)).containsExactly("CREATED a=1@1", "UPDATED a=2@2", "DELETED a=2@3");
    }

    @Test
    void aKeyCreatedAgainHasALifeOfItsOwn() throws Exception {
        WatchLog log = new WatchLog();
        store.watch("", 0, log);
        store.create("a", bytes("1"), Duration.ofSeconds(2));
        store.delete("a", Preconditions.none());
        put("a", "2");
        store.create("later", bytes("3"), Duration.ofSeconds(2));
        assertThat(log.next(5))
                .containsExactly(
                        "CREATED a=1@1", "DELETED a=1@2", "CREATED a=2@3", "CREATED later=3@4", "DELETED later=3@5");
        assertThat(value("a")).isEqualTo("2");
    }

    // --- watches

    @Test
    void aWatchFromNowGetsWhatComes() throws Exception {
        put("a", "1");
        WatchLog log = new WatchLog();
        store.watch("", 0, log);
        put("b", "1");
        store.update("a", bytes("2"), 1);
        store.delete("b", Preconditions.none());
        assertThat(log.next(3)).containsExactly("CREATED b=1@2", "UPDATED a=2@3", "DELETED b=1@4");
    }

    @Test
    void aWatchFromARevisionGetsThePastToo() throws Exception {
        put("a", "1");
        put("b", "1");
        WatchLog log = new WatchLog();
        store.watch("", 2, log);
        put("c", "1");
        assertThat(log.next(2)).containsExactly("CREATED b=1@2", "CREATED c=1@3");
    }

    @Test
    void aWatchFromTheFutureGetsNothingEarlier() throws Exception {
        WatchLog log = new WatchLog();
        store.watch("", 3, log);
        IntStream.range(0, 4).forEach(i -> put("k" + i, "1"));
        assertThat(log.next(2)).containsExactly("CREATED k2=1@3", "CREATED k3=1@4");
    }

    @Test
    void aWatchGetsItsPrefixOnly() throws Exception {
        WatchLog log = new WatchLog();
        store.watch("b/", 0, log);
        put("a/1", "1");
        put("b/1", "1");
        put("b", "1");
        put("b/2", "1");
        assertThat(log.next(2)).containsExactly("CREATED b/1=1@2", "CREATED b/2=1@4");
    }

    @Test
    void aWatchWhoseKeysRestOutlivesTheHistoryOfOthers() throws Exception {
        useStoreWithShortHistory();
        WatchLog log = new WatchLog();
        Watch watch = store.watch("mine", 0, log);
        put("mine1", "1");
        assertThat(log.next().revision()).isEqualTo(1);
        write(3 * HISTORY);
        put("mine2", "1");
        assertThat(log.next().key()).isEqualTo("mine2");
        watch.cancel();
        assertThat(WatchLog.end(watch).reason()).isEqualTo(Reason.CANCELLED);
    }

    @Test
    void everyEventIsDeliveredOnceAndInOrderUnderConcurrentWrites() throws Exception {
        WatchLog early = new WatchLog();
        store.watch("", 0, early);
        int threads = 4;
        int each = 250;
        AtomicInteger names = new AtomicInteger();
        inParallel(threads, () -> {
            for (int i = 0; i < each; i++) {
                put("k" + names.incrementAndGet(), "1");
            }
            return null;
        });
        WatchLog late = new WatchLog();
        store.watch("", 1, late);
        for (long revision = 1; revision <= threads * each; revision++) {
            assertThat(early.next().revision()).isEqualTo(revision);
            assertThat(late.next().revision()).isEqualTo(revision);
        }
        assertThat(early.rest()).isEmpty();
    }

    @Test
    void aListGoneOnWithAWatchMissesNothing() throws Exception {
        ExecutorService writer = Executors.newSingleThreadExecutor();
        try {
            Future<?> writing = writer.submit(() -> IntStream.range(0, 500).forEach(i -> put("k" + i, "1")));
            ListResult list = store.list(ListOptions.prefix(""));
            WatchLog log = new WatchLog();
            store.watch("", list.revision() + 1, log);
            for (long revision = list.revision() + 1; revision <= 500; revision++) {
                assertThat(log.next().revision()).isEqualTo(revision);
            }
            get(writing);
        } finally {
            writer.shutdownNow();
        }
    }

    @Test
    void aSlowWatcherBlocksNeitherWritersNorOtherWatchers() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Watch slow = store.watch("", 0, event -> {
            entered.countDown();
            await(release);
        });
        WatchLog log = new WatchLog();
        store.watch("", 0, log);
        put("a", "1");
        await(entered);
        IntStream.range(0, 500).forEach(i -> put("k" + i, "1"));
        for (long revision = 1; revision <= 501; revision++) {
            assertThat(log.next().revision()).isEqualTo(revision);
        }
        release.countDown();
        slow.drain();
        assertThat(WatchLog.end(slow)).isEqualTo(new WatchEnded(Reason.CLOSING, 501, null));
    }

    /** The second write comes while the watch delivers the first or falls asleep again: there a wake-up can be lost. */
    @Test
    void aWatchThatIsFallingAsleepGetsWhatComes() throws Exception {
        AtomicLong delivered = new AtomicLong();
        store.watch("", 0, event -> delivered.set(event.revision()));
        long revision = put("a", "0").revision();
        for (int i = 1; i <= 20_000; i++) {
            revision = store.update("a", bytes(String.valueOf(i)), revision).revision();
            if (i % 2 == 0) {
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
                while (delivered.get() != revision) {
                    assertThat(System.nanoTime() - deadline)
                            .as("delivered %s of %s", delivered, revision)
                            .isNegative();
                    Thread.onSpinWait();
                }
            }
        }
    }

    @Test
    void aWatchThatFallsBehindEndsWithOverflow() throws Exception {
        useStoreWithShortHistory();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Watch slow = store.watch("", 0, event -> {
            entered.countDown();
            await(release);
        });
        put("a", "1");
        await(entered);
        write(3 * HISTORY);
        release.countDown();
        WatchEnded end = WatchLog.end(slow);
        assertThat(end.reason()).isEqualTo(Reason.OVERFLOW);
        assertThat(end.lastRevision()).isLessThan(2 * HISTORY);
        assertThat(end.cause()).isInstanceOf(WatchOverflowException.class);
    }

    @Test
    void aDrainDeliversWhatIsCommittedThenEndsWithClosing() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        ConcurrentLinkedQueue<Long> seen = new ConcurrentLinkedQueue<>();
        Watch watch = store.watch("", 0, event -> {
            entered.countDown();
            await(release);
            seen.add(event.revision());
        });
        IntStream.range(0, 10).forEach(i -> put("k" + i, "1"));
        await(entered);
        watch.drain();
        assertThat(watch.ended().toCompletableFuture()).isNotDone();
        put("after", "1");
        release.countDown();
        assertThat(WatchLog.end(watch)).isEqualTo(new WatchEnded(Reason.CLOSING, 10, null));
        assertThat(seen).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    }

    @Test
    void anIdleWatchIsDrainedAtOnce() throws Exception {
        Watch watch = store.watch("", 0, new WatchLog());
        watch.drain();
        watch.drain();
        assertThat(WatchLog.end(watch)).isEqualTo(new WatchEnded(Reason.CLOSING, 0, null));
    }

    @Test
    void aCancelledWatchEndsWhenTheCallbackReturns() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        Watch watch = store.watch("", 0, event -> {
            calls.incrementAndGet();
            entered.countDown();
            await(release);
        });
        put("a", "1");
        put("b", "1");
        await(entered);
        watch.cancel();
        assertThat(watch.ended().toCompletableFuture()).isNotDone();
        release.countDown();
        assertThat(WatchLog.end(watch)).isEqualTo(new WatchEnded(Reason.CANCELLED, 1, null));
        assertThat(calls).hasValue(1);
    }

    @Test
    void aListenerMayUseTheStoreAndItsWatch() throws Exception {
        CountDownLatch set = new CountDownLatch(1);
        Watch[] self = new Watch[1];
        self[0] = store.watch("in", 0, event -> {
            await(set);
            put("out", new String(store.get(event.key()).value(), UTF_8));
            self[0].cancel();
        });
        set.countDown();
        put("in", "1");
        assertThat(WatchLog.end(self[0])).isEqualTo(new WatchEnded(Reason.CANCELLED, 1, null));
        assertThat(value("out")).isEqualTo("1");
    }

    @Test
    void aListenerThatThrowsWhatItCannotDeclareEndsItsWatch() throws Exception {
        Exception own = new Exception("as Kotlin and Lombok do");
        Watch failing = store.watch("", 0, event -> StorageBackendContract.<RuntimeException>sneak(own));
        put("a", "1");
        WatchEnded end = WatchLog.end(failing);
        assertThat(end.reason()).isEqualTo(Reason.FAILED);
        assertThat(end.cause()).isSameAs(own);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> void sneak(Throwable t) throws T {
        throw (T) t;
    }

    @Test
    void aListenerThatThrowsEndsItsWatchOnly() throws Exception {
        CompactedException own = new CompactedException(1, 2);
        Watch failing = store.watch("", 0, event -> {
            throw own;
        });
        WatchLog log = new WatchLog();
        store.watch("", 0, log);
        put("a", "1");
        WatchEnded end = WatchLog.end(failing);
        assertThat(end.reason()).isEqualTo(Reason.FAILED);
        assertThat(end.lastRevision()).isZero();
        assertThat(end.cause()).isSameAs(own);
        put("b", "1");
        assertThat(log.next(2)).hasSize(2);
    }

    @Test
    void theEndIsDeliveredOnce() throws Exception {
        AtomicInteger ends = new AtomicInteger();
        Watch watch = store.watch("", 0, new WatchLog());
        CountDownLatch ended = new CountDownLatch(1);
        watch.ended().thenAccept(end -> {
            ends.incrementAndGet();
            ended.countDown();
        });
        inParallel(4, () -> {
            watch.cancel();
            watch.drain();
            return null;
        });
        await(ended);
        store.close();
        assertThat(ends).hasValue(1);
    }

    @Test
    void noEventComesAfterTheEnd() throws Exception {
        WatchLog toCancel = new WatchLog();
        WatchLog toDrain = new WatchLog();
        WatchLog open = new WatchLog();
        Watch cancelled = store.watch("", 0, toCancel);
        Watch drained = store.watch("", 0, toDrain);
        store.watch("", 0, open);
        put("before", "1");
        assertThat(toCancel.next(1)).isEqualTo(toDrain.next(1));
        cancelled.cancel();
        drained.drain();
        assertThat(WatchLog.end(cancelled).reason()).isEqualTo(Reason.CANCELLED);
        assertThat(WatchLog.end(drained).reason()).isEqualTo(Reason.CLOSING);
        IntStream.range(0, 50).forEach(i -> put("k" + i, "1"));
        assertThat(open.next(51)).hasSize(51);
        // Waits for those who deliver.
        store.close();
        assertThat(toCancel.rest()).isEmpty();
        assertThat(toDrain.rest()).isEmpty();
    }

    // --- compaction

    @Test
    void aWatchFromBeforeACompactionIsATypedError() throws Exception {
        IntStream.range(0, 5).forEach(i -> put("k" + i, "1"));
        store.compact(3);
        assertThatExceptionOfType(CompactedException.class)
                .isThrownBy(() -> store.watch("", 3, new WatchLog()))
                .withMessageContaining("up to revision 3")
                .satisfies(e -> assertThat(e.compactedRevision()).isEqualTo(3));
        WatchLog log = new WatchLog();
        store.watch("", 4, log);
        assertThat(log.next(2)).containsExactly("CREATED k3=1@4", "CREATED k4=1@5");
    }

    @Test
    void aWatchFromBeforeTheKeptHistoryIsATypedError() throws Exception {
        useStoreWithShortHistory();
        put("a", "1");
        write(3 * HISTORY);
        assertThatExceptionOfType(CompactedException.class).isThrownBy(() -> store.watch("", 1, new WatchLog()));
    }

    @Test
    void aWatchOvertakenByACompactionEndsWithCompacted() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Watch watch = store.watch("", 0, event -> {
            entered.countDown();
            await(release);
        });
        put("a", "1");
        await(entered);
        write(2_000);
        store.compact(store.revision());
        release.countDown();
        WatchEnded end = WatchLog.end(watch);
        assertThat(end.reason()).isEqualTo(Reason.COMPACTED);
        assertThat(end.cause()).isInstanceOf(CompactedException.class);
    }

    @Test
    void compactionKeepsCurrentValuesAndRevisions() {
        put("a", "1");
        put("b", "1");
        store.update("a", bytes("2"), 1);
        store.delete("b", Preconditions.none());
        store.compact(4);
        store.compact(2);
        assertThat(store.revision()).isEqualTo(4);
        assertThat(value("a")).isEqualTo("2");
        assertThat(keys(store.list(ListOptions.prefix("")))).containsExactly("a");
        assertThat(put("b", "3").revision()).isEqualTo(5);
    }

    // --- closing

    @Test
    void everyOperationAfterCloseIsRefused() {
        put("a", "1");
        store.close();
        store.close();
        List<ThrowingCallable> operations = List.of(
                () -> put("b", "1"),
                () -> store.get("a"),
                () -> store.list(ListOptions.prefix("")),
                () -> store.update("a", bytes("2"), 1),
                () -> store.guaranteedUpdate("a", KeyValue::value),
                () -> store.delete("a", Preconditions.none()),
                () -> store.watch("", 0, new WatchLog()),
                () -> store.count(""),
                () -> store.compact(1));
        for (ThrowingCallable operation : operations) {
            assertClosed(operation);
        }
        assertThat(store.name()).isNotBlank();
    }

    /** A decorator may refuse with an error of its own. */
    protected void assertClosed(ThrowingCallable operation) {
        assertThatExceptionOfType(StorageClosedException.class).isThrownBy(operation);
    }

    @Test
    void closeDeliversWhatIsCommittedAndEndsWatches() throws Exception {
        WatchLog log = new WatchLog();
        Watch watch = store.watch("", 1, log);
        Watch idle = store.watch("none", 0, new WatchLog());
        IntStream.range(0, 100).forEach(i -> put("k" + i, "1"));
        store.close();
        assertThat(watch.ended().toCompletableFuture()).isDone();
        assertThat(WatchLog.end(watch)).isEqualTo(new WatchEnded(Reason.CLOSING, 100, null));
        assertThat(WatchLog.end(idle).reason()).isEqualTo(Reason.CLOSING);
        assertThat(log.rest()).hasSize(100);
        watch.cancel();
        watch.drain();
    }

    @Test
    void closeUnderLoadLosesNoAcknowledgedEventAndBreaksNothing() throws Exception {
        WatchLog log = new WatchLog();
        // Keeps the writers within the history: a watch that is late for it ends with an overflow, as it should.
        Semaphore undelivered = new Semaphore(1_000);
        Watch watch = store.watch("", 0, event -> {
            log.onEvent(event);
            undelivered.release();
        });
        AtomicInteger acknowledged = new AtomicInteger();
        AtomicInteger names = new AtomicInteger();
        CountDownLatch busy = new CountDownLatch(4 * 50);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            running.add(threads.submit(() -> assertClosed(() -> {
                while (true) {
                    undelivered.acquire();
                    put("k" + names.incrementAndGet(), "1");
                    acknowledged.incrementAndGet();
                    busy.countDown();
                }
            })));
        }
        await(busy);
        store.close();
        for (Future<?> each : running) {
            get(each);
        }
        threads.shutdownNow();
        assertThat(WatchLog.end(watch).reason()).isEqualTo(Reason.CLOSING);
        assertThat(log.rest()).hasSize(acknowledged.get());
    }

    // --- input

    @Test
    void badInputIsRefusedNamingItAndWhatIsAllowed() {
        refused("key is null", () -> store.get(null));
        refused("key is empty", () -> store.get(""));
        refused("at most 1024", () -> store.get("k".repeat(1025)));
        refused("at most 1024", () -> store.get("\u20ac".repeat(342)));
        refused("U+000A at index 1", () -> store.get("a\nb"));
        refused("U+001B at index 0", () -> put("\u001b[31m", "1"));
        refused("U+0085", () -> store.delete("\u0085", Preconditions.none()));
        refused("surrogate", () -> store.update("a\ud83d", bytes("1"), 1));
        refused("value is null", () -> store.create("a", null, Duration.ZERO));
        refused("at most 16777216", () -> store.create("a", new byte[(16 << 20) + 1], Duration.ZERO));
        refused("ttl is PT-1S", () -> store.create("a", bytes("1"), Duration.ofSeconds(-1)));
        refused("ttl is null", () -> store.create("a", bytes("1"), null));
        refused("PT876000H is allowed", () -> store.create("a", bytes("1"), Duration.ofSeconds(Long.MAX_VALUE)));
        refused("expected revision is 0", () -> store.update("a", bytes("1"), 0));
        refused("expected revision -1", () -> store.delete("a", Preconditions.revision(-1)));
        refused("preconditions is null", () -> store.delete("a", null));
        refused("limit is -1", () -> store.list(ListOptions.prefix("").withLimit(-1)));
        refused("prefix is null", () -> store.list(ListOptions.prefix(null)));
        refused("prefix is null", () -> store.count(null));
        refused(
                "continue token is null",
                () -> store.list(ListOptions.prefix("").continuing(null)));
        refused("list options is null", () -> store.list(null));
        refused("from revision is -1", () -> store.watch("", -1, new WatchLog()));
        refused("watch listener is null", () -> store.watch("", 0, null));
        refused("update function is null", () -> store.guaranteedUpdate("a", null));
        refused("revision to compact is 1; 0 to the current 0", () -> store.compact(1));
        refused("revision to compact is -1", () -> store.compact(-1));
        assertThat(store.revision()).isZero();
    }

    @Test
    void anUpdateFunctionMayNotReturnNull() {
        put("a", "1");
        refused("value is null", () -> store.guaranteedUpdate("a", kv -> null));
    }

    @Test
    void theLongestKeyAndValueAreTaken() {
        String key = "k".repeat(1024);
        store.create(key, new byte[16 << 20], Duration.ofDays(36_500));
        assertThat(store.get(key).size()).isEqualTo(16 << 20);
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    // --- helpers

    protected static void inParallel(int threads, Callable<?> task) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(pool.submit(task));
            }
            for (Future<?> each : running) {
                get(each);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    protected static <T> T get(Future<T> future) {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    protected static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
