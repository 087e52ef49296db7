package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerTest {
    @TempDir
    private Path folder;

    @Test
    void importIsAcknowledgedButNoChangeOfTheLoad() throws Exception {
        Worker worker = workerWhoseJournalIs("P put 0 a/b\nA put 0 a/b\nS a/\nD SIGTERM\nE COMPLETE 0\n");
        assertThat(worker.acknowledged()).isEqualTo(1);
        assertThat(worker.hasWritten()).isFalse();
    }

    @Test
    void changeAfterTheImportIsTheLoads() throws Exception {
        Worker worker = workerWhoseJournalIs("A put 0 a/b\nS a/\nP put 1 a/c\nA put 1 a/c\nE COMPLETE 0\n");
        assertThat(worker.hasWritten()).isTrue();
    }

    private Worker workerWhoseJournalIs(String lines) throws Exception {
        Worker worker = new Worker(new ProcessBuilder("printf", "%s", lines).start(), folder.resolve("journal"));
        assertThat(worker.await(Duration.ofSeconds(30))).isZero();
        return worker;
    }
}
