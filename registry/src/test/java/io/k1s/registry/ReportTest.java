package io.k1s.registry;

import static io.k1s.registry.Registries.component;
import static io.k1s.registry.Registries.shutDown;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {
    private static final ShutdownReport.ThreadSample MAIN =
            new ShutdownReport.ThreadSample("main", false, ShutdownReport.Motion.UNKNOWN, Duration.ZERO, "", List.of());

    @Test
    void aReportAddsUpPerComponent() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        jobs.startWork().succeed();
        jobs.startWork().fail();
        jobs.startWork().cancel();

        ShutdownReport report = shutDown(registry);

        assertThat(report.describe())
                .contains("COMPLETE")
                .contains("jobs: drained in")
                .contains("started 3 = operations 1 + errors 1 + cancelled 1 + in flight 0; watches 0, rejected 0")
                .contains("admitted after close 0");
        assertThat(component(report, "jobs").admittedAfterClose()).isZero();
    }

    @Test
    void aReportTellsThePhases() {
        ShutdownReport report = shutDown(Registries.patient());

        assertThat(report.phases())
                .extracting(ShutdownReport.Phase::state)
                .containsExactly(ShutdownState.DRAINING, ShutdownState.CLOSING);
        ShutdownReport.Phase closing = report.phases().get(1);
        assertThat(report.phases().get(0).endedAfter()).isLessThanOrEqualTo(closing.startedAfter());
        assertThat(closing.endedAfter()).isLessThanOrEqualTo(report.took());
        assertThat(report.describe()).contains("DRAINING   after").contains("CLOSING    after");
    }

    @Test
    void controlCharactersCannotForgeAReport() {
        WorkRegistry registry = Registries.brief();
        Work work = registry.component("jobs").startWork("evil\r\nshutdown (x): COMPLETE\u001b[2J");
        work.isEnded();
        registry.register(
                "hostile",
                new Foreign() {
                    @Override
                    public java.util.concurrent.CompletionStage<?> stopAcceptingWork() {
                        throw new IllegalStateException("one\ntwo\u001b[31m");
                    }
                },
                ComponentOptions.dependsOn("no\u202esuch"));

        String text = Registries.get(registry.shutdown("be\u0007cause\n")).describe();

        assertThat(text.lines()).noneMatch(line -> line.startsWith("shutdown (x)") || line.startsWith("two"));
        assertThat(text.chars().filter(c -> c != '\n')).noneMatch(Character::isISOControl);
        assertThat(text)
                .contains("be\\u0007cause\\u000a")
                .contains("evil\\u000d\\u000ashutdown")
                .contains("one\\u000atwo\\u001b[31m")
                .contains("no\\u202esuch");
    }

    @Test
    void anExceptionThatCannotSayWhatItIsIsNamedByItsClass() {
        class Mute extends RuntimeException {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new IllegalStateException("even this");
            }
        }

        ShutdownReport.Failure shown = ShutdownReport.Failure.of(new Mute());

        assertThat(shown.message()).isEmpty();
        assertThat(shown).asString().endsWith("Mute");
    }

    @Test
    void anErrorIsShownWithItsCausesAndWhatItSuppressedOnceEach() {
        Exception inner = new IllegalStateException("login password=hunter2 failed");
        Exception error = new java.io.IOException("cannot\u001b[2J close", inner);
        error.addSuppressed(new IllegalArgumentException("beside"));
        inner.addSuppressed(error);

        String text = shutDownWith(error).describe();

        assertThat(text)
                .contains("    error: java.io.IOException: cannot\\u001b[2J close\n")
                .contains("      caused by: java.lang.IllegalStateException: login password=*** failed\n")
                .contains("      suppressed: java.lang.IllegalArgumentException: beside\n")
                .doesNotContain("hunter2");
        assertThat(text.split("cannot", -1)).hasSize(2);
    }

    @Test
    void aChainOfCausesIsCutSomewhere() {
        Throwable error = new IllegalStateException("0");
        for (int i = 1; i < 100; i++) {
            error = new IllegalStateException(Integer.toString(i), error);
        }
        for (int i = 0; i < 100; i++) {
            error.addSuppressed(new IllegalArgumentException());
        }

        ShutdownReport.Failure shown = ShutdownReport.Failure.of(error);

        assertThat(shown.suppressed()).hasSize(20);
        int depth = 1;
        while (shown.cause().isPresent()) {
            shown = shown.cause().get();
            depth++;
        }
        assertThat(depth).isEqualTo(8);
    }

    private static ShutdownReport shutDownWith(Exception error) {
        WorkRegistry registry = Registries.patient();
        registry.component("storage", ComponentOptions.defaults().closing(() -> {
            throw error;
        }));
        return shutDown(registry);
    }

    @Test
    void aStragglerSaysWhetherItIsAWatch() {
        assertThat(new ShutdownReport.Straggler("/a", true, false, Duration.ofSeconds(2), MAIN))
                .hasToString("watch \"/a\", 2 s old, thread main");
        assertThat(new ShutdownReport.Straggler("/a", false, true, Duration.ofSeconds(2), MAIN))
                .hasToString("\"/a\", 2 s old, thread main, was asked to cancel");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0 ms", "PT0.0000005S, 0.00 ms", "PT0.00012S, 0.12 ms", "PT0.0123S, 12 ms", "PT1.25S, 1.25 s",
        "PT1.5S, 1.5 s", "PT90S, 90 s", "PT100S, 100 s", "-PT2S, -2 s", "-PT0.05S, -50 ms"
    })
    void durationsAreShownShort(Duration duration, String text) {
        assertThat(Texts.shown(duration)).isEqualTo(text);
    }

    @Test
    void durationsBeyondAllNanosecondsAreShownAndSaturated() {
        assertThat(Texts.shown(Duration.ofSeconds(Long.MAX_VALUE))).endsWith(" s");
        assertThat(Texts.saturatedNanos(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE);
        assertThat(Texts.saturatedNanos(Duration.ofSeconds(Long.MIN_VALUE))).isZero();
    }
}
