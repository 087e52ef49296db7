package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

/** What holds for every component, whatever a test did to it. */
final class Checks {
    private Checks() {}

    /** Started is succeeded, failed, cancelled or in flight; nothing is negative. */
    static WorkSnapshot addsUp(WorkMetrics metrics) {
        WorkSnapshot s = metrics.snapshot();
        assertThat(s.totalStarted())
                .as("conservation: %s", s)
                .isEqualTo(s.operations() + s.errors() + s.cancelled() + s.inFlight());
        assertThat(s.inFlight()).as("in flight: %s", s).isNotNegative();
        assertThat(s.watchers()).as("watchers: %s", s).isNotNegative();
        return s;
    }

    /**
     * Closed and drained, without any wait: after the threads of a test were joined nobody is left to wake a waiter, so a
     * component that is not quiescent by now has lost a wake-up or a work. In fenced mode alone an end and the close can miss
     * each other, and the component looks again by itself.
     */
    static WorkSnapshot drained(WorkMetrics metrics) {
        if (!Fence.ASYMMETRIC && metrics.isClosed()) {
            assertThat(metrics.quiescence().toCompletableFuture())
                    .as("quiescent: %s", metrics.name())
                    .succeedsWithin(Duration.ofSeconds(Threads.PATIENCE_SECONDS));
        }
        assertThat(metrics.isQuiescent()).as("quiescent: %s", metrics.name()).isTrue();
        WorkSnapshot s = addsUp(metrics);
        assertThat(s.inFlight()).as("in flight: %s", s).isZero();
        assertThat(s.watchers()).as("watchers: %s", s).isZero();
        assertThat(metrics.activeWork()).isEmpty();
        return s;
    }

    /** As {@link #drained}, and the ledger holds exactly this many works. */
    static WorkSnapshot drained(WorkMetrics metrics, long started) {
        WorkSnapshot s = drained(metrics);
        assertThat(s.totalStarted()).as("started: %s", s).isEqualTo(started);
        return s;
    }
}
