package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a drain looks like on a real pseudo-terminal, and that nothing of it gets into a pipe. */
class DisplayIT {
    private static final String ESCAPE = "\u001b";

    @TempDir
    Path folder;

    /** Runs a drain that is held up. */
    private String onATerminal(Map<String, String> environment) throws IOException, InterruptedException {
        try (K1s run = K1s.startOnATerminal(
                environment,
                "run",
                "--store=" + folder.resolve("store"),
                "--hang",
                "--grace=3s",
                "--duration=1s",
                "--no-sync")) {
            K1s.Result result = run.await();
            assertThat(result.code()).as(result.toString()).isEqualTo(75);
            return result.out();
        }
    }

    @Test
    void drainIsDrawnPerComponentInPlace() throws Exception {
        String shown = onATerminal(Map.of());
        assertThat(shown)
                .contains(ESCAPE + "[2A")
                .containsPattern("drain .*soft deadline in .*, hard in ")
                .containsPattern("jobs .*in flight 1, done \\d+.*oldest .* an operation that never ends \\(--hang\\)")
                .containsPattern("storage .*, open for its callers")
                .contains("left behind: \"an operation that never ends (--hang)\"")
                .doesNotContain("waiting for work to end");
    }

    @Test
    void reportIsWholeOnTheScreenAndNothingIsDrawnOverIt() throws Exception {
        Path typescript = folder.resolve("typescript");
        K1s.Result run = K1s.runOnATerminal(
                typescript,
                "run",
                "--store=" + folder.resolve("store"),
                "--hang",
                "--grace=1s",
                "--duration=500ms",
                "--no-sync");
        assertThat(run.code()).as(run.toString()).isEqualTo(75);
        List<String> screen = Screen.showing(Files.readString(typescript)).stream()
                .filter(line -> !line.isEmpty() && !line.startsWith("Script "))
                .toList();
        assertThat(screen)
                .filteredOn(line -> line.startsWith("shutdown (the duration"))
                .as("in the log, and printed")
                .hasSize(2);
        assertThat(screen).noneMatch(line -> line.contains("[==="));
        assertThat(screen.get(screen.size() - 2)).startsWith("reconciles started ");
        assertThat(screen.get(screen.size() - 1)).matches("writes \\d+  reads \\d+  admitted-after-close 0");
    }

    @Test
    void terminalOfSomebodyWhoWantsNoColoursGetsLinesInstead() throws Exception {
        String shown = onATerminal(Map.of("NO_COLOR", "1"));
        assertThat(shown)
                .doesNotContain(ESCAPE)
                .contains("waiting for work to end  component=jobs  active=1  done=")
                .contains("softLeft=", "hardLeft=", "oldest=\"an operation that never ends (--hang)\"");
    }

    @Test
    void emptyNoColorIsAsNone() throws Exception {
        assertThat(onATerminal(Map.of("NO_COLOR", ""))).contains(ESCAPE);
    }

    @Test
    void terminalThatNobodyHasNamedGetsLinesInstead() throws Exception {
        assertThat(onATerminal(Map.of("TERM", K1s.UNSET))).doesNotContain(ESCAPE);
    }

    @Test
    void pipeGetsLinesInstead() throws Exception {
        K1s.Result run = K1s.run(
                "run", "--store=" + folder.resolve("store"), "--hang", "--grace=3s", "--duration=500ms", "--no-sync");
        assertThat(run.code()).as(run.toString()).isEqualTo(75);
        assertThat(run.out() + run.err())
                .doesNotContain(ESCAPE)
                .contains("waiting for work to end  component=jobs  active=1  done=");
    }
}
