package io.k1s.registry;

import static io.k1s.registry.Registries.shutDown;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.k1s.metrics.Outcome;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownReport.ThreadSample;
import io.k1s.testing.Patience;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a shutdown says, and that a log cannot stop it. */
class LoggingTest {
    /** Not that of all registries: other tests may have left some that still say something. */
    private Logger logger = (Logger) LoggerFactory.getLogger(LoggingTest.class);

    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    private WorkRegistry patient() {
        return logging(Registries.patience());
    }

    private WorkRegistry logging(ShutdownConfig.Builder config) {
        Isolation isolation = new Isolation();
        return new WorkRegistry(config.build(Map.of(), Map.of()), isolation, new ShutdownLog(isolation, logger));
    }

    private void onLog(Consumer<ILoggingEvent> sink) {
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                sink.accept(event);
            }
        };
        appender.start();
        logger.addAppender(appender);
        logger.setLevel(Level.ALL);
        logger.setAdditive(false);
    }

    private void recordLog() {
        onLog(event ->
                lines.add(event.getLevel() + " " + event.getFormattedMessage() + " " + event.getKeyValuePairs()));
    }

    @AfterEach
    void restore() {
        logger.detachAndStopAllAppenders();
        logger.setLevel(null);
        logger.setAdditive(true);
    }

    @Test
    void aReportThatCouldNotBeWrittenInTimeIsWarnedAbout(@TempDir Path folder) throws Exception {
        Path pipe = Registries.unreadPipe(folder);
        recordLog();

        shutDown(logging(Registries.brevity().terminationLog(pipe)));

        // A log has a thread of its own.
        Patience.until(
                () -> lines.stream().anyMatch(line -> line.startsWith("WARN the report could not be written within ")));
    }

    @Test
    void aListenerThatThrowsIsWarnedAbout() {
        recordLog();
        WorkRegistry registry = patient();
        registry.addListener(new ShutdownListener() {
            @Override
            public void phaseStarted(ShutdownState state) {
                throw new IllegalStateException("in a listener");
            }
        });

        shutDown(registry);

        Patience.until(
                () -> lines.stream().anyMatch(line -> line.startsWith("ERROR a listener of the shutdown failed")));
    }

    @Test
    void aComponentThatCannotCountIsWarnedAbout() {
        recordLog();
        WorkRegistry registry = patient();
        registry.register("hostile", Foreign.uncountable(), ComponentOptions.defaults());

        assertThat(registry.activeWorkCounts()).isEmpty();

        Patience.until(() -> lines.stream().anyMatch(line -> line.contains("counting failed")));
    }

    @Test
    void aStopThatFailsIsLogged() {
        recordLog();
        WorkRegistry registry = patient();
        Foreign hostile = new Foreign();
        hostile.drained.completeExceptionally(new IllegalStateException("cannot stop"));
        registry.register("hostile", hostile, ComponentOptions.defaults());

        shutDown(registry);

        assertThat(lines).anyMatch(line -> line.startsWith("ERROR stopping failed"));
    }

    @Test
    void aShutdownLogsItsStepsInOrder() {
        recordLog();
        WorkRegistry registry = patient();
        WorkMetrics jobs = registry.component("jobs", ComponentOptions.dependsOn("nobody"));
        jobs.startWork().succeed();
        registry.register("foreign", Foreign.idle(), ComponentOptions.dependsOn("jobs"));

        Patience.get(registry.shutdown("main\ntenance"));

        assertThat(lines.stream().map(line -> line.replaceAll(" \\[.*", "")))
                .containsExactly(
                        "DEBUG " + jobs.describe() + " null",
                        "INFO shutdown started",
                        "WARN dependsOn names a component that is not registered",
                        "INFO shutdown phase",
                        "INFO component drained",
                        "INFO component drained",
                        "INFO shutdown phase",
                        "INFO shutdown finished");
        assertThat(lines).element(1).asString().contains("reason=\"main\\u000atenance\"");
    }

    @Test
    void whoHoldsUpTheShutdownIsNamedAtTheSoftDeadlineAndAtTheEnd() {
        recordLog();
        WorkRegistry registry = logging(Registries.telling().progressInterval(Duration.ofMillis(50)));
        WorkMetrics jobs = registry.component("jobs");
        CompletableFuture<Thread> running = new CompletableFuture<>();
        Registries.async(() -> {
            jobs.run("stuck import", () -> {
                running.complete(Thread.currentThread());
                Registries.blockForEver();
            });
            return null;
        });
        Registries.awaitStanding(Patience.get(running));
        registry.register("foreign", Foreign.busy(), ComponentOptions.defaults());

        shutDown(registry);

        assertThat(lines)
                .anyMatch(line -> line.startsWith("INFO waiting for work to end")
                        && line.contains("component=\"jobs\"")
                        && line.contains("oldest=\"stuck import\"")
                        && line.contains("done=\"0\"")
                        && line.matches(".* softLeft=\"\\d\\d? ms\".*")
                        && line.matches(".* hardLeft=\"[12](\\.\\d+)? s\".*"))
                .anyMatch(line -> line.startsWith("INFO waiting for work to end")
                        && line.contains("component=\"foreign\"")
                        && line.contains("active=\"1\""))
                .anyMatch(line -> line.startsWith("WARN soft deadline passed")
                        && line.contains("component=\"jobs\"")
                        && line.contains("active=\"1\""))
                .anyMatch(line -> line.startsWith("WARN soft deadline passed")
                        && line.contains("component=\"foreign\"")
                        && !line.contains("active="))
                .anyMatch(line -> line.startsWith("WARN this work holds up the shutdown")
                        && line.contains("blockForEver")
                        && line.contains("work=\"stuck import\""))
                .anyMatch(line -> line.startsWith("ERROR shutdown finished, not complete")
                        && line.contains("left behind: \"stuck import\""));
    }

    /** Nothing but the second look comes after the soft deadline. */
    private static ShutdownConfig.Builder patienceAfterTheSoftDeadline() {
        return Registries.patience().softTimeout(Duration.ofMillis(100)).watchGrace(Duration.ofMinutes(10));
    }

    @Test
    void whoStillHoldsItUpASecondLaterIsLoggedWithTheVerdict() {
        recordLog();
        WorkRegistry registry = logging(patienceAfterTheSoftDeadline());
        WorkMetrics jobs = registry.component("jobs");
        CompletableFuture<Thread> running = new CompletableFuture<>();
        CountDownLatch over = new CountDownLatch(1);
        Registries.async(() -> {
            jobs.run("stuck import", () -> {
                running.complete(Thread.currentThread());
                Patience.await(over);
            });
            return null;
        });
        Registries.awaitStanding(Patience.get(running));

        var report = registry.shutdown();

        Patience.until(() -> lines.stream()
                .anyMatch(line -> line.startsWith("WARN this work still holds up the shutdown")
                        && line.contains("work=\"stuck import\"")
                        && line.contains("motion=\"WEDGED\"")));
        over.countDown();
        assertThat(Patience.get(report).isComplete()).isTrue();
    }

    @Test
    void aThreadThatMayHoldItUpIsLoggedAtTheSoftDeadlineAndASecondLater() {
        recordLog();
        WorkRegistry registry = logging(patienceAfterTheSoftDeadline());
        WorkMetrics jobs = registry.component("jobs");
        CompletableFuture<Thread> running = new CompletableFuture<>();
        CountDownLatch over = new CountDownLatch(1);
        Registries.async(() -> {
            long unnamed = jobs.begin();
            running.complete(Thread.currentThread());
            Patience.await(over);
            jobs.end(unnamed, Outcome.SUCCEEDED);
            return null;
        });
        Registries.awaitStanding(Patience.get(running));

        var report = registry.shutdown();

        Patience.until(() -> lines.stream()
                        .filter(line -> line.startsWith("WARN this thread has work in flight there"))
                        .count()
                == 2);
        over.countDown();
        assertThat(Patience.get(report).isComplete()).isTrue();
    }

    @Test
    void worksAtTheSamePlaceAreOneEventAndThoseWithoutAPlaceOneEach() {
        recordLog();
        ThreadSample stuck = new ThreadSample(
                "worker",
                false,
                ShutdownReport.Motion.WEDGED,
                Duration.ofSeconds(1),
                "Lock@1, held by thread \"holder\"",
                List.of(new StackTraceElement("Store", "read", "Store.java", 7)));
        ThreadSample elsewhere = Evidence.notLookedAt(Thread.currentThread());

        StragglerLog.named(
                logger,
                "jobs",
                "held up by",
                List.of(
                        straggler("one", stuck),
                        straggler("upload 1", elsewhere),
                        straggler("two", stuck),
                        straggler("upload 2", elsewhere)));

        assertThat(lines).hasSize(3);
        assertThat(lines.poll())
                .startsWith(
                        "WARN held up by\n    and \"two\", 3 s old, thread worker\n    at Store.read(Store.java:7) [")
                .contains("component=\"jobs\"", "work=\"one\"", "age=\"3 s\"", "cancellable=\"false\"")
                .contains("thread=\"worker\"", "motion=\"WEDGED\"", "watchedFor=\"1 s\"")
                .contains("waitsFor=\"Lock@1, held by thread ");
        assertThat(lines.poll())
                .startsWith("WARN held up by [")
                .contains("upload 1")
                .doesNotContain("motion", "waits");
        assertThat(lines.poll()).startsWith("WARN held up by [").contains("upload 2");
    }

    @Test
    void suspectsAtTheSamePlaceAreOneEvent() {
        recordLog();
        List<StackTraceElement> place = List.of(new StackTraceElement("Store", "read", "Store.java", 7));

        StragglerLog.unnamed(logger, "storage", List.of(suspect("first", place), suspect("second", place)));

        assertThat(lines)
                .singleElement()
                .asString()
                .startsWith(
                        "WARN this thread has work in flight there, or is inside its resource, and may be what holds it up\n    and thread second\n"
                                + "    at Store.read(Store.java:7) [")
                .contains("component=\"storage\"", "thread=\"first\"");
    }

    private static ShutdownReport.Straggler straggler(String description, ThreadSample thread) {
        return new ShutdownReport.Straggler(description, false, false, false, Duration.ofSeconds(3), thread);
    }

    private static ThreadSample suspect(String name, List<StackTraceElement> place) {
        return new ThreadSample(name, false, ShutdownReport.Motion.UNKNOWN, Duration.ZERO, "", place);
    }

    /** By the logger that a registry has by default, in which others may write meanwhile. */
    @Test
    void whatFailsIsLogged() {
        logger = (Logger) LoggerFactory.getLogger(WorkRegistry.class);
        recordLog();
        WorkRegistry registry = Registries.patient();
        registry.component("storage", ComponentOptions.defaults().closing(() -> {
            throw new java.io.IOException("cannot close");
        }));

        shutDown(registry);

        assertThat(lines).anyMatch(line -> line.startsWith("ERROR closing failed"));
    }

    @Test
    void aReportThatCannotBeWrittenIsLoggedWhateverWasThrown() {
        recordLog();
        Isolation isolation = new Isolation();
        ShutdownConfig config = Registries.brevity().build(Map.of(), Map.of());
        ReportFiles files = new ReportFiles(config, isolation, new ShutdownLog(isolation, logger));

        files.attempt(Path.of("report.txt"), () -> {
            throw new NoClassDefFoundError("the file system's jar is gone");
        });

        Patience.until(() -> lines.stream()
                .anyMatch(line -> line.startsWith("ERROR the report could not be written")
                        && line.contains("file=\"report.txt\"")));
    }

    @Test
    void signalsThatWillNotComeAreWarnedAbout() {
        recordLog();
        FakeProcess process = new FakeProcess();
        process.answers.put("INT", ProcessControl.Installed.IGNORED_BY_PARENT);
        process.answers.put("TERM", ProcessControl.Installed.LEFT_TO_HOOKS);
        process.answers.put("HUP", ProcessControl.Installed.UNAVAILABLE);
        WorkRegistry registry = patient();

        registry.shutdownOnSignals(process);
        shutDown(registry);

        assertThat(List.copyOf(lines).subList(0, 3))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains("WARN SIGTERM cannot be handled without the module jdk.unsupported"),
                        line -> assertThat(line).contains("WARN this process was started with SIGINT ignored"),
                        line -> assertThat(line).contains("WARN SIGHUP cannot be handled (-Xrs"));
    }

    @Test
    void aPlatformThatKillsTooEarlyIsWarnedAbout() {
        recordLog();

        for (String grace : List.of("30s", "31s")) {
            WorkRegistry registry = logging(ShutdownConfig.builder()
                    .platformGrace(Duration.parse("PT" + grace.toUpperCase(java.util.Locale.ROOT))));
            registry.shutdownOnSignals(new FakeProcess());
            shutDown(registry);
        }

        assertThat(lines.stream().filter(line -> line.contains("platformGrace")))
                .singleElement()
                .asString()
                .startsWith("WARN the platform kills this process 30 s after asking it to stop")
                .contains("before the 31 s of its shutdown are over");
    }

    @Test
    void aLogThatThrowsDoesNotStopAShutdown() {
        onLog(event -> {
            throw new NoClassDefFoundError("the logger's jar is gone");
        });

        assertThat(shutDown(patient()).isComplete()).isTrue();
    }

    @Test
    void aLogThatBlocksCostsNoMoreThanTheReserve() {
        onLog(event -> Registries.blockForEver());
        long start = System.nanoTime();

        assertThat(shutDown(logging(Registries.brevity())).isComplete()).isTrue();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(1500));
    }
}
