package io.k1s.registry;

import static io.k1s.registry.Registries.shutDown;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.Patience;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFilesTest {
    @TempDir
    Path folder;

    @Test
    void theReportIsThereWhenTheShutdownIsOver() throws IOException {
        Path file = Files.writeString(folder.resolve("report.txt"), "what was there before");

        ShutdownReport report =
                shutDown(Registries.with(ShutdownConfig.builder().reportFile(file)));

        assertThat(file).hasContent(report.describe());
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void theReportOfATimeoutIsThereToo() {
        Path file = folder.resolve("report.txt");
        WorkRegistry registry = Registries.with(Registries.brevity().reportFile(file));
        registry.component("jobs").startWork("never ends");

        shutDown(registry);

        assertThat(file).content().contains("TIMED_OUT").contains("left behind: \"never ends\"");
    }

    @Test
    void theTerminationLogIsWrittenInPlaceAndShort() throws IOException {
        Path file = Files.writeString(folder.resolve("termination-log"), "x".repeat(10_000));
        Object inode = Files.getAttribute(file, "unix:ino");
        WorkRegistry registry = Registries.with(Registries.brevity().terminationLog(file));
        for (int i = 0; i < 100; i++) {
            registry.component("jobs" + i).startWork("never ends \u00fc\ud83d\ude80");
        }

        shutDown(registry);

        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
        assertThat(Files.readString(file)).startsWith("shutdown (").endsWith("more in the log and the report file)\n");
        assertThat(Files.size(file)).isBetween(4000L, 4096L);
    }

    @Test
    void aTextIsCutBetweenCharacters() {
        for (int length = 4090; length < 4100; length++) {
            for (String character : new String[] {"a", "\u00fc", "\u20ac", "\ud83d\ude80"}) {
                String text = "x".repeat(length) + character.repeat(10);

                byte[] bytes = ReportFiles.shortened("x".repeat(length % 7) + character.repeat(2000));

                assertThat(bytes).hasSizeLessThanOrEqualTo(4096);
                assertThat(new String(bytes, StandardCharsets.UTF_8)).doesNotContain("\ufffd");
                assertThat(ReportFiles.shortened(text)).hasSizeLessThanOrEqualTo(4096);
            }
        }
        assertThat(ReportFiles.shortened("x".repeat(4096))).hasSize(4096).containsOnly('x');
    }

    @Test
    void aFolderThatHasGoneDoesNotStopTheShutdown() throws IOException {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().reportFile(gone.resolve("report.txt")));
        Files.delete(gone);

        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    /** A pipe that nobody reads blocks whoever opens it. */
    @Test
    void aFileThatBlocksCostsNoMoreThanTheReserve() throws Exception {
        Path pipe = Registries.unreadPipe(folder);
        long start = System.nanoTime();

        ShutdownReport report = shutDown(Registries.with(Registries.brevity().terminationLog(pipe)));

        assertThat(report.isComplete()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void aShutdownThatFailsItselfSaysSoInTheFile() {
        Path file = folder.resolve("report.txt");
        WorkRegistry registry = Registries.failing(1, ShutdownConfig.builder().reportFile(file));
        registry.component("jobs").startWork("stuck");
        FakeProcess process = new FakeProcess();
        registry.shutdownOnSignals(process);

        process.exitHook.run();

        assertThat(file).hasContent("the shutdown itself failed: java.lang.StackOverflowError: too deep");
        assertThat(process.halted).isCompletedWithValue(70);
    }

    @Test
    void aShutdownThatFailsItselfAndWhoseLogFailsTooSaysSoInTheFile() {
        Path file = folder.resolve("report.txt");
        WorkRegistry registry = Registries.failing(2, ShutdownConfig.builder().reportFile(file));

        assertThat(registry.shutdown()).failsWithin(Duration.ofSeconds(Patience.SECONDS));

        assertThat(file).hasContent("the shutdown itself failed: java.lang.StackOverflowError: too deep");
    }
}
