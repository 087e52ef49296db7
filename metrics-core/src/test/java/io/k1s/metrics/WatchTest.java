package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WatchTest {
    @ParameterizedTest
    @EnumSource
    void watchersAreCountedAndEnded(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work first = metrics.startWatch("first");
        Work second = metrics.startWatch("second");
        assertThat(first.isWatch()).isTrue();
        assertThat(Checks.addsUp(metrics).watchers()).isEqualTo(2);
        first.succeed();
        assertThat(Checks.addsUp(metrics).watchers()).isEqualTo(1);
        second.cancel();
        assertThat(Checks.addsUp(metrics).watchers()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void watchesAreOutsideStartedAndInFlight(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work watch = metrics.startWatch("watch");
        WorkSnapshot open = Checks.addsUp(metrics);
        assertThat(open.totalStarted()).isZero();
        assertThat(open.inFlight()).isZero();
        assertThat(open.inFlightPeak()).isZero();
        watch.fail();
        assertThat(Checks.addsUp(metrics).errors()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void openWatchHoldsUpTheDrain(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work watch = metrics.startWatch("watch");
        metrics.close();
        assertThat(metrics.isQuiescent()).isFalse();
        watch.succeed();
        Checks.drained(metrics, 0);
    }

    @ParameterizedTest
    @EnumSource
    void secondEndOfAWatchIsACountedNoOp(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work watch = metrics.startWatch("watch");
        Work other = metrics.startWatch("other");
        watch.succeed();
        assertThat(watch.cancel()).isFalse();
        assertThat(Checks.addsUp(metrics).watchers()).isEqualTo(1);
        assertThat(metrics.snapshot().repeatedEnds()).isEqualTo(1);
        other.succeed();
    }

    /** The look counts watches first: the other order takes a child that started in between for nothing. */
    @ParameterizedTest
    @EnumSource
    void childOfAWatchThatEndsMeanwhileIsNotOverlooked(Kind kind) throws Exception {
        for (int i = 0; i < 1_500; i++) {
            WorkMetrics metrics = kind.create();
            Work watch = metrics.startWatch("watch");
            Work other = metrics.startWork("other");
            metrics.close();
            AtomicReference<Work> child = new AtomicReference<>();
            Threads.together(other::succeed, () -> {
                child.set(watch.startChild("deliver"));
                watch.succeed();
            });
            assertThat(metrics.isQuiescent()).isFalse();
            child.get().succeed();
            Checks.drained(metrics, 2);
        }
    }
}
