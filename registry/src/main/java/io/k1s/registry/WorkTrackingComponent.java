package io.k1s.registry;

import java.util.concurrent.CompletionStage;

/**
 * A component that counts its own work: a connection pool, a consumer, a server of another library. What uses
 * {@link io.k1s.metrics.WorkMetrics} needs no implementation of this; see {@link WorkRegistry#component}.
 *
 * <p>The registry calls it under no lock, and during a shutdown on threads of its own: what throws is reported, what blocks is
 * left behind; neither stops the shutdown of others. {@link WorkRegistry#isAnyWorkInProgress},
 * {@link WorkRegistry#activeWorkCounts} and {@link WorkRegistry#progress} ask it on the thread of their caller.
 */
public interface WorkTrackingComponent {
    /**
     * Tells whether admitted work has not ended yet.
     *
     * @return true while there is
     */
    boolean isWorkInProgress();

    /**
     * Counts the admitted work that has not ended yet.
     *
     * @return the count, 0 or more
     */
    long activeWorkCount();

    /**
     * Stops admitting work. Called once, also if the component is closed alone and then shut down with the others.
     *
     * @return a stage that completes when the work admitted before has ended
     * @throws Exception if it cannot be stopped; the component is then reported, and its resource closed only if no work
     *     is in progress
     */
    CompletionStage<?> stopAcceptingWork() throws Exception;

    /**
     * Asks running work to stop early: at the soft deadline and at the hard one, and again when {@link #stopAcceptingWork}
     * returns after that. Does nothing unless overridden.
     *
     * @throws Exception if it fails; reported
     */
    default void requestCancel() throws Exception {}
}
