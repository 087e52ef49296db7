package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {
    @ParameterizedTest
    @EnumSource(PeakTracking.class)
    void startBeyondTheLimitIsRejectedAndCanBeRetried(PeakTracking tracking) {
        WorkMetrics metrics = WorkMetrics.builder("jobs")
                .maxConcurrentOps(2)
                .peakTracking(tracking)
                .build();
        Work first = metrics.startWork();
        Work second = metrics.startWork();
        WorkRejectedException rejection = catchThrowableOfType(WorkRejectedException.class, metrics::startWork);
        assertThat(rejection.reason()).isEqualTo(WorkRejectedException.Reason.LIMIT);
        assertThat(rejection.isRetryable()).isTrue();
        first.succeed();
        Work third = metrics.startWork();
        second.succeed();
        third.succeed();
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics, 3);
        assertThat(s.rejected()).isEqualTo(1);
        assertThat(s.inFlightPeak()).isEqualTo(2);
    }

    @Test
    void closedComponentAtItsLimitRejectsAsClosed() {
        WorkMetrics metrics = limited(1);
        metrics.startWork();
        metrics.close();
        assertThat(catchThrowableOfType(WorkRejectedException.class, metrics::startWork)
                        .reason())
                .isEqualTo(WorkRejectedException.Reason.CLOSED);
    }

    @Test
    void childrenAreExemptFromTheLimit() {
        WorkMetrics metrics = limited(1);
        Work parent = metrics.startWork();
        List<Work> children = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            children.add(parent.startChild("child " + i));
        }
        parent.succeed();
        Work next = metrics.startWork();
        children.forEach(Work::succeed);
        next.succeed();
        metrics.close();
        Checks.drained(metrics, 12);
    }

    @Test
    void watchesAreExemptFromTheLimit() {
        WorkMetrics metrics = limited(1);
        Work work = metrics.startWork();
        Work watch = metrics.startWatch("watch");
        work.succeed();
        metrics.startWork().succeed();
        watch.succeed();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 7})
    void neverMoreThanTheLimitAreInside(long limit) throws Exception {
        WorkMetrics metrics = limited(limit);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicLong admitted = new AtomicLong();
        AtomicLong rejected = new AtomicLong();
        Threads.Task task = () -> {
            for (int i = 0; i < 5_000; i++) {
                long ticket;
                try {
                    ticket = metrics.begin();
                } catch (WorkRejectedException e) {
                    rejected.incrementAndGet();
                    continue;
                }
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                if ((i & 63) == 0) {
                    Thread.yield();
                }
                inside.decrementAndGet();
                admitted.incrementAndGet();
                metrics.end(ticket, Outcome.SUCCEEDED);
            }
        };
        Threads.together(task, task, task, task);
        assertThat(most.get()).isBetween(1, (int) limit);
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics, admitted.get());
        assertThat(s.rejected()).isEqualTo(rejected.get());
        assertThat(s.inFlightPeak()).isBetween((long) most.get(), limit);
    }

    /** As many threads as the limit allows: an admission that adds first and undoes later would refuse one of them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void noStartIsRejectedBelowTheLimit(int limit) throws Exception {
        WorkMetrics metrics = limited(limit);
        Threads.Task[] tasks = new Threads.Task[limit];
        for (int t = 0; t < limit; t++) {
            tasks[t] = () -> {
                for (int i = 0; i < 20_000; i++) {
                    metrics.end(metrics.begin(), Outcome.SUCCEEDED);
                }
            };
        }
        Threads.together(tasks);
        metrics.close();
        assertThat(Checks.drained(metrics, 20_000L * limit).rejected()).isZero();
    }

    @Test
    void rejectionsAtTheLimitDoNotDisturbTheDrain() throws Exception {
        for (int i = 0; i < 500; i++) {
            WorkMetrics metrics = limited(1);
            Work work = metrics.startWork();
            Threads.together(
                    work::succeed,
                    metrics::close,
                    () -> assertThatThrownBy(() -> {
                                metrics.startWork().succeed();
                                metrics.close();
                                metrics.startWork();
                            })
                            .isInstanceOf(WorkRejectedException.class));
            Checks.drained(metrics);
        }
    }

    private static WorkMetrics limited(long limit) {
        return WorkMetrics.builder("jobs").maxConcurrentOps(limit).build();
    }
}
