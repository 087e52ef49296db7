package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.k1s.registry.WorkRegistry;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.TrackedStorage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

@Timeout(60)
class OpenWatchTest {
    private final StringWriter err = new StringWriter();
    private final CommandSpec spec = CommandSpec.create().name("k1s watch");
    private final WorkRegistry registry = WorkRegistry.create();

    /** A watch that fails at its first event, after a shutdown was requested for this reason. */
    private int run(String reason) throws InterruptedException {
        new CommandLine(spec).setErr(new PrintWriter(err, true));
        TrackedStorage storage = TrackedStorage.register(registry, "storage", new MemoryStorage());
        storage.create("a", new byte[1], Duration.ZERO);
        return OpenWatch.run(
                spec,
                registry,
                () -> {},
                () -> storage.watch("", 1, event -> {
                    var unused = registry.shutdown(reason);
                    throw new CommandException("the pipe is full");
                }),
                null);
    }

    @Test
    void watchThatFailsAfterASignalSaysSoAndLeavesTheExitCodeToTheSignal() throws InterruptedException {
        assertThat(run("SIGTERM")).isEqualTo(ExitCodes.LEFT_TO_THE_SIGNAL);
        assertThat(err.toString().lines())
                .containsExactly("watch ended: FAILED, last revision 0", "k1s watch: the pipe is full");
    }

    @Test
    void watchThatFailsWithoutASignalFailsTheCommand() {
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> run("the duration is over"))
                .withMessage("the pipe is full")
                .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCodes.FAILED));
        assertThat(err.toString().lines()).containsExactly("watch ended: FAILED, last revision 0");
    }
}
