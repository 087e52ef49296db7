package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PeakTest {
    private static final long AN_HOUR = 3_600_000_000_000L;

    @ParameterizedTest
    @EnumSource
    void peakIsTheMostThatOverlapped(Kind kind) {
        WorkMetrics metrics = kind.create();
        List<Work> open = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            open.add(metrics.startWork());
        }
        open.forEach(Work::succeed);
        metrics.startWork().succeed();
        assertThat(metrics.snapshot().inFlightPeak()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void peakCountsAdmittedWorkOnly(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork();
        Work ended = metrics.startWork();
        ended.succeed();
        parent.succeed();
        metrics.close();
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(metrics::begin).isInstanceOf(WorkRejectedException.class);
            assertThatThrownBy(() -> metrics.beginChild(parent)).isInstanceOf(WorkRejectedException.class);
        }
        assertThat(metrics.snapshot().inFlightPeak()).isEqualTo(2);
    }

    /** Starts that overlap a close are rejected or not; more than the three threads were never inside. */
    @ParameterizedTest
    @EnumSource
    void peakNeverExceedsTheThreadsThatCanBeInside(Kind kind) throws Exception {
        for (int i = 0; i < 300; i++) {
            WorkMetrics metrics = kind.create();
            Threads.Task load = () -> {
                try {
                    for (int k = 0; k < 50; k++) {
                        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
                    }
                } catch (WorkRejectedException e) {
                    // closed meanwhile
                }
            };
            Threads.together(load, load, load, metrics::close);
            assertThat(Checks.drained(metrics).inFlightPeak()).isLessThanOrEqualTo(3);
        }
    }

    @Test
    void exactPeakMissesNoOverlap() throws Exception {
        WorkMetrics metrics = Kind.EXACT.create();
        for (int i = 0; i < 5_000; i++) {
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        }
        CyclicBarrier inside = new CyclicBarrier(3);
        Threads.Task task = () -> metrics.run("body", () -> inside.await());
        Threads.together(task, task, task);
        assertThat(metrics.snapshot().inFlightPeak()).isEqualTo(3);
    }

    @Test
    void exactPeakIncludesChildren() {
        WorkMetrics metrics = Kind.EXACT.create();
        Work parent = metrics.startWork();
        parent.startChild("child").succeed();
        parent.succeed();
        assertThat(metrics.snapshot().inFlightPeak()).isEqualTo(2);
    }

    @Test
    void observedPeakWithoutSamplingIsWhatSnapshotsSaw() {
        WorkMetrics metrics = WorkMetrics.builder("jobs").sampling(false).build();
        Work first = metrics.startWork();
        metrics.startWork().succeed();
        assertThat(metrics.snapshot().inFlightPeak()).isEqualTo(1);
        Work second = metrics.startWork();
        assertThat(metrics.snapshot().inFlightPeak()).isEqualTo(2);
        first.succeed();
        second.succeed();
    }

    @Test
    void observedPeakKeepsLookingAfterManyStarts() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        for (int i = 0; i < 100; i++) {
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        }
        Work open = metrics.startWork();
        Gate gate = Reflect.gate(metrics);
        long deadline = System.nanoTime() + java.util.concurrent.TimeUnit.SECONDS.toNanos(Threads.PATIENCE_SECONDS);
        while (gate.peak.get() < 2 && System.nanoTime() - deadline < 0) {
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        }
        open.succeed();
        assertThat(gate.peak.get()).isEqualTo(2);
    }

    @Test
    void everyOneOfTheFirstSamplesLooksAndALaterOneIfNobodyHasForAWhile() throws Exception {
        assertThat(peakSeenBySample(Sampling.EACH_UP_TO, AN_HOUR)).isEqualTo(2);
        assertThat(peakSeenBySample(Sampling.EACH_UP_TO + 1, AN_HOUR)).isZero();
        assertThat(peakSeenBySample(Sampling.EACH_UP_TO + 1, -AN_HOUR)).isEqualTo(2);
    }

    /** With two works in flight that no sample has seen. */
    private static long peakSeenBySample(long start, long lastLook) throws Exception {
        WorkMetrics metrics = WorkMetrics.builder("jobs").sampling(false).build();
        metrics.begin();
        metrics.begin();
        Gate gate = Reflect.gate(metrics);
        Reflect.set(gate, Gate.class, "scannedAt", System.nanoTime() + lastLook);
        gate.sample(gate.ledger.shared(0), start);
        return gate.peak.get();
    }

    @Test
    void closedComponentKeepsItsPeak() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work first = metrics.startWork();
        Work second = metrics.startWork();
        metrics.close();
        first.succeed();
        second.succeed();
        assertThat(Checks.drained(metrics, 2).inFlightPeak()).isEqualTo(2);
    }

    @Test
    void raiseKeepsTheHighestOfTwoThreads() throws Exception {
        for (int i = 0; i < 300; i++) {
            Peak peak = new Peak();
            Threads.together(
                    () -> {
                        for (int v = 1; v <= 200; v += 2) {
                            peak.raise(v);
                        }
                    },
                    () -> {
                        for (int v = 2; v <= 200; v += 2) {
                            peak.raise(v);
                        }
                    });
            assertThat(peak.get()).isEqualTo(200);
        }
    }
}
