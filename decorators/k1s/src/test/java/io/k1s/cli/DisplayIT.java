package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a drain looks like on a real pseudo-terminal, and that nothing of it gets into a pipe. */
class DisplayIT {
    private static final String ESCAPE = "\u001b";

    @TempDir
    Path folder;

    /** Runs a drain that is held up, on a terminal that {@code script} makes. */
    private String onATerminal(Map<String, String> environment) throws IOException, InterruptedException {
        if (!Files.isExecutable(Path.of("/usr/bin/script"))) {
            String missing = "util-linux's script is needed to make a terminal, and there is no /usr/bin/script";
            if ("true".equals(System.getenv("CI"))) {
                fail(missing);
            }
            abort(missing);
        }
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String command = List.of(
                        java,
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        System.getProperty("k1s.jar"),
                        "run",
                        "--store=" + folder.resolve("store"),
                        "--hang",
                        "--grace=3s",
                        "--duration=1s",
                        "--no-sync")
                .stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
        ProcessBuilder builder = new ProcessBuilder(
                        "script", "-qec", command, folder.resolve("typescript").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().remove("NO_COLOR");
        builder.environment().putAll(Map.of("TERM", "xterm", "COLUMNS", "160"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        String shown = Files.readString(folder.resolve("typescript"), StandardCharsets.UTF_8);
        assertThat(ended).as(shown).isTrue();
        assertThat(process.exitValue()).as(shown).isEqualTo(75);
        return shown;
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
    void terminalOfSomebodyWhoWantsNoColoursGetsLinesInstead() throws Exception {
        String shown = onATerminal(Map.of("NO_COLOR", "1"));
        assertThat(shown)
                .doesNotContain(ESCAPE)
                .contains("waiting for work to end  component=jobs  active=1  done=")
                .contains("softLeft=", "hardLeft=", "oldest=\"an operation that never ends (--hang)\"");
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
