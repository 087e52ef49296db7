package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    @TempDir
    Path target;

    @Test
    void aSeedIsThatOfOneRun() throws IOException {
        note(options("form=short", "rows=memory-json:get"));

        assertThat(other(options("rows=memory-json:get"), "fenced"))
                .hasValueSatisfying(other -> assertThat(other).contains("-Dform=short"));
        assertThat(other(options("form=short", "rows=rocksdb:get"), "fenced")).isPresent();
    }

    @Test
    void aSeedOfThePageIsThatOfOneRunToo() throws IOException {
        Options options = options("rows=memory-json:get");
        Map<String, Object> published = Machine.begun(options, "fenced");
        published.put("commit", "of then");
        Results.merge(target.resolve("performance").resolve("runs.json"), "runs", List.of(published));

        assertThat(other(options, "fenced"))
                .hasValueSatisfying(other -> assertThat(other).contains("at of then in "));
        assertThat(other(options, "asymmetric")).isEmpty();
    }

    @Test
    void aRunCanBeRepeatedAndTakeItsOwnPlace() throws IOException {
        note(options("rows=memory-json:get"));

        assertThat(other(options("rows=memory-json:get"), "fenced")).isEmpty();
        assertThat(other(options("rows=memory-json:get"), "asymmetric")).isEmpty();
    }

    @Test
    void aNoteHasTheCommitWithWhichTheRunBegan() throws IOException {
        Options options = options("rows=memory-json:get");
        Map<String, Object> run = Machine.begun(options, "fenced");
        run.put("commit", "of then");

        Machine.note(options, run);

        assertThat(Results.read(target.resolve("runs.json")))
                .singleElement()
                .satisfies(noted ->
                        assertThat(noted).containsEntry("commit", "of then").containsKey("ended"));
    }

    private static void note(Options options) throws IOException {
        Machine.note(options, Machine.begun(options, "fenced"));
    }

    private static Optional<String> other(Options options, String mode) throws IOException {
        return Machine.otherRunWithSeed(options, Machine.begun(options, mode));
    }

    private Options options(String... more) {
        String[] all = new String[more.length + 4];
        all[0] = "bench=overhead";
        all[1] = "seed=7";
        all[2] = "target=" + target;
        all[3] = "docs=" + target;
        System.arraycopy(more, 0, all, 4, more.length);
        return Options.parse(all);
    }
}
