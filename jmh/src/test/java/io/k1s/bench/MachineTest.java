package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    @TempDir
    Path target;

    @Test
    void aSeedIsThatOfOneRun() throws IOException {
        Machine.note(options("form=short", "rows=memory-json:get"), "fenced");

        assertThat(Machine.otherRunWithSeed(options("rows=memory-json:get"), "fenced"))
                .hasValueSatisfying(other -> assertThat(other).contains("-Dform=short"));
        assertThat(Machine.otherRunWithSeed(options("form=short", "rows=rocksdb:get"), "fenced"))
                .isPresent();
    }

    @Test
    void aRunCanBeRepeatedAndTakeItsOwnPlace() throws IOException {
        Machine.note(options("rows=memory-json:get"), "fenced");

        assertThat(Machine.otherRunWithSeed(options("rows=memory-json:get"), "fenced"))
                .isEmpty();
        assertThat(Machine.otherRunWithSeed(options("rows=memory-json:get"), "asymmetric"))
                .isEmpty();
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
