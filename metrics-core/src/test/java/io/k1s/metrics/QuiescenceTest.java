package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class QuiescenceTest {
    private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

    @ParameterizedTest
    @EnumSource
    void lastEndWakesTheDrainer(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work first = metrics.startWork();
        Work second = metrics.startWork();
        metrics.close();
        Drainer drainer = drainer(metrics);
        first.succeed();
        assertThat(drainer.drained()).isNotDone();
        second.succeed();
        drainer.assertDrained();
        Checks.drained(metrics, 2);
    }

    @ParameterizedTest
    @EnumSource
    void lastWatchWakesTheDrainer(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work watch = metrics.startWatch("watch");
        metrics.close();
        Drainer drainer = drainer(metrics);
        watch.succeed();
        drainer.assertDrained();
        Checks.drained(metrics, 0);
    }

    @ParameterizedTest
    @EnumSource
    void closeOfAnIdleComponentWakesTheDrainer(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Drainer drainer = drainer(metrics);
        metrics.close();
        drainer.assertDrained();
        Checks.drained(metrics, 0);
    }

    @ParameterizedTest
    @EnumSource
    void closeNowOfAnIdleComponentIsQuiescence(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.closeNow();
        Checks.drained(metrics, 0);
    }

    @ParameterizedTest
    @EnumSource
    void everyWaiterIsWoken(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work work = metrics.startWork();
        metrics.close();
        Drainer one = drainer(metrics);
        Drainer two = drainer(metrics);
        work.succeed();
        one.assertDrained();
        two.assertDrained();
    }

    @Test
    void timeoutZeroOnlyLooks() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        assertThat(metrics.awaitQuiescence(Duration.ZERO)).isFalse();
        Work work = metrics.startWork();
        metrics.close();
        assertThat(metrics.awaitQuiescence(Duration.ZERO)).isFalse();
        work.succeed();
        assertThat(metrics.awaitQuiescence(Duration.ZERO)).isTrue();
    }

    @Test
    void timeoutPassesWhileWorkIsOpen() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.startWork();
        metrics.close();
        assertThat(metrics.awaitQuiescence(Duration.ofMillis(5))).isFalse();
        assertThat(metrics.awaitQuiescence(Duration.ofSeconds(Long.MIN_VALUE))).isFalse();
    }

    @Test
    void interruptedWaiterThrowsAndItsFlagIsCleared() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.startWork();
        metrics.close();
        Drainer drainer = drainer(metrics);
        drainer.thread().interrupt();
        assertThat(drainer.drained())
                .failsWithin(Duration.ofSeconds(Threads.PATIENCE_SECONDS))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(InterruptedException.class);
    }

    @Test
    void interruptThatIsPendingIsThrownAtOnce() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.startWork();
        metrics.close();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> metrics.awaitQuiescence(FOR_EVER)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void interruptThatIsPendingIsKeptWhenThereIsNothingToWaitFor() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.close();
        Thread.currentThread().interrupt();
        assertThat(metrics.awaitQuiescence(FOR_EVER)).isTrue();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void interruptedBodyKeepsItsFlagAndItsWorkIsAFailure() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        InterruptedException interruption = new InterruptedException();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> metrics.run("body", () -> {
                    throw interruption;
                }))
                .isSameAs(interruption);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(Checks.addsUp(metrics).errors()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void awaitInsideRunIsRefused(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create("imports");
        metrics.run("body", () -> {
            metrics.close();
            assertThatThrownBy(() -> metrics.awaitQuiescence(FOR_EVER))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("\"imports\"");
        });
        Checks.drained(metrics, 1);
    }

    @Test
    void awaitInsideRunOfAnotherComponentIsAllowed() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        WorkMetrics other = WorkMetrics.create("storage");
        other.close();
        metrics.run("body", () -> assertThat(other.awaitQuiescence(FOR_EVER)).isTrue());
    }

    @Test
    void awaitInsideTokenWorkIsBoundedByItsTimeout() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work work = metrics.startWork("not known to be this thread's");
        metrics.close();
        assertThat(metrics.awaitQuiescence(Duration.ofMillis(1))).isFalse();
        work.succeed();
    }

    @ParameterizedTest
    @EnumSource
    void stageCompletesOnTheThreadThatEndedLast(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work work = metrics.startWork();
        metrics.close();
        AtomicReference<Thread> completer = new AtomicReference<>();
        metrics.quiescence().thenRun(() -> completer.set(Thread.currentThread()));
        AtomicReference<Thread> ender = new AtomicReference<>();
        Threads.elsewhere(() -> {
            ender.set(Thread.currentThread());
            work.succeed();
        });
        assertThat(completer.get()).isNotNull().isSameAs(ender.get());
    }

    @ParameterizedTest
    @EnumSource
    void worksAreQuiescentBeforeTheirWatchesEnd(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work watch = metrics.startWatch("watch");
        Work work = metrics.startWork();
        CompletableFuture<?> works = metrics.workQuiescence().toCompletableFuture();
        metrics.close();
        assertThat(works).isNotDone();
        work.succeed();
        assertThat(works).isDone();
        assertThat(metrics.isQuiescent()).isFalse();
        watch.succeed();
        Checks.drained(metrics, 1);
    }

    @ParameterizedTest
    @EnumSource
    void closeFindsThatNoWorkIsInFlightBesideAWatch(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.startWatch("watch");
        CompletableFuture<?> works = metrics.workQuiescence().toCompletableFuture();
        assertThat(works).isNotDone();
        metrics.close();
        assertThat(works).isDone();
        assertThat(metrics.isQuiescent()).isFalse();
    }

    @Test
    void stageCannotBeCompletedFromOutside() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.startWork();
        metrics.quiescence().toCompletableFuture().complete(null);
        assertThat(metrics.isQuiescent()).isFalse();
    }

    @Test
    void callbackOfTheStageCannotBreakTheEnd() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work work = metrics.startWork();
        metrics.close();
        metrics.quiescence().thenRun(() -> {
            throw new IllegalStateException("callback");
        });
        assertThat(work.succeed()).isTrue();
        Checks.drained(metrics, 1);
    }

    /** Not volatile on purpose: only the happens-before edge of the drain makes it visible. */
    private long effect;

    @ParameterizedTest
    @EnumSource
    void effectsOfTheWorkHappenBeforeQuiescence(Kind kind) throws Exception {
        for (int i = 1; i <= 500; i++) {
            WorkMetrics metrics = kind.create();
            long ticket = metrics.begin();
            metrics.close();
            int value = i;
            Threads.together(
                    () -> {
                        effect = value;
                        metrics.end(ticket, Outcome.SUCCEEDED);
                    },
                    () -> {
                        assertThat(metrics.awaitQuiescence(FOR_EVER)).isTrue();
                        assertThat(effect).isEqualTo(value);
                    });
        }
    }

    /** What an Error on the last end's way to the look would leave: everything ended, nobody told. */
    @Test
    void waitThatTimesOutLooksForItself() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        long ticket = metrics.begin();
        metrics.close();
        Reflect.gate(metrics).end(ticket, Outcome.SUCCEEDED);
        assertThat(metrics.isQuiescent()).isFalse();
        assertThat(metrics.awaitQuiescence(Duration.ZERO)).isTrue();
        Checks.drained(metrics, 1);
    }

    /** In fenced mode alone an end can miss the close, and so does not look. */
    @Test
    void endThatDidNotLookIsFoundByALaterLook() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Gate gate = endUnseen(metrics);
        assertThat(gate.canMissAnEnd()).isEqualTo(Fence.mode().equals("fenced"));
        if (gate.canMissAnEnd()) {
            assertThat(metrics.quiescence().toCompletableFuture())
                    .succeedsWithin(Duration.ofSeconds(Threads.PATIENCE_SECONDS));
        } else {
            assertThat(metrics.isQuiescent()).isFalse();
            assertThat(metrics.awaitQuiescence(Duration.ZERO)).isTrue();
        }
        Checks.drained(metrics, 1);
    }

    /** In fenced mode alone there are such looks. */
    @Test
    void laterLookThatFailsIsRepeated() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        AtomicInteger asked = new AtomicInteger();
        Reflect.set(metrics, WorkMetrics.class, "workQuiescence", new CompletableFuture<Void>() {
            @Override
            public Executor defaultExecutor() {
                if (asked.getAndIncrement() < 2) {
                    throw new OutOfMemoryError("no thread to tell on");
                }
                return super.defaultExecutor();
            }
        });
        if (endUnseen(metrics).canMissAnEnd()) {
            assertThat(metrics.quiescence().toCompletableFuture())
                    .succeedsWithin(Duration.ofSeconds(Threads.PATIENCE_SECONDS));
            assertThat(asked).as("looks that found it drained").hasValueGreaterThan(2);
        } else {
            assertThat(metrics.awaitQuiescence(Duration.ZERO)).isTrue();
        }
        Checks.drained(metrics, 1);
    }

    /** In fenced mode alone: each of two looks has found what the other has missed. */
    @ParameterizedTest
    @EnumSource
    void lookThatFoundTheWorksEndedFindsAWatchThatHasEndedMeanwhile(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work watch = metrics.startWatch("watch");
        long ticket = metrics.begin();
        metrics.shutGates(false);
        Reflect.gate(metrics).end(ticket, Outcome.SUCCEEDED);
        List<Runnable> told = new ArrayList<>();
        metrics.lookForQuiescence(told::add);
        metrics.countEnd(watch, Outcome.SUCCEEDED);
        told.forEach(Runnable::run);
        assertThat(metrics.isQuiescent()).isTrue();
    }

    /** Who waits there would wait for its own timeout for ever. */
    @Test
    void whatDependsOnQuiescenceDoesNotRunOnTheTimerOfTheProcess() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        CompletableFuture<Thread> told = teller(metrics);
        if (!endUnseen(metrics).canMissAnEnd()) {
            assertThat(metrics.awaitQuiescence(Duration.ZERO)).isTrue();
        }
        CompletableFuture<Thread> timer = new CompletableFuture<>();
        CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS, Runnable::run)
                .execute(() -> timer.complete(Thread.currentThread()));
        assertThat(told.get(Threads.PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isNotSameAs(timer.get(Threads.PATIENCE_SECONDS, TimeUnit.SECONDS));
    }

    /** Whoever looks at the counters is not the one for whom others block. */
    @Test
    void snapshotRunsNothingThatDependsOnQuiescence() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        CompletableFuture<Thread> told = teller(metrics);
        endUnseen(metrics);
        CompletableFuture<WorkSnapshot> seen = new CompletableFuture<>();
        Thread observer = new Thread(() -> seen.complete(metrics.snapshot()));
        observer.start();
        assertThat(seen.get(Threads.PATIENCE_SECONDS, TimeUnit.SECONDS).inFlight())
                .isZero();
        metrics.awaitQuiescence(Duration.ZERO);
        assertThat(told.get(Threads.PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotSameAs(observer);
    }

    /** Completes with the thread on which what depends on quiescence runs. */
    private static CompletableFuture<Thread> teller(WorkMetrics metrics) {
        return metrics.quiescence().thenApply(nothing -> Thread.currentThread()).toCompletableFuture();
    }

    /** Closed, and drained by an end that nobody has seen. */
    private static Gate endUnseen(WorkMetrics metrics) throws Exception {
        long ticket = metrics.begin();
        metrics.close();
        Gate gate = Reflect.gate(metrics);
        gate.end(ticket, Outcome.SUCCEEDED);
        return gate;
    }

    /** A thread that is known to wait, and what its wait ends with. */
    private record Drainer(Thread thread, FutureTask<Boolean> drained) {
        void assertDrained() {
            assertThat(drained)
                    .succeedsWithin(Duration.ofSeconds(Threads.PATIENCE_SECONDS))
                    .isEqualTo(true);
        }
    }

    private static Drainer drainer(WorkMetrics metrics) {
        FutureTask<Boolean> drained = new FutureTask<>(() -> {
            try {
                return metrics.awaitQuiescence(FOR_EVER);
            } finally {
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
            }
        });
        Thread drainer = new Thread(drained);
        drainer.setDaemon(true);
        drainer.start();
        Threads.awaitWaiting(drainer);
        return new Drainer(drainer, drained);
    }
}
