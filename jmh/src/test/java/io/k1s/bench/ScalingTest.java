package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScalingTest {
    @TempDir
    Path target;

    @Test
    void aComponentHasTheLimitOfARegisteredOne() {
        assertThat(ScalingProcess.component("wide").describe()).contains("limit 1000,");
    }

    @Test
    void aProcessTellsWhatAStartAndAnEndTookWhenAllTakeTurns() throws Exception {
        List<String> flags = new ArrayList<>(FootprintSet.JOL);
        flags.add("-XX:ActiveProcessorCount=4");

        Map<String, Object> found =
                new Jvm(Options.parse("bench=scaling", "target=" + target)).run(120, flags, ScalingProcess.class, "3");

        assertThat(found).containsEntry("threads", 8);
        assertThat(Results.number(found, "inTurnNs")).isPositive();
    }
}
