package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes and real signals: the rows of the fault matrix that a test inside the JVM cannot show. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ShutdownProcessIT {
    /** On top of a bound that is promised: what a loaded machine takes to notice. */
    private static final Duration SLACK = Duration.ofMillis(1500);

    /** A signal that comes within a second of the one before counts as the same; so much later it does not. */
    private static final Duration LATER = Duration.ofMillis(2_500);

    @TempDir
    Path folder;

    private static void assertNothingLost(ChildProcess child) {
        List<String> data = child.text("data").lines().toList();
        Set<String> begun = numbers(data, "begin ");
        assertThat(begun).isNotEmpty().isEqualTo(numbers(data, "end "));
        assertThat(begun).isEqualTo(child.text("acknowledged").lines().collect(Collectors.toSet()));
        assertThat(data).last().isEqualTo("closed");
        assertThat(child.text("rejected").lines()).containsOnly("jobs");
        assertThat(child.report()).contains("COMPLETE").contains("admitted after close 0");
    }

    private static Set<String> numbers(List<String> data, String kind) {
        return data.stream()
                .filter(line -> line.startsWith(kind))
                .map(line -> line.substring(kind.length()))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void aSignalUnderLoadLosesNothingAndExitsGracefully(String signal) throws Exception {
        long seed = new Random().nextLong();
        try (ChildProcess child = ChildProcess.of(folder, "load").start().awaitReady()) {
            child.after(Duration.ofMillis(new Random(seed).nextInt(300))).signal(signal);

            assertThat(child.exitCode()).as("seed " + seed).isZero();
            assertNothingLost(child);
            assertThat(child.report()).contains("shutdown (SIG" + signal + ")");
        }
    }

    /** It works then also if the jar has been replaced since the start, and does not spend its time on loading. */
    @Test
    void aShutdownFindsItsClassesLoadedAndItsCodeLinked() throws Exception {
        Path classes = folder.resolve("classes");
        try (ChildProcess child = ChildProcess.of(folder, "rehearsed")
                .option("-Xlog:class+load:file=" + classes)
                .start()
                .awaitReady()) {
            child.signal("TERM");

            assertThat(child.exitCode()).isZero();
            assertThat(child.report()).contains("COMPLETE");
            assertThat(Files.readAllLines(classes).stream()
                            .dropWhile(line -> !line.contains("EndOfRehearsal"))
                            .filter(line -> !line.contains("ChildMain") && line.contains(" io.k1s.")))
                    .isEmpty();
        }
    }

    /** Dividing a Duration loads it, which is felt when a process starts. */
    @Test
    void aRegistryLoadsNoBigDecimal() throws Exception {
        Path classes = folder.resolve("classes");
        try (ChildProcess child = ChildProcess.of(folder, "idle")
                .option("-Xlog:class+load:file=" + classes)
                .start()
                .awaitReady()) {
            assertThat(child.isAlive()).isTrue();
            assertThat(Files.readAllLines(classes).stream().filter(line -> line.contains("java.math.BigDecimal")))
                    .isEmpty();
        }
    }

    @Test
    void aSignalDuringTheStartLeavesWholeRecords() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int run = 0; run < 5; run++) {
            Path own = Files.createDirectory(folder.resolve("run" + run));
            try (ChildProcess child = ChildProcess.of(own, "load").start()) {
                child.after(Duration.ofMillis(10 + random.nextInt(490))).signal("TERM");

                if (child.exitCode() == 0) {
                    assertThat(child.report()).as("seed " + seed).contains("COMPLETE");
                    assertThat(numbers(child.text("data").lines().toList(), "begin "))
                            .isEqualTo(numbers(child.text("data").lines().toList(), "end "));
                } else {
                    assertThat(child.exitCode()).as("seed " + seed).isEqualTo(143);
                    assertThat(child.text("data"))
                            .as("no handler yet, so no work")
                            .doesNotContain("begin");
                }
            }
        }
    }

    @Test
    void quitDumpsTheThreadsAndGoesOn() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "idle").start().awaitReady()) {
            child.signal("QUIT").awaitLine("Full thread dump");

            assertThat(child.isAlive()).isTrue();
            child.signal("TERM");
            assertThat(child.exitCode()).isZero();
            assertThat(child.report()).contains("COMPLETE");
        }
    }

    @Test
    void workThatNeverEndsExitsAtTheHardDeadlineAndIsNamed() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "stuck")
                .set("gracefulTimeout", "1s")
                .option("-Dk1s.test.log=INFO")
                .start()
                .awaitReady()) {
            child.signal("TERM");

            assertThat(child.exitCode()).isEqualTo(75);
            assertThat(child.sinceSignal()).isLessThan(Duration.ofSeconds(2).plus(SLACK));
            assertThat(child.report()).contains("TIMED_OUT").contains("left behind: \"evil\\u000d\\u000a\\u001b[2J\"");
            assertThat(child.lines()).noneMatch(line -> line.contains("\u001b"));
            assertThat(child.lines()).anyMatch(line -> line.contains("soft deadline passed"));
        }
    }

    @Test
    void componentsThatCannotBeStoppedDoNotKeepTheProcess() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "hostile")
                .set("gracefulTimeout", "1s")
                .start()
                .awaitReady()) {
            child.signal("TERM");

            assertThat(child.exitCode()).isEqualTo(75);
            assertThat(child.sinceSignal()).isLessThan(Duration.ofSeconds(2).plus(SLACK));
            assertThat(child.report()).contains("cannot stop").contains("storage: drained");
            assertThat(child.text("data")).isEqualTo("closed\n");
        }
    }

    @Test
    void theSecondSignalForcesTheEnd() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "stuck").start().awaitReady()) {
            child.signal("TERM").after(LATER).signal("TERM");

            assertThat(child.exitCode()).isEqualTo(75);
            assertThat(child.sinceSignal()).isLessThan(Duration.ofSeconds(6));
            assertThat(child.report()).contains("FORCED");
            assertThat(child.text("data")).isEqualTo("closed\n");
        }
    }

    @Test
    void theThirdSignalHalts() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "stuck-close")
                .set("gracefulTimeout", "60s")
                .set("softTimeout", "10s")
                .set("closeReserve", "20s")
                .start()
                .awaitReady()) {
            child.signal("TERM").after(LATER);
            child.signal("TERM").after(LATER);
            child.signal("INT");

            assertThat(child.exitCode()).isEqualTo(130);
            assertThat(child.report()).isEmpty();
        }
    }

    @Test
    void aJvmThatKeepsItsSignalsIsWarnedAboutAtTheStart() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "idle")
                .option("-Xrs")
                .option("-Dk1s.test.log=WARN")
                .start()
                .awaitReady()) {
            child.awaitLine("SIGTERM cannot be handled (-Xrs").signal("TERM");

            assertThat(child.exitCode()).isEqualTo(143);
            assertThat(child.report()).isEmpty();
        }
    }

    @Test
    void aSignalThatWasInheritedAsIgnoredIsWarnedAbout() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "idle")
                .through("trap '' INT; exec \"$@\"")
                .option("-Dk1s.test.log=WARN")
                .start()
                .awaitReady()) {
            child.awaitLine("started with SIGINT ignored").signal("INT").after(Duration.ofMillis(300));

            assertThat(child.isAlive()).isTrue();
            child.signal("TERM");
            assertThat(child.exitCode()).isZero();
            assertThat(child.report()).contains("SIGTERM");
        }
    }

    @Test
    void exitInsideNamedWorkAbandonsItAndTheCodeStands() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "exit-named").start()) {
            assertThat(child.exitCode()).isEqualTo(3);
            assertThat(child.report()).contains("COMPLETE").contains("abandoned by System.exit: \"calls exit\"");
            assertThat(child.text("data")).isEqualTo("closed\n");
        }
    }

    @Test
    void exitInsideAnonymousWorkIsBoundedByTheHardDeadline() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "exit-anonymous")
                .set("gracefulTimeout", "1s")
                .start()) {
            assertThat(child.exitCode()).isEqualTo(75);
            assertThat(child.report()).contains("TIMED_OUT").contains("jobs: NOT drained, 1 left");
        }
    }

    @Test
    void exitFromTwoThreadsInsideNamedWorkAbandonsBoth() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "exit-twice").start()) {
            assertThat(child.exitCode()).isIn(3, 4);
            assertThat(child.report())
                    .contains("COMPLETE")
                    .contains("exits with 3")
                    .contains("exits with 4");
        }
    }

    @Test
    void exitInACallbackOfTheReportDoesNotWaitForItself() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "exit-callback").start()) {
            assertThat(child.exitCode()).isEqualTo(5);
            assertThat(child.report()).contains("COMPLETE");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit-hook", "hook-hangs"})
    void anotherHookThatNeverReturnsEndsASecondAfterTheHardDeadline(String scenario) throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, scenario)
                .set("gracefulTimeout", "1s")
                .start()
                .awaitReady()) {
            child.signal("TERM");

            assertThat(child.exitCode()).isEqualTo(76);
            assertThat(child.sinceSignal())
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(2).plus(SLACK));
            assertThat(child.report()).contains("COMPLETE");
        }
    }

    @Test
    void anOutputThatNobodyReadsDoesNotKeepTheProcess() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "full-pipe")
                .set("gracefulTimeout", "2s")
                .option("-Dk1s.test.log=INFO")
                .unread()
                .start()
                .awaitReady()) {
            child.signal("TERM");

            assertThat(child.exitCode()).isZero();
            assertThat(child.sinceSignal()).isLessThan(Duration.ofSeconds(3).plus(SLACK));
            assertThat(child.report()).contains("COMPLETE");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"daemon", "virtual"})
    void workOnThreadsThatKeepNoJvmAliveIsDrainedAfterMainReturned(String kind) throws Exception {
        assumeTrue(kind.equals("daemon") || Runtime.version().feature() >= 21, "virtual threads");
        try (ChildProcess child = ChildProcess.of(folder, kind).start()) {
            assertThat(child.exitCode()).isZero();
            assertThat(child.text("data")).isEqualTo("ended\nclosed\n");
            assertThat(child.report()).contains("shutdown (System.exit): COMPLETE");
        }
    }

    @Test
    void aProcessThatWasStoppedPastItsDeadlineLooksOnceMore() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "slow")
                .set("gracefulTimeout", "2s")
                .set("closeReserve", "900ms")
                .set("softTimeout", "1s")
                .start()
                .awaitReady()) {
            child.signal("TERM").awaitFile("clock").signal("STOP").after(Duration.ofMillis(4500));
            child.signal("CONT");

            assertThat(child.exitCode()).isZero();
            assertThat(child.report()).contains("COMPLETE");
            assertThat(child.text("data")).isEqualTo("ended\nclosed\n");
        }
    }

    @Test
    void aJumpOfTheWallClockChangesNothing() throws Exception {
        Path library = List.of(
                        Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
                        Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"))
                .stream()
                .filter(Files::exists)
                .findFirst()
                .orElse(null);
        if (library == null) {
            System.err.println("NOT TESTED: a jump of the wall clock; install Debian's faketime");
            assertThat(System.getenv("CI")).as("faketime is missing in CI").isNotEqualTo("true");
        }
        assumeTrue(library != null, "faketime");
        Path offset = Files.writeString(folder.resolve("offset"), "+0");
        try (ChildProcess child = ChildProcess.of(folder, "slow")
                .environment("LD_PRELOAD", library.toString())
                .environment("FAKETIME_TIMESTAMP_FILE", offset.toString())
                .environment("FAKETIME_NO_CACHE", "1")
                .environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .environment("DONT_FAKE_MONOTONIC", "1")
                .start()
                .awaitReady()) {
            child.signal("TERM").awaitFile("clock");
            Files.writeString(offset, "+1d");

            assertThat(child.exitCode()).isZero();
            assertThat(child.sinceSignal()).isLessThan(Duration.ofSeconds(10));
            assertThat(child.report()).contains("COMPLETE");
            List<Long> clock = child.text("clock").lines().map(Long::valueOf).toList();
            assertThat(clock.get(1) - clock.get(0)).as("the clock did jump").isGreaterThan(86_000_000L);
        }
    }

    @Test
    void manyCallersGetOneRunAndOneResult() throws Exception {
        try (ChildProcess child = ChildProcess.of(folder, "callers").start()) {
            assertThat(child.exitCode()).isZero();
            assertThat(child.text("results").lines().distinct()).hasSize(1);
            assertThat(child.text("results").lines()).hasSize(8);
        }
    }
}
