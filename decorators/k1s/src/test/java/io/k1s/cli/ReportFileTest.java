package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.ShutdownState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFileTest {
    @TempDir
    Path folder;

    @Test
    void reportSaysWhatHappenedToWhom() throws IOException {
        Path file = folder.resolve("report.json");
        ReportFile.write(
                file,
                report(),
                new ReportFile.Extras(42, 100, 200, OptionalLong.of(0), new Shop.Reconciles(9, 8, 1, 5)));
        JsonNode json = new ObjectMapper().readTree(Files.readString(file));
        assertThat(json.path("schema").asText()).isEqualTo("k1s.io/shutdown-report/1");
        assertThat(json.path("reason").asText()).isEqualTo("SIGTERM");
        assertThat(json.path("outcome").asText()).isEqualTo("TIMED_OUT");
        assertThat(json.path("tookMillis").asDouble()).isEqualTo(4770.0);
        assertThat(json.path("admittedAfterClose").asLong(-1)).isZero();
        assertThat(json.path("load").path("seed").asLong()).isEqualTo(42);
        assertThat(json.path("load").path("callsAfterDrain").asLong(-1)).isZero();
        assertThat(json.path("reconciles").path("queuedUnprocessed").asLong()).isEqualTo(5);
        assertThat(DrainSummary.reconciles(file))
                .isEqualTo(new Shop.Reconciles(9, 8, 1, 5).toString())
                .isEqualTo("reconciles started 9  completed 8  cut 1  queued-unprocessed 5");
        assertThat(json.path("phases").path(0).path("state").asText()).isEqualTo("DRAINING");
        JsonNode jobs = json.path("components").path(0);
        assertThat(jobs.path("name").asText()).isEqualTo("jobs");
        assertThat(jobs.path("drained").asBoolean(true)).isFalse();
        assertThat(jobs.path("ledger").path("totalStarted").asLong()).isEqualTo(10);
        JsonNode straggler = jobs.path("stragglers").path(0);
        assertThat(straggler.path("work").asText()).isEqualTo("never ends");
        assertThat(straggler.path("thread").path("stack").path(0).asText()).contains("ReportFileTest");
        assertThat(jobs.path("errors").path(0).path("message").asText()).isEqualTo("boom");
    }

    @Test
    void reconcilesOfAReportThatIsNotThereAreUnknown() {
        assertThat(DrainSummary.reconciles(folder.resolve("none")))
                .isEqualTo("reconciles started unknown  completed unknown  cut unknown  queued-unprocessed unknown");
    }

    @Test
    void olderReportIsReplacedAndNothingElseIsLeft() throws IOException {
        Path file = Files.writeString(folder.resolve("report.json"), "what was there");
        ReportFile.write(
                file, report(), new ReportFile.Extras(1, 0, 0, OptionalLong.empty(), new Shop.Reconciles(0, 0, 0, 0)));
        assertThat(Files.readString(file)).doesNotContain("what was there", "callsAfterDrain");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    private static ShutdownReport report() {
        ShutdownReport.Straggler straggler = new ShutdownReport.Straggler(
                "never ends",
                false,
                false,
                false,
                Duration.ofSeconds(5),
                new ShutdownReport.ThreadSample(
                        "hanging",
                        false,
                        ShutdownReport.Motion.UNKNOWN,
                        Duration.ZERO,
                        "",
                        List.of(new Throwable().getStackTrace())));
        ShutdownReport.Component jobs = new ShutdownReport.Component(
                "jobs",
                false,
                Duration.ofMillis(4500),
                1,
                0,
                false,
                Optional.of(new WorkSnapshot("jobs", 10, 9, 0, 0, 1, 3, 0, 4, 0)),
                List.of(straggler),
                List.of(),
                List.of(),
                List.of(new IllegalStateException("boom")));
        return new ShutdownReport(
                "SIGTERM",
                ShutdownReport.Outcome.TIMED_OUT,
                Duration.ofMillis(4770),
                List.of(new ShutdownReport.Phase(ShutdownState.DRAINING, Duration.ZERO, Duration.ofMillis(12))),
                List.of(jobs),
                List.of());
    }
}
