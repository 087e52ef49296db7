package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Standard outputs that take nothing more: a full disk, and a pipe whose reader has gone. */
class OutputIT {
    private static final Path FULL_DISK = Path.of("/dev/full");
    private static final String CATEGORY =
            "{apiVersion: k1s.io/v1, kind: Category, metadata: {name: %s}, spec: {title: Any}}";

    @TempDir
    Path folder;

    @Test
    void resultThatDoesNotFitOnTheDiskIsAFailure() throws Exception {
        Path store = folder.resolve("store");
        apply(store, "books");
        K1s.run("kv", "put", "--store=" + store, "a", "one");
        assertFailed(K1s.runInto(FULL_DISK, "get", "--store=" + store, "categories"));
        assertFailed(K1s.runInto(FULL_DISK, "get", "--store=" + store, "categories", "-oyaml"));
        assertFailed(K1s.runInto(FULL_DISK, "kv", "get", "--store=" + store, "a"));
        assertFailed(K1s.runInto(FULL_DISK, "--help"));
    }

    @Test
    void runThatASignalEndsSaysThatItsReportDidNotFit() throws Exception {
        try (K1s run = K1s.startInto(FULL_DISK, "run", "--store=" + folder.resolve("store"), "--no-sync")) {
            run.awaitLoad();
            run.signal("TERM");
            assertThat(run.await().err()).containsOnlyOnce("k1s run: standard output cannot be written");
        }
    }

    private static void assertFailed(K1s.Result result) {
        assertThat(result.code()).as(result.toString()).isEqualTo(1);
        assertThat(result.err().lines()).singleElement().asString().contains("standard output cannot be written");
    }

    @Test
    void watchEndsWhenItsReaderHasGone() throws Exception {
        Path store = folder.resolve("store");
        apply(store, "books");
        try (K1s watch = K1s.startUnread("watch", "--store=" + store, "categories", "-oname")) {
            readOneLineAndGo(watch, "ADDED category.k1s.io/books");
            apply(store, "games");
            assertEnded(watch);
        }
    }

    @Test
    void watchOfRawKeysEndsWhenItsReaderHasGone() throws Exception {
        Path store = folder.resolve("store");
        K1s.run("kv", "put", "--store=" + store, "a", "one");
        try (K1s watch = K1s.startUnread("kv", "watch", "--store=" + store, "--from=1")) {
            readOneLineAndGo(watch, "created\t1\ta");
            K1s.run("kv", "put", "--store=" + store, "a", "two");
            assertEnded(watch);
        }
    }

    private void apply(Path store, String category) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("a.yaml"), CATEGORY.formatted(category));
        assertThat(K1s.run("apply", "--store=" + store, "-f" + file).code()).isZero();
    }

    /** As {@code head -1} does. */
    private static void readOneLineAndGo(K1s watch, String expected) throws IOException {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(watch.process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.readLine()).isEqualTo(expected);
        }
    }

    private static void assertEnded(K1s watch) throws IOException, InterruptedException {
        assertThat(watch.process.waitFor(30, TimeUnit.SECONDS)).as("ended").isTrue();
        assertThat(watch.process.exitValue()).isEqualTo(1);
        assertThat(new String(watch.process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).lines())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("watch ended: FAILED, last revision 1"),
                        line -> assertThat(line).contains("watch: standard output cannot be written"));
    }
}
