package io.k1s.registry;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What a shutdown says, through SLF4J with key-values, in order, on a thread of its own: a standard output that nobody
 * reads, or a logging backend that throws because it was closed before us, does not stop a shutdown.
 */
final class ShutdownLog {
    private static final Logger LOG = LoggerFactory.getLogger(WorkRegistry.class);

    private final Isolation.Serial thread;

    ShutdownLog(Isolation isolation) {
        this.thread = isolation.serial();
    }

    /** Waits until everything said so far is out, at most this long. */
    void flush(Duration atMost) {
        thread.flush(atMost);
    }

    void started(String reason, ShutdownConfig config, int components) {
        thread.start(() -> LOG.atInfo()
                .addKeyValue("reason", Texts.printable(reason))
                .addKeyValue("components", components)
                .addKeyValue("hardDeadline", Texts.shown(config.gracefulTimeout()))
                .log("shutdown started"));
    }

    void entered(ShutdownState state) {
        thread.start(() -> LOG.atInfo().addKeyValue("state", state).log("shutdown phase"));
    }

    void draining(Tracked component, long count, Duration left) {
        thread.start(() -> {
            LoggingEventBuilder event = LOG.atInfo()
                    .addKeyValue("component", component.name())
                    .addKeyValue("active", count)
                    .addKeyValue("timeLeft", Texts.shown(left));
            List<Work> active = component.activeWork();
            if (!active.isEmpty()) {
                event = event.addKeyValue("oldest", active.get(0).description())
                        .addKeyValue("age", Texts.shown(active.get(0).age()));
            }
            event.log("waiting for work to end");
        });
    }

    void drained(Tracked component, Duration took) {
        thread.start(() -> {
            LoggingEventBuilder event =
                    LOG.atInfo().addKeyValue("component", component.name()).addKeyValue("took", Texts.shown(took));
            Optional<WorkSnapshot> ledger = component.snapshot();
            if (ledger.isPresent()) {
                event = event.addKeyValue("started", ledger.get().totalStarted())
                        .addKeyValue("rejected", ledger.get().rejected());
            }
            event.log("component drained");
        });
    }

    void holdsUp(Tracked component, List<ShutdownReport.Straggler> stragglers) {
        thread.start(() -> {
            LoggingEventBuilder event = LOG.atWarn().addKeyValue("component", component.name());
            if (component.snapshot().isPresent()) {
                // Others may not answer.
                event = event.addKeyValue("active", component.activeCount());
            }
            event.log("soft deadline passed, work still in flight");
            for (ShutdownReport.Straggler straggler : stragglers) {
                StringBuilder stack = new StringBuilder("this work holds up the shutdown");
                straggler
                        .thread()
                        .stack()
                        .forEach(frame -> stack.append("\n    at ").append(frame));
                LOG.atWarn()
                        .addKeyValue("component", component.name())
                        .addKeyValue("work", straggler.description())
                        .addKeyValue("age", Texts.shown(straggler.age()))
                        .addKeyValue("thread", straggler.thread().name())
                        .log(stack.toString());
            }
        });
    }

    void failed(String component, String what, Throwable error) {
        thread.start(() -> LOG.atError()
                .addKeyValue("component", component)
                .setCause(error)
                .log(what));
    }

    void unknownDependencies(List<String> names) {
        for (String name : names) {
            thread.start(() -> LOG.atWarn()
                    .addKeyValue("name", Texts.printable(name))
                    .log("dependsOn names a component that was never registered"));
        }
    }

    void finished(ShutdownReport report) {
        thread.start(() -> {
            LoggingEventBuilder event = report.isComplete() ? LOG.atInfo() : LOG.atError();
            event.addKeyValue("outcome", report.outcome())
                    .addKeyValue("took", Texts.shown(report.took()))
                    .log(
                            report.isComplete()
                                    ? "shutdown finished"
                                    : "shutdown finished, not complete\n" + report.describe());
        });
    }

    void listenerFailed(Throwable error) {
        thread.start(() -> LOG.atError().setCause(error).log("a listener of the shutdown failed"));
    }

    void sequenceFailed(Throwable error) {
        thread.start(() -> LOG.atError().setCause(error).log("the shutdown itself failed"));
    }

    void warn(String message) {
        thread.start(() -> LOG.warn(message));
    }
}
