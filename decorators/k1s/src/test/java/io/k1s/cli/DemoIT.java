package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.k1s.testing.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {
    private static final String NOTHING_LOST = "acknowledged (\\d+)  found \\1  lost 0  admitted-after-close 0";

    @TempDir
    Path folder;

    @Test
    void demoLosesNothingAndSaysSoInItsLastLine() throws Exception {
        K1s.Result demo = K1s.run("demo", "--after", "1s", "--no-sync", "--seed", "42");
        assertThat(demo.lastLine()).as(demo.toString()).matches(NOTHING_LOST).doesNotStartWith("acknowledged 0");
        assertThat(demo.code()).as(demo.toString()).isZero();
        assertThat(demo.out())
                .contains("seed 42", "SIGTERM", "COMPLETE")
                .containsPattern("controllers +drained in")
                .containsPattern("jobs +drained in")
                .containsPattern("client +drained in")
                .containsPattern("storage +drained in");
        assertThat(lineBeforeTheLast(demo))
                .as(demo.toString())
                .matches("reconciles started ([1-9]\\d*)  completed \\1  cut 0  queued-unprocessed \\d+");
        assertThat(demo.out()).containsPattern("counts +[\\d,]+ categories and [\\d,]+ items are right");
        assertThat(demo.out() + demo.err()).doesNotContain("\u001b");
        K1s.assertNoJvmWarnings(demo.err());
    }

    private static String lineBeforeTheLast(K1s.Result demo) {
        var lines = demo.out().lines().toList();
        return lines.get(lines.size() - 2);
    }

    @Test
    void hangingOperationIsNamedWithItsStackAndLeftBehind() throws Exception {
        Path report = folder.resolve("report.json");
        K1s.Result demo = K1s.run(
                "demo",
                "--hang",
                "--grace=2s",
                "--after=500ms",
                "--no-sync",
                "--report=" + report,
                "--store=" + folder.resolve("store"));
        assertThat(demo.code()).as(demo.toString()).isEqualTo(75);
        assertThat(demo.lastLine()).as(demo.toString()).matches(NOTHING_LOST);
        assertThat(demo.err())
                .contains("work=\"an operation that never ends (--hang)\"")
                .contains("waitForAnAnswerThatNeverComes");
        JsonNode json = new ObjectMapper().readTree(Files.readString(report));
        assertThat(json.path("outcome").asText()).isEqualTo("TIMED_OUT");
        JsonNode straggler = K1s.component(json, "jobs").path("stragglers").path(0);
        assertThat(straggler.path("work").asText()).isEqualTo("an operation that never ends (--hang)");
        assertThat(straggler.path("thread").path("stack").toString()).contains("waitForAnAnswerThatNeverComes");
        assertThat(kept("store", demo)).isEqualTo(folder.resolve("store")).isDirectory();
        assertThat(kept("report", demo)).isEqualTo(report);
        clean(demo);
    }

    @Test
    void evidenceOfADemoThatFailsIsKeptWhereItSays() throws Exception {
        K1s.Result demo = K1s.run("demo", "--hang", "--grace=2s", "--after=500ms", "--no-sync");
        assertThat(demo.code()).as(demo.toString()).isEqualTo(75);
        assertThat(demo.out()).contains("frames more in the report");
        assertThat(kept("report", demo)).content().contains("waitForAnAnswerThatNeverComes");
        assertThat(kept("journal", demo)).isNotEmptyFile();
        assertThat(kept("store", demo)).isNotEmptyDirectory();
        clean(demo);
    }

    @Test
    void configuredReportIsThatOfTheWorker() throws Exception {
        Path report = folder.resolve("report.txt");
        Path log = folder.resolve("termination.log");
        K1s.Result demo = K1s.run(
                Map.of(
                        "K1S_SHUTDOWN_REPORT_FILE",
                        report.toString(),
                        "K1S_JAVA_OPTS",
                        "-Dk1s.shutdown.terminationLog=" + log),
                "demo",
                "--hang",
                "--grace=2s",
                "--after=500ms",
                "--no-sync",
                "--report=" + folder.resolve("report.json"),
                "--store=" + folder.resolve("store"));
        assertThat(demo.code()).as(demo.toString()).isEqualTo(75);
        assertThat(report).content().contains("TIMED_OUT").doesNotContain("COMPLETE");
        assertThat(log).content().contains("TIMED_OUT").doesNotContain("COMPLETE");
        clean(demo);
    }

    @Test
    void loadThatIsRejectedAtALimitIsAFailure() throws Exception {
        K1s.Result demo = K1s.run(
                Map.of("K1S_SHUTDOWN_MAX_CONCURRENT_OPS", "1"), "demo", "--after=500ms", "--no-sync", "--writers=8");
        assertThat(demo.code()).as(demo.toString()).isEqualTo(1);
        assertThat(demo.err()).contains("its limit of concurrent work is reached");
        clean(demo);
    }

    @Test
    void interruptOfTheParentAloneIsPassedOnAndOutlived() throws Exception {
        try (K1s demo = K1s.start("demo", "--interactive", "--no-sync")) {
            demo.awaitLoad();
            demo.signal("INT");
            K1s.Result result = demo.await();
            assertThat(result.code()).as(result.toString()).isZero();
            assertThat(result.lastLine()).matches(NOTHING_LOST);
        }
    }

    /** The worker gets it from the terminal too, and takes it for one. */
    @Test
    void ctrlCOfATerminalReachesTheWorkerToo() throws Exception {
        Path report = folder.resolve("report.json");
        try (K1s demo = K1s.startOnATerminal(Map.of(), "demo", "--interactive", "--no-sync", "--report=" + report)) {
            assertThat(demo.awaitOutput("press Ctrl-C to shut it down, a second time to cut it short"))
                    .isTrue();
            demo.typeCtrlC();
            K1s.Result result = demo.await();
            assertThat(result.code()).as(result.toString()).isZero();
            assertThat(result.lastLine()).as(result.toString()).matches(NOTHING_LOST);
            JsonNode json = new ObjectMapper().readTree(Files.readString(report));
            assertThat(json.path("reason").asText()).isEqualTo("SIGINT");
            assertThat(json.path("outcome").asText()).isEqualTo("COMPLETE");
        }
    }

    @Test
    void signalWhileItVerifiesEndsItAndKeepsTheEvidence() throws Exception {
        try (K1s demo = K1s.start("demo", "--after=500ms", "--no-sync")) {
            assertThat(demo.awaitOutput("and lets the controllers go on")).isTrue();
            signalTheChild(demo, "STOP");
            demo.signal("TERM");
            K1s.Result result = demo.await();
            assertThat(result.code()).as(result.toString()).isEqualTo(1);
            assertThat(result.err()).contains("the comparison did not come to a result");
            assertThat(kept("journal", result)).isNotEmptyFile();
            assertThat(kept("store", result)).isNotEmptyDirectory();
            assertThat(kept("report", result)).isNotEmptyFile();
            clean(result);
        }
    }

    @Test
    void workerThatHangsIsKilledAndItsJournalIsCompared() throws Exception {
        try (K1s demo = K1s.start("demo", "--interactive", "--grace=1s", "--no-sync")) {
            assertThat(demo.awaitOutput("press Ctrl-C to shut it down, a second time to cut it short"))
                    .isTrue();
            signalTheChild(demo, "STOP");
            demo.signal("TERM");
            K1s.Result result = demo.await();
            assertThat(result.code()).as(result.toString()).isEqualTo(1);
            assertThat(result.out())
                    .contains("exited with code 76", "the journal has no end", "there is no report")
                    .contains("reconciles started unknown");
            assertThat(result.lastLine()).startsWith("acknowledged ");
            assertThat(kept("journal", result)).isNotEmptyFile();
            assertThat(result.err()).doesNotContain("report");
            clean(result);
        }
    }

    /** Where the last line says that something is. */
    private static Path kept(String what, K1s.Result demo) {
        Matcher kept = Pattern.compile("kept are .*" + what + " ([^,\\s]+)").matcher(demo.err());
        assertThat(kept.find()).as(demo.toString()).isTrue();
        return Path.of(kept.group(1));
    }

    private static void clean(K1s.Result demo) throws IOException {
        if (demo.err().contains("kept are ")) {
            K1s.delete(kept("journal", demo).getParent());
        }
    }

    private static void signalTheChild(K1s demo, String name) throws IOException, InterruptedException {
        Signals.send(name, demo.process.children().findFirst().orElseThrow().pid());
    }

    @Test
    void storeInUseEndsTheDemoWithTheReason() throws IOException, InterruptedException {
        Path store = folder.resolve("store");
        Path report = Files.writeString(folder.resolve("report.json"), "of the last one");
        try (K1s run = K1s.start("run", "--store=" + store, "--no-sync")) {
            run.awaitLoad();
            K1s.Result demo = K1s.run("demo", "--store=" + store, "--report=" + report);
            assertThat(demo.code()).isEqualTo(1);
            assertThat(demo.err().lines()).hasSize(2);
            assertThat(report).hasContent("of the last one");
            assertThat(demo.err()).contains("is in use", "the worker did not start");
        }
    }
}
