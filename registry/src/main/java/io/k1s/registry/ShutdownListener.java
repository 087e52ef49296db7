package io.k1s.registry;

import io.k1s.metrics.WorkMetrics;
import java.util.Optional;

/**
 * Told what a {@link WorkRegistry} and its shutdown do: for meters, events and reports of other kinds.
 *
 * <p>Called under no lock, one call at a time, in order, each listener on a thread of its own (but for the components that
 * are there already when it is added). What it throws is logged. One that blocks misses what comes later and holds up
 * nobody; the exit of the process waits for {@link #terminated} as it does for the callbacks of
 * {@link WorkRegistry#terminated()}.
 */
public interface ShutdownListener {
    /**
     * A component takes part from now on. Called once for each, also for those that were registered before the listener.
     *
     * @param name its name
     * @param metrics its counters, unless it counts its own work
     */
    default void componentRegistered(String name, Optional<WorkMetrics> metrics) {}

    /**
     * A component was closed alone and has left. Its name can be taken again.
     *
     * @param name its name
     */
    default void componentRemoved(String name) {}

    /**
     * The shutdown has come to a state.
     *
     * @param state the state
     */
    default void phaseStarted(ShutdownState state) {}

    /**
     * The shutdown has left a state.
     *
     * @param phase the state, when it began and how long it lasted
     */
    default void phaseEnded(ShutdownReport.Phase phase) {}

    /**
     * A named work holds up the shutdown: it is in flight a second after the soft deadline, when its thread has been looked
     * at twice, or when waiting ends. Called once for each.
     *
     * @param component the component that admitted it
     * @param straggler the work
     */
    default void straggler(String component, ShutdownReport.Straggler straggler) {}

    /**
     * The shutdown is over.
     *
     * @param report what it did
     */
    default void terminated(ShutdownReport report) {}
}
