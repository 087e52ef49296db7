package io.k1s.cli;

import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The watch of a command, until it ends, a signal comes, or its time is over. */
final class OpenWatch {
    private final CommandSpec spec;
    private final CompletableFuture<WatchEnded> ended = new CompletableFuture<>();
    /** Guarded by this. */
    private boolean told;

    private OpenWatch(CommandSpec spec) {
        this.spec = spec;
    }

    /**
     * Has signals shut the registry down, opens the watch, shuts the registry down with it, says on standard error why it
     * ended, and returns the exit code.
     */
    static int run(CommandSpec spec, WorkRegistry registry, Supplier<Watch> opening, @Nullable Duration duration)
            throws InterruptedException {
        return run(spec, registry, registry::shutdownOnSignals, opening, duration);
    }

    /** For tests, which cannot all have the signals: one registry of a process has them. */
    static int run(
            CommandSpec spec,
            WorkRegistry registry,
            Runnable signals,
            Supplier<Watch> opening,
            @Nullable Duration duration)
            throws InterruptedException {
        OpenWatch watch = new OpenWatch(spec);
        // After a signal the process exits when the callbacks have run, and waits for no other thread.
        CompletableFuture<ShutdownReport> terminated = registry.terminated().thenApply(report -> {
            watch.tell(report);
            return report;
        });
        signals.run();
        try {
            var unused = opening.get().ended().thenAccept(end -> {
                watch.ended.complete(end);
                var unusedReport = registry.shutdown("the watch ended");
            });
        } catch (RuntimeException e) {
            if (isBySignal(registry.shutdown("the watch cannot be opened").join())) {
                return ExitCodes.LEFT_TO_THE_SIGNAL;
            }
            throw e;
        }
        if (duration != null && registry.awaitTermination(duration).isEmpty()) {
            var unused = registry.shutdown("the duration is over");
        }
        return watch.exitCode(terminated.join());
    }

    /** Once, if it has ended. */
    private synchronized void tell(ShutdownReport report) {
        WatchEnded end = ended.getNow(null);
        if (end == null || told) {
            return;
        }
        told = true;
        PrintWriter err = spec.commandLine().getErr();
        err.println("watch ended: " + end.reason() + ", last revision " + end.lastRevision());
        CommandException failure = failure(end);
        if (failure != null && isBySignal(report)) {
            // Nobody else says it: the process exits as the signal has it.
            err.println(spec.qualifiedName() + ": " + OneLine.of(failure.getMessage()));
        }
    }

    private static @Nullable CommandException failure(@Nullable WatchEnded end) {
        if (end == null) {
            return null;
        }
        if (end.cause() instanceof CommandException ours) {
            return new CommandException(String.valueOf(ours.getMessage()), ours);
        }
        return end.reason() == WatchEnded.Reason.CLOSING
                ? null
                : new CommandException(
                        "the watch ended early: " + end.reason() + (end.cause() == null ? "" : ", " + end.cause()));
    }

    private int exitCode(ShutdownReport report) {
        tell(report);
        CommandException failure = failure(ended.getNow(null));
        if (failure != null && !isBySignal(report)) {
            throw failure;
        }
        return isBySignal(report) ? ExitCodes.LEFT_TO_THE_SIGNAL : report.exitCode();
    }

    private static boolean isBySignal(ShutdownReport report) {
        return report.reason().startsWith("SIG");
    }
}
