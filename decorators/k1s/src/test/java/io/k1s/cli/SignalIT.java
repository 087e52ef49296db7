package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.k1s.storage.WatchEnded;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals at random moments. Full form: mvn verify -Dk1s.termRuns=300 -Dk1s.killRuns=100 -Dk1s.startRuns=50. */
class SignalIT {
    private static final int LONGEST_LOAD_MILLIS = 500;
    private static final int WATCHES = 1000;

    private final long seed = Long.getLong("k1s.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @TempDir
    Path folder;

    @Test
    void termAtARandomMomentLosesNothingAndLeavesAReport() throws Exception {
        long acknowledged = 0;
        for (int run = 0; run < runs("term"); run++) {
            Path store = folder.resolve("term-" + run);
            Path journal = folder.resolve("term-journal-" + run);
            Path report = folder.resolve("term-report-" + run);
            try (K1s k1s = load(store, journal, "--report=" + report)) {
                k1s.awaitLoad();
                pause(random.nextInt(LONGEST_LOAD_MILLIS));
                long signalled = System.nanoTime();
                k1s.signal("TERM");
                K1s.Result result = k1s.await();
                String what = "run " + run + " of seed " + seed + ": " + result;
                assertThat(Duration.ofNanos(System.nanoTime() - signalled))
                        .as(what)
                        .isLessThan(Duration.ofSeconds(15));
                assertThat(result.code()).as(what).isZero();
                JsonNode json = new ObjectMapper().readTree(Files.readString(report));
                assertThat(json.path("outcome").asText()).as(what).isEqualTo("COMPLETE");
                assertThat(json.path("reason").asText()).as(what).isEqualTo("SIGTERM");
                assertThat(json.path("admittedAfterClose").asLong(-1)).as(what).isZero();
                assertThat(json.path("load").path("callsAfterDrain").asLong(-1))
                        .as(what)
                        .isZero();
                assertThat(Oracle.read(journal).callsAfterDrain()).as(what).hasValue(0);
                assertThat(Oracle.read(journal).pendingChanges()).as(what).isZero();
                acknowledged += Oracle.read(journal).acknowledgedChanges();
                assertThat(K1s.compare(store, journal, false).findings())
                        .as(what)
                        .isEmpty();
            }
            clean(store, journal, report);
        }
        assertThat(acknowledged).as("acknowledged in all runs").isPositive();
    }

    @Test
    void killAtARandomMomentLosesNothingAcknowledged() throws Exception {
        long acknowledged = 0;
        for (int run = 0; run < runs("kill"); run++) {
            Path store = folder.resolve("kill-" + run);
            Path journal = folder.resolve("kill-journal-" + run);
            try (K1s k1s = load(store, journal)) {
                k1s.awaitLoad();
                pause(random.nextInt(LONGEST_LOAD_MILLIS));
                k1s.process.destroyForcibly();
                String what = "run " + run + " of seed " + seed + ": " + k1s.await();
                assertThat(k1s.process.exitValue()).as(what).isEqualTo(137);
                acknowledged += Oracle.read(journal).acknowledgedChanges();
                assertThat(K1s.compare(store, journal, true).findings())
                        .as(what)
                        .isEmpty();
            }
            clean(store, journal);
        }
        assertThat(acknowledged).as("acknowledged in all runs").isPositive();
    }

    @Test
    void termDuringStartUpLeavesTheStoreWhole() throws Exception {
        for (int run = 0; run < runs("start"); run++) {
            Path store = folder.resolve("start-" + run);
            Path journal = folder.resolve("start-journal-" + run);
            Path report = folder.resolve("start-report-" + run);
            try (K1s k1s = load(store, journal, "--report=" + report)) {
                int millis = 10 + random.nextInt(490 * startUpScale());
                pause(millis);
                k1s.signal("TERM");
                K1s.Result result = k1s.await();
                String what = "run " + run + " of seed " + seed + ", TERM after " + millis + " ms: " + result;
                // 143: it came before the handlers did.
                assertThat(result.code()).as(what).isIn(0, 143);
                K1s.assertNoJvmWarnings(result.err());
                if (result.code() == 0) {
                    assertThat(report).as(what).exists();
                    assertThat(Oracle.read(journal).callsAfterDrain()).as(what).hasValue(0);
                }
                if (Files.exists(journal)) {
                    assertThat(K1s.compare(store, journal, result.code() != 0).findings())
                            .as(what)
                            .isEmpty();
                }
            }
            clean(store, journal, report);
        }
    }

    @Test
    void termWithAThousandOpenWatchesEndsEachOfThemAfterTheLastChange() throws Exception {
        Path store = folder.resolve("store");
        Path report = folder.resolve("report");
        AtomicInteger events = new AtomicInteger();
        List<CompletableFuture<WatchEnded>> ends = new ArrayList<>();
        try (K1s k1s = K1s.start("run", "--store=" + store, "--grace=50s", "--no-sync", "--report=" + report)) {
            k1s.awaitLoad();
            long last;
            try (RemoteStorage storage =
                    RemoteStorage.connect(SocketPath.address(store).orElseThrow())) {
                for (int i = 0; i < WATCHES; i++) {
                    ends.add(storage.watch("watched/", 0, event -> events.incrementAndGet())
                            .ended()
                            .toCompletableFuture());
                }
                storage.create("watched/a", new byte[0], Duration.ZERO);
                last = storage.create("watched/b", new byte[0], Duration.ZERO).revision();
                k1s.signal("TERM");
                CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
            }
            K1s.Result result = k1s.await();
            assertThat(result.code()).as(result.toString()).isZero();
            assertThat(ends).allSatisfy(end -> {
                assertThat(end.join().reason()).isEqualTo(WatchEnded.Reason.CLOSING);
                assertThat(end.join().lastRevision()).isGreaterThanOrEqualTo(last);
            });
            assertThat(events).hasValue(2 * WATCHES);
            JsonNode json = new ObjectMapper().readTree(Files.readString(report));
            assertThat(json.path("outcome").asText()).isEqualTo("COMPLETE");
        }
    }

    @Test
    void pipesThatNobodyReadDoNotHoldUpTheExitNorTheReport() throws Exception {
        Path store = folder.resolve("store");
        Path report = folder.resolve("report");
        try (K1s k1s = K1s.startUnread(
                "run", "--store=" + store, "--journal=-", "--grace=2s", "--no-sync", "--report=" + report)) {
            String begin = readUntilStarted(k1s.process.getInputStream());
            awaitFull(k1s.process.getInputStream());
            k1s.signal("TERM");
            assertThat(k1s.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(k1s.process.exitValue()).isEqualTo(75);
            JsonNode json = new ObjectMapper().readTree(Files.readString(report));
            assertThat(json.path("outcome").asText()).isEqualTo("TIMED_OUT");
            assertThat(K1s.component(json, "jobs").path("left").asLong()).isPositive();
            Path journal = folder.resolve("journal");
            String rest = new String(k1s.process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Files.writeString(journal, begin + rest);
            assertThat(K1s.compare(store, journal, true).findings()).isEmpty();
        }
    }

    @Test
    void secondCtrlCWithinASecondCountsOnceAndALaterOneCutsShort() throws Exception {
        Path store = folder.resolve("store");
        Path report = folder.resolve("report");
        try (K1s k1s =
                K1s.start("run", "--store=" + store, "--hang", "--grace=20s", "--no-sync", "--report=" + report)) {
            k1s.awaitLoad();
            long first = System.nanoTime();
            k1s.signal("INT");
            assertThat(k1s.process.waitFor(100, TimeUnit.MILLISECONDS)).isFalse();
            k1s.signal("INT");
            assertThat(k1s.process.waitFor(2500, TimeUnit.MILLISECONDS)).isFalse();
            k1s.signal("INT");
            K1s.Result result = k1s.await();
            assertThat(Duration.ofNanos(System.nanoTime() - first)).isLessThan(Duration.ofSeconds(10));
            assertThat(result.code()).as(result.toString()).isEqualTo(75);
            assertThat(result.out()).contains("FORCED", "an operation that never ends");
            assertThat(Files.readString(report)).contains("FORCED");
        }
    }

    private K1s load(Path store, Path journal, String... more) throws IOException {
        String[] arguments = {
            "run", "--store=" + store, "--journal=" + journal, "--no-sync", "--grace=10s", "--seed=" + random.nextInt()
        };
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return K1s.start(all);
    }

    private static String readUntilStarted(InputStream in) throws IOException {
        StringBuilder read = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            read.append((char) b);
            if (b == '\n' && read.indexOf("\nS ") >= 0) {
                return read.toString();
            }
        }
        throw new AssertionError("it ended after " + read);
    }

    /** Returns when nothing more has come for a second: the writers block in the pipe, inside their work. */
    private static void awaitFull(InputStream in) throws IOException, InterruptedException {
        int before;
        do {
            before = in.available();
            Thread.sleep(1000);
        } while (in.available() != before);
    }

    /** On a busy machine half a second is over before the handlers are there; so half of the runs get longer. */
    private int startUpScale() {
        return random.nextBoolean() ? 1 : 3;
    }

    /** The moment is what is random here; nothing is ordered by it. */
    private static void pause(int millis) throws InterruptedException {
        Thread.sleep(millis);
    }

    private static int runs(String kind) {
        return Integer.getInteger("k1s." + kind + "Runs", 3);
    }

    private static void clean(Path store, Path... files) throws IOException {
        K1s.delete(store);
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
