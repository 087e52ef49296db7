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
    void importIsAcknowledgedButNoStartOfTheLoad() throws Exception {
        Worker worker = workerWhoseJournalIs("P put 0 a/b\nA put 0 a/b\nS a/\nD SIGTERM\nE COMPLETE 0\n");
        assertThat(worker.acknowledged()).isEqualTo(1);
        assertThat(worker.started()).isCancelled();
    }

    @Test
    void loadHasStartedWithItsFirstChange() throws Exception {
        Worker worker = workerWhoseJournalIs("A put 0 a/b\nS a/\nP put 1 a/c\nA put 1 a/c\nE COMPLETE 0\n");
        assertThat(worker.started()).isCompletedWithValue("A put 1 a/c");
    }

    private Worker workerWhoseJournalIs(String lines) throws Exception {
        Worker worker = new Worker(new ProcessBuilder("printf", "%s", lines).start(), folder.resolve("journal"));
        assertThat(worker.await(Duration.ofSeconds(30))).isZero();
        return worker;
    }
}
