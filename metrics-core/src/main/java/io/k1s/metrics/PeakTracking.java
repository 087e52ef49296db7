package io.k1s.metrics;

/** How closely {@link WorkSnapshot#inFlightPeak()} follows the number of works in flight. */
public enum PeakTracking {
    /**
     * The highest total that was looked at: by a snapshot, a progress tick, or a sampled start (of each stripe of counters
     * the first 64 starts, then one in 2 to 8 ms). Never above what really was in flight at one moment; a short burst between
     * two samples can be missed. A look that coincides with {@link WorkMetrics#close()} is dropped; one that ends just before
     * may include a start that lost to the close in that same instant. Costs nothing that can be measured.
     */
    OBSERVED,
    /**
     * The true maximum: whenever n works overlap, the peak is at least n, and it is never more than overlapped
     * (save for a child that is refused because its parent ends in the same instant). Costs one more word that all
     * threads share: about 10 ns more a work on one thread, about 55 ns on two.
     */
    EXACT
}
