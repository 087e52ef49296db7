package io.k1s.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract, decorated; and what the decorator adds to it. */
final class TrackedStorageTest extends StorageBackendContract {
    private final WorkRegistry registry = WorkRegistry.create();

    @Override
    protected StorageBackend newStore(int historyLimit) {
        return tracked(new MemoryStorage("memory", historyLimit));
    }

    private TrackedStorage tracked(StorageBackend backend) {
        return TrackedStorage.register(registry, "storage", backend);
    }

    private TrackedStorage store() {
        return (TrackedStorage) store;
    }

    @Override
    protected void assertClosed(ThrowingCallable operation) {
        assertThatExceptionOfType(WorkRejectedException.class).isThrownBy(operation);
    }

    static List<Method> operations() {
        return Arrays.stream(StorageBackend.class.getMethods())
                .filter(method -> !List.of("name", "close").contains(method.getName()))
                .toList();
    }

    /** Seed defect 10: what the SPI grows later is tracked, or this fails. */
    @ParameterizedTest
    @MethodSource("operations")
    void everyOperationIsCountedOnceAndDelegatedOnce(Method operation) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        List<WorkSnapshot> during = new ArrayList<>();
        CompletableFuture<TrackedStorage> decorated = new CompletableFuture<>();
        StorageBackend recording = proxy((method, args) -> {
            if (method.equals(operation)) {
                calls.incrementAndGet();
                during.add(decorated.join().metrics().snapshot());
            }
            return method.equals(operation) && method.getReturnType() == Watch.class ? endedWatch() : result(method);
        });
        TrackedStorage subject = TrackedStorage.register(WorkRegistry.create(), "subject", recording);
        decorated.complete(subject);
        operation.invoke(subject, arguments(operation));
        assertThat(calls).hasValue(1);
        WorkSnapshot inside = during.get(0);
        assertThat(inside.inFlight() + inside.watchers()).isEqualTo(1);
        WorkSnapshot after = subject.metrics().snapshot();
        assertThat(after.inFlight() + after.watchers()).isZero();
        assertThat(after.operations()).isEqualTo(operation.getReturnType() == Watch.class ? 0 : 1);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void noOperationReachesTheStorageThroughAClosedGate(Method operation) {
        StorageBackend recording = proxy((method, args) -> {
            throw new AssertionError(method + " arrived");
        });
        TrackedStorage subject = TrackedStorage.register(WorkRegistry.create(), "subject", recording);
        subject.metrics().close();
        assertThatExceptionOfType(java.lang.reflect.InvocationTargetException.class)
                .isThrownBy(() -> operation.invoke(subject, arguments(operation)))
                .havingCause()
                .isInstanceOf(WorkRejectedException.class)
                .withMessageContaining("subject");
        assertThat(subject.metrics().snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void aFailedCallIsAnErrorAndItsExceptionIsUnchanged() {
        assertThatExceptionOfType(KeyNotFoundException.class).isThrownBy(() -> store.get("absent"));
        WorkSnapshot ledger = store().metrics().snapshot();
        assertThat(ledger.errors()).isEqualTo(1);
        assertThat(ledger.inFlight()).isZero();
    }

    /** Seed defect 11. */
    @Test
    void aWatchIsTrackedUntilItEnds() throws Exception {
        Watch watch = store.watch("", 0, new WatchLog());
        assertThat(store().metrics().snapshot().watchers()).isEqualTo(1);
        watch.cancel();
        WatchLog.end(watch);
        // The token ends with the watch, but not before those who wait for the watch are told.
        store().metrics().close();
        assertThat(store().metrics().awaitQuiescence(Duration.ofSeconds(30))).isTrue();
        assertThat(store().metrics().snapshot().watchers()).isZero();
    }

    @Test
    void aWatchThatCannotBeOpenedIsNotLeftOpen() {
        put("a", "1");
        store.compact(1);
        assertThatExceptionOfType(CompactedException.class).isThrownBy(() -> store.watch("", 1, new WatchLog()));
        assertThat(store().metrics().snapshot().watchers()).isZero();
    }

    @Test
    void shutdownLetsAWatchDeliverWhatIsCommittedAndEndsIt() throws Exception {
        WatchLog log = new WatchLog();
        Watch watch = store.watch("", 0, log);
        for (int i = 0; i < 20; i++) {
            put("k" + i, "1");
        }
        ShutdownReport report = registry.shutdown().get();
        assertThat(report.isComplete()).as(report.describe()).isTrue();
        assertThat(WatchLog.end(watch)).isEqualTo(new WatchEnded(WatchEnded.Reason.CLOSING, 20, null));
        assertThat(log.rest()).hasSize(20);
    }

    @Test
    void whatAnAdmittedCallWritesAfterTheCloseIsStillDelivered() throws Exception {
        WatchLog log = new WatchLog();
        Watch watch = store.watch("", 0, log);
        Work admitted = store().startWork("write after the close");
        store().metrics().close();
        store().within(admitted).create("late", bytes("1"), Duration.ZERO);
        admitted.succeed();
        assertThat(WatchLog.end(watch)).isEqualTo(new WatchEnded(WatchEnded.Reason.CLOSING, 1, null));
        assertThat(log.rest()).hasSize(1);
    }

    @Test
    void aWatchThatOutlivesItsGraceIsCancelled() throws Exception {
        WorkRegistry impatient = WorkRegistry.create(
                ShutdownConfig.builder().watchGrace(Duration.ofMillis(50)).build());
        TrackedStorage slow = TrackedStorage.register(impatient, "storage", new MemoryStorage("slow", 100));
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Watch watch = slow.watch("", 0, event -> {
            entered.countDown();
            awaitQuietly(cancelled);
        });
        slow.create("a", bytes("1"), Duration.ZERO);
        slow.create("b", bytes("1"), Duration.ZERO);
        await(entered);
        // The listener goes on when its watch has been asked to cancel, which is observable as this handler's run.
        impatient.activeWork().get(0).onCancel(cancelled::countDown);
        assertThat(impatient.shutdown().get().isComplete()).isTrue();
        assertThat(WatchLog.end(watch).reason()).isEqualTo(WatchEnded.Reason.CANCELLED);
    }

    /** Acceptance test number one, first way: both calls are children of one work. */
    @Test
    void anUpdateOfTwoCallsIsNotCutBetweenThemAsChildrenOfItsWork() throws Exception {
        put("a", "precious");
        Work move = store().startWork("move a to b");
        StorageBackend inMove = store().within(move);
        byte[] value = inMove.delete("a", Preconditions.none()).value();
        CompletableFuture<ShutdownReport> shutdown = registry.shutdown();
        awaitClosed(store().metrics());
        assertClosed(() -> store.get("b"));
        inMove.create("b", value, Duration.ZERO);
        assertThat(new String(inMove.get("b").value())).isEqualTo("precious");
        move.succeed();
        assertThat(shutdown.get().isComplete()).isTrue();
    }

    /** Acceptance test number one, second way: the caller closes and drains before the storage closes. */
    @Test
    void anUpdateOfTwoCallsIsNotCutBetweenThemBecauseItsCallerDrainsFirst() throws Exception {
        MemoryStorage backend = new MemoryStorage("memory", 100);
        WorkRegistry ordered = WorkRegistry.create();
        TrackedStorage storage = TrackedStorage.register(ordered, "storage", backend);
        WorkMetrics jobs = ordered.component("jobs", ComponentOptions.dependsOn("storage"));
        storage.create("a", bytes("precious"), Duration.ZERO);
        AtomicInteger found = new AtomicInteger();
        CompletableFuture<CompletableFuture<ShutdownReport>> shutdown = new CompletableFuture<>();
        jobs.run("move a to b", () -> {
            byte[] value = storage.delete("a", Preconditions.none()).value();
            shutdown.complete(ordered.shutdown());
            awaitClosed(jobs);
            storage.create("b", value, Duration.ZERO);
            found.set((int) storage.count("b"));
        });
        assertThat(found).hasValue(1);
        ShutdownReport report = shutdown.join().get();
        assertThat(report.isComplete()).as(report.describe()).isTrue();
    }

    @Test
    void callsWithinEndedWorkAreRejected() {
        Work work = store().startWork("short");
        StorageBackend within = store().within(work);
        work.succeed();
        assertThatExceptionOfType(WorkRejectedException.class)
                .isThrownBy(() -> within.count(""))
                .withMessageContaining("parent work has already ended");
    }

    /** It would be the storage itself, and closing it would close that. */
    @Test
    void callsWithinNoWorkAreRefused() {
        assertThatNullPointerException().isThrownBy(() -> store().within(null)).withMessage("work");
    }

    @Test
    void callsWithinWorkOfAnotherComponentAreRefused() {
        Work foreign = registry.component("jobs").startWork("import");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store().within(foreign).count(""))
                .withMessageContaining("\"jobs\"")
                .withMessageContaining("\"storage\"");
        foreign.succeed();
    }

    @Test
    void closingTheViewOfOneWorkIsRefused() {
        Work work = store().startWork("short");
        assertThatIllegalStateException()
                .isThrownBy(() -> store().within(work).close())
                .withMessageContaining("short");
        work.succeed();
        put("a", "still open");
    }

    /** Seed defects 12 and 13. */
    @Test
    void closeDrainsThenClosesTheStorageOnceAndLeavesTheRegistry() throws Exception {
        AtomicInteger closes = new AtomicInteger();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        List<String> order = java.util.Collections.synchronizedList(new ArrayList<>());
        StorageBackend slow = proxy((method, args) -> {
            if (method.getName().equals("get")) {
                inside.countDown();
                awaitQuietly(goOn);
                order.add("get ended");
            } else if (method.getName().equals("close")) {
                closes.incrementAndGet();
                order.add("closed");
            }
            return result(method);
        });
        WorkRegistry own = WorkRegistry.create();
        TrackedStorage subject = TrackedStorage.register(own, "subject", slow);
        CompletableFuture<Void> reader = onThreadOfItsOwn(() -> subject.get("a"));
        await(inside);
        CompletableFuture<Void> closer = onThreadOfItsOwn(subject::close);
        awaitClosed(subject.metrics());
        goOn.countDown();
        closer.get();
        reader.get();
        subject.close();
        own.shutdown().get();
        assertThat(order).containsExactly("get ended", "closed");
        assertThat(closes).hasValue(1);
        assertThat(own.activeWorkCounts()).isEmpty();
    }

    @Test
    void closeAfterItsComponentWasClosedDoesNothing() throws Exception {
        registry.closeComponent("storage");
        store.close();
    }

    @Test
    void closeAfterItsComponentWasClosedLeavesItsNamesakeOpen() throws Exception {
        registry.closeComponent("storage");
        try (TrackedStorage namesake = tracked(new MemoryStorage("memory", 100))) {
            store.close();
            assertThat(namesake.metrics().isClosed()).isFalse();
            assertThat(namesake.count("")).isZero();
        }
    }

    @Test
    void closeThatCannotDrainLeavesTheStorageOpenAndNamesTheWork() {
        AtomicInteger closes = new AtomicInteger();
        WorkRegistry hasty = WorkRegistry.create(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofSeconds(2)).build());
        TrackedStorage subject = TrackedStorage.register(hasty, "subject", proxy((method, args) -> {
            closes.incrementAndGet();
            return result(method);
        }));
        Work stuck = subject.startWork("endless move");
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(subject::close)
                .withMessageContaining("left open")
                .withMessageContaining("endless move");
        assertThat(closes).hasValue(0);
        stuck.cancel();
        subject.close();
        assertThat(closes).hasValue(1);
    }

