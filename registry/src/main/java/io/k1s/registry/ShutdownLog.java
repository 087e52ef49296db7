package io.k1s.registry;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownReport.Straggler;
import io.k1s.registry.ShutdownReport.ThreadSample;
import java.nio.file.Path;
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
    private final Logger logger;
    private final Isolation.Serial thread;

    ShutdownLog(Isolation isolation) {
        this(isolation, LoggerFactory.getLogger(WorkRegistry.class));
    }

    ShutdownLog(Isolation isolation, Logger logger) {
        this.logger = logger;
        this.thread = isolation.serial();
    }

    /** Waits until everything said so far is out, at most this long. */
    void flush(Duration atMost) {
        thread.flush(atMost);
    }

    /** Which of its ways a component admits work by. */
    void registered(WorkMetrics component) {
        if (logger.isDebugEnabled()) {
            thread.start(() -> logger.debug("{}", component.describe()));
        }
    }

    void started(String reason, ShutdownConfig config, int components) {
        thread.start(() -> logger.atInfo()
                .addKeyValue("reason", Texts.printable(reason))
                .addKeyValue("components", components)
                .addKeyValue("hardDeadline", Texts.shown(config.gracefulTimeout()))
                .log("shutdown started"));
    }

    void entered(ShutdownState state) {
        thread.start(() -> logger.atInfo().addKeyValue("state", state).log("shutdown phase"));
    }

    /** One line per component and progress interval. */
    void draining(DrainProgress progress, Duration softLeft, Duration hardLeft) {
        thread.start(() -> {
            LoggingEventBuilder event = logger.atInfo()
                    .addKeyValue("component", progress.component())
                    .addKeyValue("active", progress.inFlight())
                    .addKeyValue("done", progress.done())
                    .addKeyValue("softLeft", Texts.shown(softLeft))
                    .addKeyValue("hardLeft", Texts.shown(hardLeft));
            if (progress.forecast().isPresent()) {
                event = event.addKeyValue(
                        "forecast", Texts.shown(progress.forecast().get()));
            }
            if (progress.oldest().isPresent()) {
                Work oldest = progress.oldest().get();
                event = event.addKeyValue("oldest", oldest.description())
                        .addKeyValue("age", Texts.shown(oldest.age()))
                        .addKeyValue("thread", Texts.printable(oldest.thread().getName()))
                        .addKeyValue("cancellable", oldest.isCancellable());
            }
            event.log("waiting for work to end");
        });
    }

    void drained(Tracked component, Duration took) {
        thread.start(() -> {
            LoggingEventBuilder event =
                    logger.atInfo().addKeyValue("component", component.name()).addKeyValue("took", Texts.shown(took));
            Optional<WorkSnapshot> ledger = component.snapshot();
            if (ledger.isPresent()) {
                event = event.addKeyValue("started", ledger.get().totalStarted())
                        .addKeyValue("rejected", ledger.get().rejected());
            }
            event.log("component drained");
        });
    }

    void holdsUp(Tracked component, List<Straggler> stragglers, List<ThreadSample> suspects) {
        thread.start(() -> {
            LoggingEventBuilder event = logger.atWarn().addKeyValue("component", component.name());
            if (component.snapshot().isPresent()) {
                // Others may not answer.
                event = event.addKeyValue("active", component.activeCount());
            }
            event.log("soft deadline passed, work still in flight");
            StragglerLog.named(logger, component.name(), "this work holds up the shutdown", stragglers);
            StragglerLog.unnamed(logger, component.name(), suspects);
        });
    }

    void stillHoldsUp(Tracked component, List<Straggler> stragglers, List<ThreadSample> suspects) {
        thread.start(() -> {
            StragglerLog.named(logger, component.name(), "this work still holds up the shutdown", stragglers);
            StragglerLog.unnamed(logger, component.name(), suspects);
        });
    }

    void failed(String component, String what, Throwable error) {
        thread.start(() -> logger.atError()
                .addKeyValue("component", component)
                .setCause(error)
                .log(what));
    }

    /** What the platform cuts off ends in the middle of whatever it does. */
    void platformGrace(ShutdownConfig config) {
        Duration needed = config.gracefulTimeout().plus(Watchdog.GRACE);
        config.platformGrace()
                .filter(grace -> grace.compareTo(needed) < 0)
                .ifPresent(grace -> warn("the platform kills this process " + Texts.shown(grace)
                        + " after asking it to stop (platformGrace), before the " + Texts.shown(needed)
                        + " of its shutdown are over: make gracefulTimeout, which is "
                        + Texts.shown(config.gracefulTimeout())
                        + ", shorter, or the platform's grace longer, to differ by "
                        + Texts.shown(Watchdog.GRACE) + " or more"));
    }

    void unknownDependencies(List<String> names) {
        for (String name : names) {
            thread.start(() -> logger.atWarn()
                    .addKeyValue("name", Texts.printable(name))
                    .log("dependsOn names a component that is not registered"));
        }
    }

    void finished(ShutdownReport report) {
        thread.start(() -> {
            LoggingEventBuilder event = report.isComplete() ? logger.atInfo() : logger.atError();
            event.addKeyValue("outcome", report.outcome())
                    .addKeyValue("took", Texts.shown(report.took()))
                    .log(
                            report.isComplete()
                                    ? "shutdown finished"
                                    : "shutdown finished, not complete\n" + report.describe());
        });
    }

    void fileNotWritten(Path file, Throwable error) {
        thread.start(() -> logger.atError()
                .addKeyValue("file", Texts.printable(file.toString()))
                .setCause(error)
                .log("the report could not be written"));
    }

    void listenerFailed(Throwable error) {
        thread.start(() -> logger.atError().setCause(error).log("a listener of the shutdown failed"));
    }

    void sequenceFailed(Throwable error) {
        thread.start(() -> logger.atError().setCause(error).log("the shutdown itself failed"));
    }

    void warn(String message) {
        thread.start(() -> logger.warn(message));
    }
}
