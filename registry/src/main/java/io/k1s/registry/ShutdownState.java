package io.k1s.registry;

/** Where a registry is on its way to the end. States are passed in this order, some may be left out, none comes back. */
public enum ShutdownState {
    /** Everything is admitted. */
    RUNNING,
    /** Readiness is red, work is still admitted: the time that load balancers need to look away. */
    LAME_DUCK,
    /** Components stop admitting, upstream first, and finish what they admitted. */
    DRAINING,
    /** The soft deadline has passed: what said it can be cancelled has been asked to stop. */
    CANCELLING,
    /** Waiting is over; the resources of drained components are closed. */
    CLOSING,
    /** The report is there. */
    TERMINATED
}