    @Test
    void aFailureToCloseIsReportedAsTheCause() {
        TrackedStorage subject = TrackedStorage.register(WorkRegistry.create(), "subject", proxy((method, args) -> {
            throw new StorageException("disk gone");
        }));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(subject::close)
                .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("disk gone"));
    }

    @Test
    void anInterruptedCloseKeepsTheFlagAndLeavesTheStorageOpen() {
        Work running = store().startWork("running");
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(store::close)
                .withMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        running.succeed();
        store.close();
    }

    @Test
    void aCallAllocatesNothingOfItsOwn() {
        long[] revision = {0};
        StorageBackend constant = proxyFreeConstant();
        TrackedStorage subject = TrackedStorage.register(WorkRegistry.create(), "subject", constant);
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 50_000; i++) {
            subject.get("a");
            revision[0] += subject.revision();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            subject.get("a");
            revision[0] += subject.revision();
        }
        long perCall = (threads.getCurrentThreadAllocatedBytes() - before) / 200_000;
        assertThat(perCall).isZero();
    }

    private static StorageBackend proxyFreeConstant() {
        KeyValue value = new KeyValue("a", new byte[0], 1);
        return new ConstantStorage(value);
    }

    private static void awaitClosed(WorkMetrics metrics) {
        // Closing is what ends this watch: its drain handler runs when the gate is shut.
        CountDownLatch closed = new CountDownLatch(1);
        Work probe;
        try {
            probe = metrics.startWatch("probe");
        } catch (WorkRejectedException e) {
            return;
        }
        probe.onDrain(closed::countDown);
        awaitQuietly(closed);
        probe.succeed();
    }

    /** Not the common pool: on two cores that has one thread, and the first blocks it. */
    private static CompletableFuture<Void> onThreadOfItsOwn(Runnable code) {
        return CompletableFuture.runAsync(code, task -> new Thread(task).start());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Watch endedWatch() {
        return new Watch() {
            @Override
            public void drain() {}

            @Override
            public void cancel() {}

            @Override
            public CompletableFuture<WatchEnded> ended() {
                return CompletableFuture.completedFuture(new WatchEnded(WatchEnded.Reason.CANCELLED, 0, null));
            }
        };
    }

    private interface Answer {
        Object answer(Method method, Object[] args) throws Throwable;
    }

    private static StorageBackend proxy(Answer answer) {
        return (StorageBackend) Proxy.newProxyInstance(
                TrackedStorageTest.class.getClassLoader(),
                new Class<?>[] {StorageBackend.class},
                (self, method, args) -> method.getDeclaringClass() == Object.class
                        ? method.getName().equals("toString") ? "proxy" : null
                        : answer.answer(method, args));
    }

    private static Object result(Method method) {
        return method.getReturnType() == long.class ? (Object) 0L : null;
    }

    private static Object[] arguments(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(type -> type == long.class ? (Object) 0L : type == int.class ? (Object) 0 : null)
                .toArray();
    }
}
