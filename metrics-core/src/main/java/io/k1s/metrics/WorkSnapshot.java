package io.k1s.metrics;

/**
 * The ledger of one component at one moment.
 *
 * <p>It always adds up: {@code totalStarted == operations + errors + cancelled + inFlight}. While work starts and ends,
 * the counters are not read in one instant: {@link #inFlight} is then never too low, and can be too high by what ended
 * during the read, and by starts that were just being rejected, also after {@link WorkMetrics#close()} has returned; with it
 * {@link #totalStarted}. At quiescence every figure is exact.
 *
 * @param component the component's name
 * @param totalStarted works admitted so far; rejected ones are not among them
 * @param operations works that succeeded
 * @param errors works that failed
 * @param cancelled works that were given up
 * @param inFlight works admitted and not yet ended
 * @param inFlightPeak the highest number of works in flight, as {@link PeakTracking} describes it
 * @param watchers open watches; outside {@code totalStarted} and {@code inFlight}
 * @param rejected works and watches that were not admitted
 * @param repeatedEnds calls that tried to end a {@link Work} a second time, and had no effect
 */
public record WorkSnapshot(
        String component,
        long totalStarted,
        long operations,
        long errors,
        long cancelled,
        long inFlight,
        long inFlightPeak,
        long watchers,
        long rejected,
        long repeatedEnds) {

    /**
     * Returns the works that have ended, however they did.
     *
     * @return {@code operations + errors + cancelled}
     */
    public long ended() {
        return operations + errors + cancelled;
    }
}
