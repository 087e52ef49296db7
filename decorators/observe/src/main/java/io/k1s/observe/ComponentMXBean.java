package io.k1s.observe;

/** One component of a registry, as {@code io.k1s:type=Component,name="..."}. Attributes are read one by one, not in one instant. */
public interface ComponentMXBean {
    /**
     * Returns the component's name.
     *
     * @return the name
     */
    String getName();

    /**
     * Tells whether its gate is closed.
     *
     * @return true after the close
     */
    boolean isClosed();

    /**
     * Counts the works admitted.
     *
     * @return a number that only grows
     */
    long getTotalStarted();

    /**
     * Counts the works that succeeded.
     *
     * @return a number that only grows
     */
    long getOperations();

    /**
     * Counts the works that failed.
     *
     * @return a number that only grows
     */
    long getErrors();

    /**
     * Counts the works that were given up.
     *
     * @return a number that only grows
     */
    long getCancelled();

    /**
     * Counts the works and watches that were not admitted.
     *
     * @return a number that only grows
     */
    long getRejected();

    /**
     * Counts the works in flight.
     *
     * @return those admitted and not yet ended
     */
    long getInFlight();

    /**
     * Returns the most works in flight that were seen.
     *
     * @return the peak
     */
    long getInFlightPeak();

    /**
     * Counts the open watches.
     *
     * @return the number
     */
    long getWatchers();

    /**
     * Returns the median latency.
     *
     * @return milliseconds; NaN if no work was timed
     */
    double getLatencyP50Millis();

    /**
     * Returns the latency that 99 of 100 works did not exceed.
     *
     * @return milliseconds; NaN if no work was timed
     */
    double getLatencyP99Millis();

    /**
     * Returns the latency that 999 of 1,000 works did not exceed.
     *
     * @return milliseconds; NaN if no work was timed
     */
    double getLatencyP999Millis();

    /**
     * Returns the longest latency that was timed.
     *
     * @return milliseconds; NaN if no work was timed
     */
    double getLatencyMaxMillis();

    /**
     * Counts the works that were timed.
     *
     * @return a number that only grows
     */
    long getLatencySamples();
}
