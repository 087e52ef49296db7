package io.k1s.observe;

/** A registry, as {@code io.k1s:type=Registry}. */
public interface RegistryMXBean {
    /**
     * Returns where the registry is on its way to the end.
     *
     * @return the name of a {@link io.k1s.registry.ShutdownState}
     */
    String getState();

    /**
     * Tells whether new work is welcome.
     *
     * @return false from the request of a shutdown on
     */
    boolean isReady();

    /**
     * Returns how much of the graceful timeout is left.
     *
     * @return milliseconds to the hard deadline; the whole timeout before a shutdown
     */
    long getTimeLeftMillis();

    /**
     * Describes the named works and watches in flight.
     *
     * @return a line for each, oldest first
     */
    String[] getActiveWork();
}
