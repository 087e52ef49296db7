package io.k1s.registry;

import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a shutdown did: how it ended, who was drained and when, who was left behind and where, and what failed.
 *
 * @param reason who asked for it, for example {@code SIGTERM}
 * @param outcome how it ended as a whole
 * @param took from the request to the report
 * @param phases the states passed, in order
 * @param components every component that was registered, in the order of closing
 * @param unknownDependencies names in {@code dependsOn} that were never registered
 */
public record ShutdownReport(
        String reason,
        Outcome outcome,
        Duration took,
        List<Phase> phases,
        List<Component> components,
        List<String> unknownDependencies) {

    /** Copies the lists. */
    public ShutdownReport {
        phases = List.copyOf(phases);
        components = List.copyOf(components);
        unknownDependencies = List.copyOf(unknownDependencies);
    }

    /** How a shutdown ended. */
    public enum Outcome {
        /** Everything drained, everything closed. */
        COMPLETE,
        /** Everything drained, but stopping or closing something failed or did not return in time. */
        CLOSE_FAILED,
        /** Work was left behind at the hard deadline. */
        TIMED_OUT,
        /** Somebody cut it short; work was left behind or may have been cancelled. */
        FORCED
    }

    /**
     * One state that was passed.
     *
     * @param state the state
     * @param startedAfter since the request
     * @param took how long it lasted
     */
    public record Phase(ShutdownState state, Duration startedAfter, Duration took) {}

    /**
     * What became of one component.
     *
     * @param name its name
     * @param drained whether everything that it admitted has ended
     * @param drainTime from the close of its gate to its quiescence, or to the end of waiting
     * @param left how many works and watches were left behind
     * @param admittedAfterDrain works that were admitted after quiescence; anything but 0 is a bug
     * @param closed whether its resource was closed, or it has none; a resource under running work is left open
     * @param ledger its counters, if it is a {@link io.k1s.metrics.WorkMetrics}
     * @param stragglers the named work that was left behind
     * @param abandoned named work that was given up because its own thread called {@code System.exit}
     * @param errors what stopping, cancelling or closing it threw
     */
    public record Component(
            String name,
            boolean drained,
            Duration drainTime,
            long left,
            long admittedAfterDrain,
            boolean closed,
            Optional<WorkSnapshot> ledger,
            List<Straggler> stragglers,
            List<Straggler> abandoned,
            List<Throwable> errors) {

        /** Copies the lists. */
        public Component {
            stragglers = List.copyOf(stragglers);
            abandoned = List.copyOf(abandoned);
            errors = List.copyOf(errors);
        }
    }

    /**
     * A piece of named work that had not ended.
     *
     * @param description what it does
     * @param watch whether it is a watch
     * @param age since its start
     * @param thread the name of the thread that started it
     * @param stack where that thread is, if the work runs on it from start to end; else empty
     */
    public record Straggler(
            String description, boolean watch, Duration age, String thread, List<StackTraceElement> stack) {
        /** Copies the stack. */
        public Straggler {
            stack = List.copyOf(stack);
        }

        @Override
        public String toString() {
            return (watch ? "watch \"" : "\"") + description + "\", " + Texts.shown(age) + " old, thread " + thread;
        }
    }

    /**
     * Tells whether everything was drained and closed.
     *
     * @return true for {@link Outcome#COMPLETE}
     */
    public boolean isComplete() {
        return outcome == Outcome.COMPLETE;
    }

    /**
     * Returns the report as readable text of several lines, control characters escaped.
     *
     * @return the text
     */
    public String describe() {
        return Texts.describe(this);
    }
}
