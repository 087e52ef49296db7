package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ReportJsonTest {
    @TempDir
    Path folder;

    @Test
    void reportOfACompleteShutdownIsAsTheSchemaSays() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs", ComponentOptions.dependsOn("nobody"));
        registry.register("foreign", new LatenciesTest.Foreign(), ComponentOptions.defaults());
        jobs.run("import", () -> {});
        JsonNode json = ReportJson.tree(Registries.shutDown(registry));
        assertThat(violations(json)).isEmpty();
        assertThat(json.path("outcome").asText()).isEqualTo("COMPLETE");
        assertThat(json.path("reason").asText()).isEqualTo("requested by the program");
        assertThat(json.path("admittedAfterClose").asLong(-1)).isZero();
        assertThat(json.path("unknownDependencies")).hasSize(1);
        assertThat(json.path("phases").path(0).path("state").asText()).isEqualTo("DRAINING");
        JsonNode component = component(json, "jobs");
        assertThat(component.path("drained").asBoolean()).isTrue();
        assertThat(component.path("ledger").path("totalStarted").asLong()).isEqualTo(1);
        assertThat(component.path("ledger").path("operations").asLong()).isEqualTo(1);
        assertThat(component(json, "foreign").has("ledger")).isFalse();
    }

    @Test
    void reportOfAShutdownThatLeftWorkBehindIsAsTheSchemaSays() throws Exception {
        WorkRegistry registry = Registries.brief();
        WorkMetrics jobs = registry.component("jobs");
        WorkMetrics broken =
                registry.component("broken", ComponentOptions.defaults().closing(ReportJsonTest::failToClose));
        broken.run("work", () -> {});
        CountDownLatch release = new CountDownLatch(1);
        Thread stuck = new Thread(() -> jobs.run("stuck", () -> uninterruptibly(release)), "importer");
        stuck.start();
        try {
            Eventually.holds(() -> !jobs.activeWork().isEmpty());
            Work elsewhere = jobs.startWork("elsewhere").onCancel(() -> {});
            ShutdownReport report = Registries.shutDown(registry);
            JsonNode json = ReportJson.tree(report);
            assertThat(violations(json)).isEmpty();
            assertThat(json.path("outcome").asText()).isEqualTo("TIMED_OUT");
            JsonNode left = component(json, "jobs");
            assertThat(left.path("left").asLong()).isEqualTo(2);
            JsonNode straggler = left.path("stragglers").path(0);
            assertThat(straggler.path("work").asText()).isEqualTo("stuck");
            assertThat(straggler.path("ageMillis").asDouble()).isPositive();
            assertThat(straggler.path("thread").path("name").asText()).isEqualTo("importer");
            assertThat(straggler.path("thread").path("stack").toString()).contains("uninterruptibly");
            assertThat(left.path("stragglers").path(1).path("cancellable").asBoolean())
                    .isTrue();
            elsewhere.cancel();
        } finally {
            release.countDown();
            stuck.join();
        }
    }

    @Test
    void componentThatCouldNotSayWhatWasLeftSaysThatItIsUnknown() throws Exception {
        ObjectNode json = ReportJson.tree(new ShutdownReport(
                "SIGTERM",
                ShutdownReport.Outcome.TIMED_OUT,
                Duration.ZERO,
                List.of(),
                List.of(new ShutdownReport.Component(
                        "pool",
                        false,
                        Duration.ZERO,
                        ShutdownReport.Component.UNKNOWN,
                        0,
                        false,
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of())),
                List.of()));

        assertThat(violations(json)).isEmpty();
        assertThat(component(json, "pool").path("left").asLong()).isZero();
        assertThat(component(json, "pool").path("leftUnknown").asBoolean()).isTrue();
    }

    @Test
    void errorsAreThereWithTheirCausesAndWhatTheySuppressed() throws Exception {
        WorkRegistry registry = Registries.patient();
        registry.component("broken", ComponentOptions.defaults().closing(ReportJsonTest::failToClose));
        JsonNode json = ReportJson.tree(Registries.shutDown(registry));
        assertThat(violations(json)).isEmpty();
        assertThat(json.path("outcome").asText()).isEqualTo("CLOSE_FAILED");
        JsonNode error = component(json, "broken").path("errors").path(0);
        assertThat(error.path("type").asText()).isEqualTo("java.lang.IllegalStateException");
        assertThat(error.path("message").asText()).isEqualTo("cannot close");
        assertThat(error.path("stack").path(0).asText()).contains("failToClose");
        assertThat(error.path("cause").path("message").asText()).isEqualTo("disk full");
        assertThat(error.path("suppressed").path(0).path("message").asText()).isEqualTo("and then this");
    }

    @Test
    void schemaFindsWhatIsMissingMisspeltOrImpossible() throws Exception {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs");
        ShutdownReport report = Registries.shutDown(registry);
        ObjectNode missing = ReportJson.tree(report);
        missing.remove("outcome");
        assertThat(violations(missing)).hasSize(1);
        ObjectNode misspelt = ReportJson.tree(report);
        ((ObjectNode) misspelt.path("components").path(0)).put("drain", 1);
        assertThat(violations(misspelt)).hasSize(1);
        ObjectNode impossible = ReportJson.tree(report);
        ((ObjectNode) impossible.path("components").path(0).path("ledger")).put("inFlight", -1);
        assertThat(violations(impossible)).hasSize(1);
        ObjectNode ofAnotherVersion = ReportJson.tree(report).put("schema", "k1s.io/shutdown-report/2");
        assertThat(violations(ofAnotherVersion)).hasSize(1);
    }

    @Test
    void programMayAddPropertiesOfItsOwn() throws Exception {
        WorkRegistry registry = Registries.patient();
        ObjectNode json = ReportJson.tree(Registries.shutDown(registry));
        json.putObject("load").put("seed", 42);
        assertThat(violations(json)).isEmpty();
    }

    @Test
    void textIsTheTree() throws Exception {
        ShutdownReport report = Registries.shutDown(Registries.patient());
        assertThat(new ObjectMapper().readTree(ReportJson.text(report)).toString())
                .isEqualTo(ReportJson.tree(report).toString());
    }

    @Test
    void reportIsWrittenWhenTheShutdownIsOver() throws Exception {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs");
        Path file = Files.writeString(folder.resolve("report.json"), "what was there");
        CompletionStage<Path> written = ReportJson.writeWhenTerminated(registry, file);
        Registries.shutDown(registry);
        assertThat(Registries.get(written)).isEqualTo(file);
        assertThat(violations(new ObjectMapper().readTree(Files.readString(file))))
                .isEmpty();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void fileThatCannotBeWrittenIsSaid() {
        WorkRegistry registry = Registries.patient();
        CompletionStage<Path> written = ReportJson.writeWhenTerminated(registry, folder.resolve("missing/report.json"));
        Registries.shutDown(registry);
        assertThatThrownBy(() -> Registries.get(written)).hasRootCauseInstanceOf(NoSuchFileException.class);
    }

    @Test
    void fileWithoutAFolderIsInTheWorkingDirectory() throws Exception {
        Path file = Path.of("target", "relative.json");
        ReportJson.write(file, new ObjectMapper().createObjectNode());
        assertThat(Files.readString(file)).startsWith("{ }");
        Files.delete(file);
    }

    private static void failToClose() {
        IllegalStateException error = new IllegalStateException("cannot close", new IOException("disk full"));
        error.addSuppressed(new IOException("and then this"));
        throw error;
    }

    private static JsonNode component(JsonNode json, String name) {
        for (JsonNode component : json.path("components")) {
            if (component.path("name").asText().equals(name)) {
                return component;
            }
        }
        throw new AssertionError("no component " + name + " in " + json);
    }

    private static List<Error> violations(JsonNode json) throws Exception {
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Docs.read("report-schema.json"));
        return schema.validate(json);
    }

    private static void uninterruptibly(CountDownLatch release) {
        while (true) {
            try {
                release.await();
                return;
            } catch (InterruptedException e) {
                // The straggler of this test does not listen.
            }
        }
    }
}
