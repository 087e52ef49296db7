package io.k1s.metrics;

/** How closely {@link WorkSnapshot#inFlightPeak()} follows the number of works in flight. */
public enum PeakTracking {
    /**
     * The highest total that was looked at: by a snapshot, a progress tick, or a sampled start (of each stripe of counters
     * the first 64 starts, then one in 2 to 8 ms). A short burst between two samples can be missed. Never above what really was
     * in flight at one moment, save for a child that is refused because its parent ends in the same instant, and a start that
     * loses to {@link WorkMetrics#close()} just after the look. A look that coincides with the close is dropped. Costs nothing
     * that can be measured.
     */
    OBSERVED,
    /**
     * The true maximum: whenever n works overlap, the peak is at least n, and it is never more than overlapped
     * (save for a child that is refused because its parent ends in the same instant). Costs one more word that all
     * threads share: about 10 ns more a work on one thread, about 55 ns on two.
     */
    EXACT
}
