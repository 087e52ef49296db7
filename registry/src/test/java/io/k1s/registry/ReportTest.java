package io.k1s.registry;

import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.component;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.testing.Patience;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
    void aComponentThatCannotBeCountedLeavesAnUnknownNumber() {
        WorkRegistry registry = Registries.brief();
        registry.register("pool", Foreign.uncountable(), ComponentOptions.defaults());

        ShutdownReport report = shutDown(registry);

        assertThat(component(report, "pool").left()).isEqualTo(ShutdownReport.Component.UNKNOWN);
        assertThat(report.describe()).contains("pool: NOT drained, an unknown number left");
    }

    @Test
    void anErrorWhoseStackHasHolesIsShownWithoutIt() {
        Exception error = new IOException("disk") {
            @Override
            public StackTraceElement[] getStackTrace() {
                return new StackTraceElement[1];
            }
        };

        assertThat(ShutdownReport.Failure.of(error).stack()).isEmpty();
        assertThat(ShutdownReport.Failure.of(error).message()).isEqualTo("disk");
    }

    @ParameterizedTest
    @CsvSource({"COMPLETE,0", "CLOSE_FAILED,70", "TIMED_OUT,75", "FORCED,75"})
    void theExitCodeTellsTheOutcome(ShutdownReport.Outcome outcome, int code) {
        var report = new ShutdownReport("SIGTERM", outcome, Duration.ZERO, List.of(), List.of(), List.of());

        assertThat(report.exitCode()).isEqualTo(code);
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

    /** Every figure another one, so that none can stand in the place of another. */
    @Test
    void theTextHasEverythingThatTheValueHas() {
        StackTraceElement frame = new StackTraceElement("Store\u001b", "read", "Store.java", 7);
        var wedged = new ShutdownReport.ThreadSample(
                "worker", false, ShutdownReport.Motion.WEDGED, Duration.ofSeconds(1), "Lock@1", List.of(frame));
        var moving = new ShutdownReport.ThreadSample(
                "reader", false, ShutdownReport.Motion.MOVING, Duration.ofSeconds(2), "", List.of(frame));
        Exception error = new IllegalStateException("cannot close", new IOException("disk"));
        error.addSuppressed(new IOException("index"));
        var left = new ShutdownReport.Component(
                "storage",
                false,
                Duration.ofSeconds(20),
                21,
                22,
                false,
                Optional.of(new WorkSnapshot("storage", 60, 10, 11, 12, 27, 28, 13, 14, 15)),
                List.of(new ShutdownReport.Straggler("import", false, true, true, Duration.ofSeconds(9), wedged)),
                List.of(moving),
                List.of(new ShutdownReport.Straggler("exits", false, false, false, Duration.ofSeconds(8), MAIN)),
                List.of(error));
        var foreign = new ShutdownReport.Component(
                "pool",
                true,
                Duration.ofMillis(3),
                0,
                0,
                true,
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
        var report = new ShutdownReport(
                "SIGTERM",
                ShutdownReport.Outcome.TIMED_OUT,
                Duration.ofSeconds(30),
                List.of(new ShutdownReport.Phase(ShutdownState.DRAINING, Duration.ofMillis(5), Duration.ofMillis(30))),
                List.of(left, foreign),
                List.of("nobody"));

        assertThat(report.describe()).isEqualTo("""
                shutdown (SIGTERM): TIMED_OUT in 30 s
                  DRAINING   after 5 ms for 30 ms, until 35 ms
                  storage: NOT drained, 21 left in 20 s, left open
                    started 60 = operations 10 + errors 11 + cancelled 12 + in flight 27; watches 13, rejected 14, abandoned 1, peak 28, admitted after close 22
                    left behind: "import", 9 s old, thread worker, was asked to cancel, wedged (seen twice, 1 s apart), waits for Lock@1
                        at Store\\u001b.read(Store.java:7)
                    perhaps behind it: thread reader, moving (seen twice, 2 s apart)
                        at Store\\u001b.read(Store.java:7)
                    abandoned by System.exit: "exits", 8 s old, thread main
                    error: java.lang.IllegalStateException: cannot close
                      caused by: java.io.IOException: disk
                      suppressed: java.io.IOException: index
                  pool: drained in 3 ms, closed
                  dependsOn names "nobody", which is not registered
                """);
    }

    @Test
    void aStragglerAndADrainHaveTheirAge() {
        WorkRegistry registry = Registries.brief();
        registry.component("jobs").startWork("stuck");
        ShutdownReport.Component jobs = component(shutDown(registry), "jobs");
        assertThat(jobs.drainTime()).isPositive();
        assertThat(jobs.stragglers().get(0).age()).isPositive();
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
                ComponentOptions.defaults());

        String text = Patience.get(registry.shutdown("be\u0007cause\n")).describe();

        assertThat(text.lines()).noneMatch(line -> line.startsWith("shutdown (x)") || line.startsWith("two"));
        assertThat(text.chars().filter(c -> c != '\n')).noneMatch(Character::isISOControl);
        assertThat(text)
                .contains("be\\u0007cause\\u000a")
                .contains("evil\\u000d\\u000ashutdown")
                .contains("one\\u000atwo\\u001b[31m");
    }

    @Test
    void allTextsOfTheValueArePrintableAndMasked() {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs", ComponentOptions.dependsOn("store password=hunter2"));

        ShutdownReport report = Patience.get(registry.shutdown("evil\u001b[2J\ntoken=abc"));

        assertThat(report.reason()).isEqualTo("evil\\u001b[2J\\u000atoken=***");
        assertThat(report.unknownDependencies()).containsExactly("store password=***");
    }

    @Test
    void theDrainOfWhatWasLeftBehindEndsBeforeTheClosing() {
        WorkRegistry registry = Registries.brief();
        registry.component("jobs").startWork("never ends");
        registry.component("storage", ComponentOptions.defaults().closing(Registries::blockForEver));

        ShutdownReport report = shutDown(registry);

        Duration closing = report.phases().get(report.phases().size() - 1).startedAfter();
        assertThat(component(report, "jobs").drainTime()).isPositive().isLessThanOrEqualTo(closing);
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
    void aStragglerSaysWhetherItIsAWatchAndCanBeOrWasAskedToCancel() {
        assertThat(new ShutdownReport.Straggler("/a", true, false, false, Duration.ofSeconds(2), MAIN))
                .hasToString("watch \"/a\", 2 s old, thread main");
        assertThat(new ShutdownReport.Straggler("/a", false, true, false, Duration.ofSeconds(2), MAIN))
                .hasToString("\"/a\", 2 s old, thread main, cancellable");
        assertThat(new ShutdownReport.Straggler("/a", false, true, true, Duration.ofSeconds(2), MAIN))
                .hasToString("\"/a\", 2 s old, thread main, was asked to cancel");
        assertThat(new ShutdownReport.Straggler("/a", false, false, true, Duration.ofSeconds(2), MAIN))
                .hasToString("\"/a\", 2 s old, thread main");
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
