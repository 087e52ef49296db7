package io.k1s.metrics;

/**
 * Is told about single works of a component, for latencies and traces. The counters need none: see
 * {@link WorkMetrics#snapshot()}.
 *
 * <p>Called on the thread that starts or ends the work, under no lock, by many threads at once. It must be fast and must
 * not block: the caller waits. What it throws is dropped. What it is told about an end happens before the component
 * becomes quiescent.
 */
public interface WorkListener {
    /**
     * A sampled work is ending. Of each stripe the first 64 starts are sampled, then about one in 2 to 8 ms: all of what runs more
     * seldom, and of what runs fast down to one in 16,384. Children of other works are part of their parent's time, and are not
     * sampled.
     *
     * @param nanos since its start, exact up to 26 days
     * @param weight how many works it stands for
     */
    default void timed(long nanos, long weight) {}

    /**
     * A work or watch with a token is ending, sampled or not.
     *
     * @param work the work, with its description, age and thread
     * @param outcome how it ends
     */
    default void ended(Work work, Outcome outcome) {}

    /**
     * A work or watch was not admitted.
     *
     * @param reason why
     */
    default void rejected(WorkRejectedException.Reason reason) {}
}
