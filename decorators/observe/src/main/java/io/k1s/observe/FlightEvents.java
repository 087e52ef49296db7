package io.k1s.observe;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.Printable;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkListener;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ShutdownListener;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.ShutdownState;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * Events of a registry in Java Flight Recorder recordings: {@code io.k1s.LongWork}, {@code io.k1s.Rejection}, {@code
 * io.k1s.ShutdownPhase} and {@code io.k1s.Straggler}. They cost next to nothing while nobody records. Needs the module {@code
 * jdk.jfr}.
 */
public final class FlightEvents {
    private FlightEvents() {}

    /**
     * Emits events of the components that are there and those to come, as long as the registry lives.
     *
     * @param registry whose components
     * @param longWork named and asynchronous work that took at least this long is an event of its own; 0 for every one
     * @throws IllegalArgumentException if it is negative
     */
    public static void emit(WorkRegistry registry, Duration longWork) {
        if (longWork.isNegative()) {
            throw new IllegalArgumentException("work is long from " + longWork + "; allowed is 0 or more");
        }
        registry.addListener(new Follower(longWork));
    }

    private static final class Follower implements ShutdownListener {
        private final Duration longWork;
        /** The phase that is not over. */
        private ShutdownPhase current = new ShutdownPhase();

        Follower(Duration longWork) {
            this.longWork = longWork;
        }

        @Override
        public void componentRegistered(String name, Optional<WorkMetrics> metrics) {
            metrics.ifPresent(own -> own.addListener(new Component(name, longWork)));
        }

        @Override
        public void phaseStarted(ShutdownState state) {
            current = new ShutdownPhase();
            current.begin();
        }

        @Override
        public void phaseEnded(ShutdownReport.Phase phase) {
            current.state = phase.state().name();
            current.startedAfter = phase.startedAfter().toNanos();
            current.took = phase.took().toNanos();
            current.commit();
        }

        @Override
        public void straggler(String component, ShutdownReport.Straggler straggler) {
            Straggler event = new Straggler();
            event.component = component;
            event.work = straggler.description();
            event.watch = straggler.watch();
            event.age = straggler.age().toNanos();
            event.workThread = straggler.thread().name();
            event.motion = straggler.thread().motion().name();
            event.waitsFor = straggler.thread().waitsFor();
            event.stack = straggler.thread().stack().stream()
                    .map(StackTraceElement::toString)
                    .collect(Collectors.joining("\n"));
            event.commit();
        }
    }

    private static final class Component implements WorkListener {
        private final String name;
        private final Duration longWork;

        Component(String name, Duration longWork) {
            this.name = name;
            this.longWork = longWork;
        }

        @Override
        public void ended(Work work, Outcome outcome) {
            LongWork event = new LongWork();
            if (!event.isEnabled()) {
                return;
            }
            Duration took = work.age();
            if (took.compareTo(longWork) >= 0) {
                event.component = name;
                event.work = work.description();
                event.watch = work.isWatch();
                event.outcome = outcome.name();
                event.took = took.toNanos();
                event.startedBy = Printable.masked(work.thread().getName());
                event.commit();
            }
        }

        @Override
        public void rejected(WorkRejectedException.Reason reason) {
            Rejection event = new Rejection();
            if (event.isEnabled()) {
                event.component = name;
                event.reason = reason.name();
                event.commit();
            }
        }
    }

    @Name("io.k1s.LongWork")
    @Label("Long Work")
    @Category("k1s")
    @Description("A work with a token that took at least as long as the program calls long")
    @StackTrace(false)
    static final class LongWork extends Event {
        @Label("Component")
        @Nullable
        String component;

        @Label("Work")
        @Nullable
        String work;

        @Label("Watch")
        boolean watch;

        @Label("Outcome")
        @Nullable
        String outcome;

        @Label("Took")
        @Timespan
        long took;

        @Label("Started By")
        @Nullable
        String startedBy;
    }

    @Name("io.k1s.Rejection")
    @Label("Rejection")
    @Category("k1s")
    @Description("A work or watch that was not admitted")
    @StackTrace(false)
    static final class Rejection extends Event {
        @Label("Component")
        @Nullable
        String component;

        @Label("Reason")
        @Nullable
        String reason;
    }

    @Name("io.k1s.ShutdownPhase")
    @Label("Shutdown Phase")
    @Category("k1s")
    @Description("A state that a shutdown has passed")
    @StackTrace(false)
    static final class ShutdownPhase extends Event {
        @Label("State")
        @Nullable
        String state;

        @Label("Started After")
        @Description("Since the request of the shutdown")
        @Timespan
        long startedAfter;

        @Label("Took")
        @Timespan
        long took;
    }

    @Name("io.k1s.Straggler")
    @Label("Straggler")
    @Category("k1s")
    @Description("A named work in flight a second after the soft deadline, or when waiting ended")
    @StackTrace(false)
    static final class Straggler extends Event {
        @Label("Component")
        @Nullable
        String component;

        @Label("Work")
        @Nullable
        String work;

        @Label("Watch")
        boolean watch;

        @Label("Age")
        @Timespan
        long age;

        @Label("Thread of the Work")
        @Nullable
        String workThread;

        @Label("Motion")
        @Nullable
        String motion;

        @Label("Waits For")
        @Nullable
        String waitsFor;

        @Label("Stack")
        @Nullable
        String stack;
    }
}
