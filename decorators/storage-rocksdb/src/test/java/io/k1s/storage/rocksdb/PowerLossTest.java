package io.k1s.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is on the disk when a change is acknowledged, by the system calls of a real process. */
@Timeout(300)
final class PowerLossTest {

    private static final int KEYS = 200;

    private static final Pattern LOG_WRITE = Pattern.compile("^\\d+ +write\\(\\d+<[^>]*\\.log>");
    private static final Pattern LOG_SYNC = Pattern.compile("^\\d+ +f(data)?sync\\(\\d+<[^>]*\\.log>");
    private static final Pattern SYNC_RESUMED = Pattern.compile("^\\d+ +<\\.\\.\\. f(data)?sync resumed>");
    private static final Pattern ACKNOWLEDGEMENT = Pattern.compile("^\\d+ +write\\(1<[^>]*>, \"ack k");

    @TempDir
    private Path temp;

    /** What happened since the acknowledgement before: a write to the log, and after it a completed sync. */
    private record Before(boolean written, boolean synced) {}

    @Test
    void eachAcknowledgementComesAfterACompletedSyncOfItsWrite() throws Exception {
        assertThat(acknowledgements(true)).hasSize(KEYS).containsOnly(new Before(true, true));
    }

    /** So the trace does show the difference. */
    @Test
    void withoutSyncNoAcknowledgementWaitsForTheDisk() throws Exception {
        assertThat(acknowledgements(false)).hasSize(KEYS).containsOnly(new Before(true, false));
    }

    private List<Before> acknowledgements(boolean sync) throws IOException, InterruptedException {
        requireStrace();
        Path trace = temp.resolve("trace");
        List<String> strace = List.of(
                "strace", "-f", "-y", "-o", trace.toString(), "-e", "trace=write,fsync,fdatasync", "-e", "signal=none");
        try (ChildStore child = ChildStore.start(
                strace,
                List.of(),
                ChildStore.Main.class,
                temp.resolve("store").toString(),
                Boolean.toString(sync),
                Integer.toString(KEYS))) {
            String said = child.awaitEnd();
            assertThat(child.exitCode()).as(said).isZero();
        }
        return acknowledgements(Files.readAllLines(trace));
    }

    private static List<Before> acknowledgements(List<String> calls) {
        List<Before> acknowledgements = new ArrayList<>();
        Set<String> syncing = new HashSet<>();
        boolean written = false;
        boolean synced = false;
        for (String call : calls) {
            String thread = call.substring(0, call.indexOf(' '));
            if (LOG_WRITE.matcher(call).find()) {
                written = true;
                synced = false;
            } else if (LOG_SYNC.matcher(call).find() && call.endsWith("<unfinished ...>")) {
                syncing.add(thread);
            } else if (LOG_SYNC.matcher(call).find()
                    || SYNC_RESUMED.matcher(call).find() && syncing.remove(thread)) {
                synced = call.endsWith("= 0");
            } else if (ACKNOWLEDGEMENT.matcher(call).find()) {
                acknowledgements.add(new Before(written, synced));
                written = false;
                synced = false;
            }
        }
        return acknowledgements;
    }

    private static void requireStrace() throws IOException, InterruptedException {
        boolean works = Files.isExecutable(Path.of("/usr/bin/strace"))
                && new ProcessBuilder("strace", "-o", "/dev/null", "true")
                                .start()
                                .waitFor()
                        == 0;
        if (!works) {
            System.err.println(
                    "NOT TESTED: what is on the disk when a change is acknowledged; install Debian's strace, and"
                            + " allow ptrace");
            assertThat(System.getenv("CI"))
                    .as("strace is missing in CI, or not allowed")
                    .isNotEqualTo("true");
        }
        assumeTrue(works, "strace");
    }
}
