package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A limit that is lent to the stripes in portions: exact all the same. */
@Timeout(300)
class AllowanceTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneThreadCanHaveAllOfTheLimitAndNoMore(boolean sampling) {
        WorkMetrics metrics = WorkMetrics.builder("jobs")
                .maxConcurrentOps(100)
                .sampling(sampling)
                .build();
        List<Work> open = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            open.add(metrics.startWork());
        }
        assertThat(rejection(metrics)).isEqualTo(WorkRejectedException.Reason.LIMIT);
        assertThat(metrics.snapshot().inFlight()).isEqualTo(100);
        assertThat(metrics.snapshot().inFlightPeak()).isEqualTo(100);
        open.remove(0).succeed();
        open.add(metrics.startWork());
        assertThat(rejection(metrics)).isEqualTo(WorkRejectedException.Reason.LIMIT);
        open.forEach(Work::succeed);
        metrics.close();
        assertThat(Checks.drained(metrics, 101).rejected()).isEqualTo(2);
    }

    /** What another thread was lent and does not use must not stand between this one and the limit. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void whatOthersDoNotUseIsRecalled(int slots) throws Exception {
        WorkMetrics metrics = striped(slots, 2, 100);
        List<Work> theirs = new ArrayList<>();
        Threads.Task visitor = () -> {
            for (int i = 0; i < 10; i++) {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            }
            Work work = metrics.startWork();
            synchronized (theirs) {
                theirs.add(work);
            }
        };
        Threads.together(visitor, visitor, visitor);
        List<Work> mine = new ArrayList<>();
        for (int i = 0; i < 97; i++) {
            mine.add(metrics.startWork());
        }
        assertThat(rejection(metrics)).isEqualTo(WorkRejectedException.Reason.LIMIT);
        theirs.remove(0).succeed();
        mine.add(metrics.startWork());
        assertThat(rejection(metrics)).isEqualTo(WorkRejectedException.Reason.LIMIT);
        theirs.forEach(Work::succeed);
        mine.forEach(Work::succeed);
        metrics.close();
        Checks.drained(metrics, 131);
    }

    /** A thread whose allowance was recalled while it had work gets it back as that work ends. */
    @Test
    void threadGoesOnAfterARecall() throws Exception {
        WorkMetrics metrics = striped(4, 2, 65);
        CyclicBarrier step = new CyclicBarrier(2);
        Threads.together(
                () -> {
                    long ticket = metrics.begin();
                    step.await();
                    step.await();
                    metrics.end(ticket, Outcome.SUCCEEDED);
                    for (int i = 0; i < 1_000; i++) {
                        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
                    }
                },
                () -> {
                    step.await();
                    List<Work> open = new ArrayList<>();
                    for (int i = 0; i < 64; i++) {
                        open.add(metrics.startWork());
                    }
                    assertThat(rejection(metrics)).isEqualTo(WorkRejectedException.Reason.LIMIT);
                    step.await();
                    open.forEach(Work::succeed);
                });
        metrics.close();
        Checks.drained(metrics, 1_065);
    }

    @ParameterizedTest
    @CsvSource({"65, 1", "65, 16", "70, 2", "100, 4"})
    void neverMoreThanTheLimitAreInside(int limit, int slots) throws Exception {
        WorkMetrics metrics = striped(slots, 2, limit);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicLong admitted = new AtomicLong();
        AtomicLong rejected = new AtomicLong();
        Threads.Task task = () -> {
            long[] tickets = new long[40];
            for (int round = 0; round < 300; round++) {
                int held = 0;
                while (held < tickets.length) {
                    try {
                        tickets[held] = metrics.begin();
                    } catch (WorkRejectedException e) {
                        rejected.incrementAndGet();
                        break;
                    }
                    held++;
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                }
                admitted.addAndGet(held);
                while (held-- > 0) {
                    inside.decrementAndGet();
                    metrics.end(tickets[held], Outcome.SUCCEEDED);
                }
            }
        };
        Threads.together(task, task, task, task);
        assertThat(most.get()).isBetween(1, limit);
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics, admitted.get());
        assertThat(s.rejected()).isEqualTo(rejected.get());
        assertThat(s.inFlightPeak()).isLessThanOrEqualTo(limit);
    }

    /** As many as the limit allows, in portions that do not divide it, by fewer threads than hold them. */
    @ParameterizedTest
    @CsvSource({"1", "2", "16"})
    void noStartIsRejectedBelowTheLimit(int slots) throws Exception {
        int threads = 5;
        int each = 14;
        WorkMetrics metrics = striped(slots, 2, threads * each);
        Threads.Task task = () -> {
            long[] tickets = new long[each];
            for (int round = 0; round < 1_000; round++) {
                for (int i = 0; i < each; i++) {
                    tickets[i] = metrics.begin();
                }
                for (int i = 0; i < each; i++) {
                    metrics.end(tickets[i], Outcome.SUCCEEDED);
                }
            }
        };
        Threads.together(task, task, task, task, task);
        metrics.close();
        assertThat(Checks.drained(metrics, 1_000L * threads * each).rejected()).isZero();
    }

    /** Another start may have been rejected for it: it counts as admitted since the recall. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void startThatARecallHasCountedIsAdmittedEvenAfterAClose(boolean closed) throws Exception {
        Ledger ledger = new Ledger(4, 2, true, true);
        StripedGate gate = new StripedGate(ledger, 65);
        WorkMetrics metrics = new WorkMetrics(WorkMetrics.builder("jobs"), gate);
        Work[] another = new Work[1];
        Threads.elsewhere(() -> another[0] = metrics.startWork());
        Stripe stripe = java.util.Objects.requireNonNull(ledger.claim(3, Thread.currentThread()));
        // Perhaps the one that the thread has left, and then there is a start on it.
        stripe.decided = stripe.starts() + 1;
        if (closed) {
            metrics.close();
        }
        long ticket = gate.beginOwned(stripe);
        assertThat(ticket).isNotNegative();
        long next = gate.beginOwned(stripe);
        assertThat(next >= 0).as("the next one, which was not counted").isEqualTo(!closed);
        another[0].succeed();
        metrics.close();
        assertThat(metrics.isQuiescent()).isFalse();
        metrics.end(ticket, Outcome.SUCCEEDED);
        if (!closed) {
            metrics.end(next, Outcome.SUCCEEDED);
        }
        Checks.drained(metrics, closed ? 2 : 3);
    }

    @Test
    void worksThatOthersEndComeBackToTheLimit() throws Exception {
        WorkMetrics metrics = striped(4, 2, 65);
        for (int round = 0; round < 100; round++) {
            List<Work> open = new ArrayList<>();
            for (int i = 0; i < 65; i++) {
                open.add(metrics.startWork());
            }
            Threads.elsewhere(() -> open.forEach(Work::succeed));
        }
        metrics.close();
        assertThat(Checks.drained(metrics, 6_500).rejected()).isZero();
    }

    @Test
    void childrenAreExemptFromTheLimit() {
        WorkMetrics metrics = striped(4, 2, 65);
        List<Work> open = new ArrayList<>();
        for (int i = 0; i < 65; i++) {
            open.add(metrics.startWork());
        }
        for (int i = 0; i < 100; i++) {
            open.add(open.get(0).startChild("child"));
        }
        assertThat(metrics.snapshot().inFlight()).isEqualTo(165);
        open.remove(64).succeed();
        metrics.startWork().succeed();
        open.forEach(Work::succeed);
        metrics.close();
        Checks.drained(metrics, 166);
    }

    private static WorkMetrics striped(int slots, int shared, long limit) {
        return new WorkMetrics(
                WorkMetrics.builder("jobs").maxConcurrentOps(limit),
                new StripedGate(new Ledger(slots, shared, true, true), limit));
    }

    private static WorkRejectedException.Reason rejection(WorkMetrics metrics) {
        return catchThrowableOfType(WorkRejectedException.class, metrics::startWork)
                .reason();
    }
}
