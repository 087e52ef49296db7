package io.k1s.registry;

import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a shutdown did: how it ended, who was drained and when, who was left behind and where, and what failed.
 *
 * <p>All texts in it are printable and on one line, with what looks like a credential masked.
 *
 * <p>For work that is counted and not named, threads are listed instead, as {@linkplain Component#suspects() suspects}: those
 * whose own counters say that work they started is in flight, and, if the component owns a resource, those that are inside the
 * code of that resource's class. What a thread started can go on elsewhere, and another instance of the class can be what it
 * is in.
 *
 * @param reason who asked for it, for example {@code SIGTERM}
 * @param outcome how it ended as a whole
 * @param took from the request to the report
 * @param phases the states passed, in order
 * @param components every component that was registered, in the order of closing
 * @param unknownDependencies names in {@code dependsOn} that were not registered when the shutdown began
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
        /** Everything drained, but stopping or closing something failed or did not return in time, or cancelling failed. */
        CLOSE_FAILED,
        /** Work was left behind at the hard deadline. */
        TIMED_OUT,
        /**
         * Somebody cut it short: work in flight was left behind, or may have been cancelled or refused what it called; or it was
         * cut while resources were being closed, and one of them was not.
         */
        FORCED
    }

    /**
     * One state that was passed.
     *
     * @param state the state
     * @param startedAfter since the request
     * @param took how long it lasted
     */
    public record Phase(ShutdownState state, Duration startedAfter, Duration took) {
        /**
         * Returns when the state was left.
         *
         * @return the time since the request
         */
        public Duration endedAfter() {
            return startedAfter.plus(took);
        }
    }

    /**
     * What became of one component.
     *
     * <p>Of a drained one the ledger says {@code totalStarted = operations + errors + cancelled}, which is what the drain
     * waited for: the sum of the counted starts equals the sum of the counted ends. Of one that was left with work in
     * flight, that work is the difference, but for what ended while resources were closed.
     *
     * @param name its name
     * @param drained whether everything that it admitted has ended
     * @param drainTime from the close of its gate to its quiescence, or to the end of waiting
     * @param left how many works and watches were left behind; {@link #UNKNOWN} if a component that counts its own could not say
     * @param admittedAfterClose how many more works had been admitted at the end than when the component, its gate closed,
     *     had drained: anything but 0 is a bug. (Children of live work pass a closed gate, and are part of what is drained.)
     * @param closed whether it has drained, and its resource was closed or it has none; a resource under running work is left
     *     open
     * @param ledger its counters, if it is a {@link io.k1s.metrics.WorkMetrics}
     * @param stragglers the named work that was left behind, oldest first
     * @param suspects threads with work in flight there, or inside the component's resource, when its work was left behind: whose
     *     work it may be that has no name. Empty if there is none, or no way to tell; see {@link ShutdownReport}
     * @param abandoned named work that was given up because its own thread called {@code System.exit}
     * @param errors what stopping, cancelling or closing it threw
     */
    public record Component(
            String name,
            boolean drained,
            Duration drainTime,
            long left,
            long admittedAfterClose,
            boolean closed,
            Optional<WorkSnapshot> ledger,
            List<Straggler> stragglers,
            List<ThreadSample> suspects,
            List<Straggler> abandoned,
            List<Throwable> errors) {
        /** What {@link #left} says of a component that could not be counted: -1. */
        public static final long UNKNOWN = -1;

        /** Copies the lists. */
        public Component {
            stragglers = List.copyOf(stragglers);
            suspects = List.copyOf(suspects);
            abandoned = List.copyOf(abandoned);
            errors = List.copyOf(errors);
        }

        /**
         * Returns the errors as they can be shown.
         *
         * @return one for each of {@link #errors()}, in the same order
         */
        public List<Failure> failures() {
            return errors.stream().map(Failure::of).toList();
        }
    }

    /**
     * A piece of named work that had not ended.
     *
     * @param description what it does
     * @param watch whether it is a watch
     * @param cancellable whether it has said how it can be cancelled
     * @param askedToCancel whether the registry has asked it to cancel
     * @param age since its start
     * @param thread the thread that started it, with what was seen of it if the work runs there from start to end
     */
    public record Straggler(
            String description,
            boolean watch,
            boolean cancellable,
            boolean askedToCancel,
            Duration age,
            ThreadSample thread) {
        @Override
        public String toString() {
            return (watch ? "watch \"" : "\"") + description + "\", " + Texts.shown(age) + " old, thread "
                    + thread.name()
                    + (!cancellable ? "" : askedToCancel ? ", was asked to cancel" : ", cancellable");
        }
    }

    /**
     * What was seen of a thread: names and frames only, no value of any variable.
     *
     * @param name its name
     * @param virtual whether it is a virtual thread
     * @param motion whether it moved
     * @param watchedFor the time between the two samples that say so
     * @param waitsFor the lock it waits for, by class and identity, and the thread that holds it; empty if there is none
     * @param stack the last frames seen, innermost first; empty if the thread has ended or was not looked at
     */
    public record ThreadSample(
            String name,
            boolean virtual,
            Motion motion,
            Duration watchedFor,
            String waitsFor,
            List<StackTraceElement> stack) {
        /** Copies the stack. */
        public ThreadSample {
            stack = List.copyOf(stack);
        }
    }

    /** Whether a thread moved between two samples of its stack. */
    public enum Motion {
        /** Its stack had changed. */
        MOVING,
        /** It was at the same place: stuck there, or there again. */
        WEDGED,
        /** It was looked at once only, or not at all. */
        UNKNOWN
    }

    /**
     * An exception as it can be shown: on one line, control characters escaped, what looks like a credential masked.
     *
     * @param type the name of its class
     * @param message its message; empty if it has none or cannot say
     * @param stack its frames
     * @param suppressed those it suppressed
     * @param cause its cause
     */
    public record Failure(
            String type,
            String message,
            List<StackTraceElement> stack,
            List<Failure> suppressed,
            Optional<Failure> cause) {
        /** Copies the lists. */
        public Failure {
            stack = List.copyOf(stack);
            suppressed = List.copyOf(suppressed);
        }

        /**
         * Returns what can be shown of an exception, whatever its methods do; causes and suppressed ones up to a bounded
         * depth, and none twice.
         *
         * @param error the exception
         * @return what is shown
         */
        public static Failure of(Throwable error) {
            return Failures.of(error);
        }

        @Override
        public String toString() {
            return message.isEmpty() ? type : type + ": " + message;
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
     * Returns the exit code for this end. A registry that handles the signals exits with it too, but for a complete end with
     * {@link ShutdownConfig#signalExitCode()}, or after {@code System.exit(n)}, whose code stands then.
     *
     * @return 0 for {@link Outcome#COMPLETE}, 70 for {@link Outcome#CLOSE_FAILED}, 75 for the others
     */
    public int exitCode() {
        return switch (outcome) {
            case COMPLETE -> 0;
            case CLOSE_FAILED -> 70;
            case TIMED_OUT, FORCED -> 75;
        };
    }

    /**
     * Returns the report as readable text of several lines, control characters escaped.
     *
     * @return the text
     */
    public String describe() {
        return ReportText.of(this);
    }
}
