package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WorkTest {
    @Test
    void requestThatNobodyCanFollowMakesNothingCancellable() {
        Work work = WorkMetrics.create("jobs").startWork("work");
        assertThat(work.isCancellable()).isFalse();
        work.requestCancel();
        assertThat(work.isCancellable()).isFalse();
        work.onCancel(() -> {});
        assertThat(work.isCancellable()).isTrue();
        work.succeed();
    }

    @ParameterizedTest
    @EnumSource
    void theFirstEndSaysThatItWasTheOne(Kind kind) {
        WorkMetrics metrics = kind.create();
        assertThat(metrics.startWork().succeed()).isTrue();
        assertThat(metrics.startWork().fail()).isTrue();
        assertThat(metrics.startWork().cancel()).isTrue();
        assertThat(metrics.startWork().end(null)).isTrue();
        assertThat(metrics.startWork().end(new IllegalStateException())).isTrue();
        Work ended = metrics.startWork();
        ended.succeed();
        assertThat(ended.end(null)).isFalse();
        metrics.close();
        assertThat(Checks.drained(metrics, 6).repeatedEnds()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void secondEndIsACountedNoOp(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work work = metrics.startWork("once");
        assertThat(work.succeed()).isTrue();
        assertThat(work.fail()).isFalse();
        assertThat(work.cancel()).isFalse();
        assertThat(work.end(new RuntimeException())).isFalse();
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics, 1);
        assertThat(s.operations()).isEqualTo(1);
        assertThat(s.errors()).isZero();
        assertThat(s.repeatedEnds()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void twoThreadsThatEndTheSameWorkCountOneEnd(Kind kind) throws Exception {
        for (int i = 0; i < 500; i++) {
            WorkMetrics metrics = kind.create();
            Work work = metrics.startWork();
            metrics.close();
            AtomicInteger won = new AtomicInteger();
            Threads.Task end = () -> {
                if (work.succeed()) {
                    won.incrementAndGet();
                }
            };
            Threads.together(end, end);
            assertThat(won).hasValue(1);
            assertThat(Checks.drained(metrics, 1).repeatedEnds()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingAnUnendedWorkIsAFailure(Kind kind) {
        WorkMetrics metrics = kind.create();
        try (Work work = metrics.startWork()) {
            assertThat(work.isEnded()).isFalse();
        }
        assertThat(Checks.addsUp(metrics).errors()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void closingAnEndedWorkIsNotARepeatedEnd(Kind kind) {
        WorkMetrics metrics = kind.create();
        try (Work work = metrics.startWork()) {
            work.succeed();
        }
        WorkSnapshot s = Checks.addsUp(metrics);
        assertThat(s.operations()).isEqualTo(1);
        assertThat(s.repeatedEnds()).isZero();
    }

    @Test
    void stageThatCompletesEndsItsWork() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        CompletableFuture<String> ok = ending(metrics);
        CompletableFuture<String> broken = ending(metrics);
        CompletableFuture<String> cancelled = ending(metrics);
        assertThat(metrics.snapshot().inFlight()).isEqualTo(3);
        ok.complete("value");
        broken.completeExceptionally(new IllegalStateException());
        cancelled.cancel(true);
        WorkSnapshot s = Checks.addsUp(metrics);
        assertThat(s.operations()).isEqualTo(1);
        assertThat(s.errors()).isEqualTo(1);
        assertThat(s.cancelled()).isEqualTo(1);
    }

    /** A dependent stage sees its source's cancellation wrapped. */
    @Test
    void cancellationOfAnEarlierStageIsACancellation() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        CompletableFuture<String> source = new CompletableFuture<>();
        Work work = metrics.startWork();
        CompletableFuture<Integer> dependent = source.thenApply(String::length).whenComplete((v, e) -> work.end(e));
        source.cancel(false);
        assertThat(dependent).isCompletedExceptionally();
        assertThat(Checks.addsUp(metrics).cancelled()).isEqualTo(1);
    }

    @Test
    void wrappedFailureIsAFailure() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.startWork().end(new CompletionException(new IllegalStateException()));
        metrics.startWork().end(new CompletionException(null, null));
        metrics.startWork().end(new CompletionException(new CancellationException()));
        WorkSnapshot s = Checks.addsUp(metrics);
        assertThat(s.errors()).isEqualTo(2);
        assertThat(s.cancelled()).isEqualTo(1);
    }

    @Test
    void workEndsWhateverItsErrorDoesWhenItIsAsked() {
        CompletionException error = new CompletionException(null, null) {
            @Override
            public synchronized Throwable getCause() {
                throw new IllegalStateException("is not to be asked");
            }
        };
        WorkMetrics metrics = WorkMetrics.create("jobs");

        assertThatThrownBy(() -> metrics.run("work", () -> {
                    throw error;
                }))
                .satisfies(thrown -> assertThat(thrown == error).isTrue());

        assertThat(Checks.addsUp(metrics).errors()).isEqualTo(1);
    }

    @Test
    void workTellsWhatItIs() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work named = metrics.startWork("upload 42");
        assertThat(named.description()).isEqualTo("upload 42");
        assertThat(named.component()).isEqualTo("jobs");
        assertThat(named.thread()).isSameAs(Thread.currentThread());
        assertThat(named.isBound()).isFalse();
        assertThat(named.isWatch()).isFalse();
        assertThat(named.age()).isPositive();
        assertThat(named).hasToString("jobs: upload 42");
        named.succeed();
        assertThat(named).hasToString("jobs: upload 42 (ended)");
        assertThat(metrics.startWork().description()).isEqualTo("unnamed");
    }

    @Test
    void workOfRunIsBoundToItsThread() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.run("body", () -> {
            assertThat(metrics.activeWork()).singleElement().satisfies(work -> {
                assertThat(work.isBound()).isTrue();
                assertThat(work.thread()).isSameAs(Thread.currentThread());
                assertThat(work.description()).isEqualTo("body");
            });
            assertThat(metrics.isInsideWork()).isTrue();
        });
        assertThat(metrics.isInsideWork()).isFalse();
        assertThat(metrics.activeWork()).isEmpty();
    }

    @Test
    void workThatWasQueuedIsBoundToTheThreadItRunsOn() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work queued = metrics.startWork("queued");
        Threads.elsewhere(() -> {
            assertThat(metrics.isInsideWork()).isFalse();
            assertThat(queued.runsHere()).isSameAs(queued);
            assertThat(queued.isBound()).isTrue();
            assertThat(queued.thread()).isSameAs(Thread.currentThread());
            assertThat(metrics.isInsideWork()).isTrue();
            queued.succeed();
            assertThat(metrics.isInsideWork()).isFalse();
        });
    }

    @Test
    void tokenStaysListedUntilItEndsWhereverItRuns() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work moved = metrics.startWork("moved");
        Threads.elsewhere(moved::runsHere);
        assertThat(metrics.activeWork()).containsExactly(moved);
        moved.succeed();
        assertThat(metrics.activeWork()).isEmpty();
    }

    @Test
    void workOfAnotherThreadIsNotThisThreadsInside() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.run(
                "body",
                () -> Threads.elsewhere(() -> assertThat(metrics.isInsideWork()).isFalse()));
        metrics.startWork();
        assertThat(metrics.isInsideWork()).isFalse();
    }

    @Test
    void endedBodyIsNoLongerInside() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.run("body", () -> {
            metrics.activeWork().get(0).cancel();
            assertThat(metrics.isInsideWork()).isFalse();
        });
        assertThat(Checks.addsUp(metrics).repeatedEnds()).isEqualTo(1);
    }

    @Test
    void activeWorkIsListedOldestFirst() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        List<Work> started = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            started.add(metrics.startWork("work " + i));
        }
        assertThat(metrics.activeWork()).isSortedAccordingTo((a, b) -> b.age().compareTo(a.age()));
        assertThat(metrics.activeWork()).containsExactlyInAnyOrderElementsOf(started);
        assertThat(metrics.activeWork().get(0)).isSameAs(started.get(0));
        assertThat(metrics.activeWork().get(49)).isSameAs(started.get(49));
    }

    /** Ages move while they are compared: an order that reads the clock breaks the contract of the sort. */
    @Test
    void worksThatStartedNanosecondsApartAreListedInTheirOrder() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        long start = System.nanoTime();
        List<Work> started = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            Work work = metrics.startWork("work");
            Reflect.set(work, Work.class, "startNanos", start + i);
            started.add(work);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(metrics.activeWork()).isEqualTo(started);
        }
    }

    @ParameterizedTest
    @EnumSource
    void rejectedWorkIsNeverListed(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        metrics.close();
        Threads.together(
                () -> {
                    for (int i = 0; i < 2_000; i++) {
                        assertThatThrownBy(metrics::startWork).isInstanceOf(WorkRejectedException.class);
                    }
                },
                () -> {
                    for (int i = 0; i < 2_000; i++) {
                        assertThat(metrics.activeWork()).isEmpty();
                    }
                });
    }

    @Test
    void nullIsRefusedBeforeAnythingIsAdmitted() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        assertThatThrownBy(() -> metrics.startWork(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> metrics.startWatch(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> metrics.run(null, () -> {})).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> metrics.run("x", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> metrics.call("x", null)).isInstanceOf(NullPointerException.class);
        Work work = metrics.startWork();
        assertThatThrownBy(() -> work.startChild(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> work.onDrain(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> work.onCancel(null)).isInstanceOf(NullPointerException.class);
        work.succeed();
        metrics.close();
        Checks.drained(metrics, 1);
    }

    private static CompletableFuture<String> ending(WorkMetrics metrics) {
        Work work = metrics.startWork();
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> unused = source.whenComplete((value, error) -> work.end(error));
        return source;
    }

    @Test
    void aTokenIsListedByAHashOfItsOwn() {
        WorkMetrics jobs = WorkMetrics.create("jobs");
        Work first = jobs.startWork("first");
        Work second = jobs.startWork("second");

        assertThat(first).hasSameHashCodeAs(first).isNotEqualTo(second);
        assertThat(IntStream.range(0, 100)
                        .map(i -> jobs.startWork("another").hashCode())
                        .distinct()
                        .count())
                .as("different hashes")
                .isGreaterThan(50);
        jobs.activeWork().stream()
                .filter(work -> work != first && work != second)
                .forEach(Work::cancel);
        assertThat(jobs.activeWork()).containsExactly(first, second);
    }

    @Test
    void aWorkSaysWhetherItCanBeCancelled() {
        WorkMetrics jobs = WorkMetrics.create("jobs");
        Work deaf = jobs.startWork("deaf");
        Work listening = jobs.startWork("listening").onCancel(() -> {});

        deaf.requestCancel();

        assertThat(deaf.isCancellable()).isFalse();
        assertThat(listening.isCancellable()).isTrue();
    }
}
