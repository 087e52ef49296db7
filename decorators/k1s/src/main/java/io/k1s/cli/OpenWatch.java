package io.k1s.cli;

import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.WatchEnded;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** A watch of a command that has been opened, until it ends, a signal comes, or its time is over. */
final class OpenWatch {
    private OpenWatch() {}

    /** Shuts the registry down with the watch, says on standard error why it ended, and returns the exit code. */
    static int await(
            CommandSpec spec, WorkRegistry registry, CompletableFuture<WatchEnded> ended, @Nullable Duration duration)
            throws InterruptedException {
        var unusedStage = ended.thenAccept(how -> {
            var unused = registry.shutdown("the watch ended");
        });
        if (duration != null && registry.awaitTermination(duration).isEmpty()) {
            var unused = registry.shutdown("the duration is over");
        }
        WatchEnded end = ended.join();
        spec.commandLine().getErr().println("watch ended: " + end.reason() + ", last revision " + end.lastRevision());
        ShutdownReport report = registry.terminated().join();
        if (end.cause() instanceof CommandException ours) {
            throw new CommandException(String.valueOf(ours.getMessage()), ours);
        }
        if (end.reason() != WatchEnded.Reason.CLOSING) {
            throw new CommandException("the watch ended early: " + end.reason() + ", " + end.cause());
        }
        return report.reason().startsWith("SIG") ? ExitCodes.LEFT_TO_THE_SIGNAL : ExitCodes.of(report);
    }
}
