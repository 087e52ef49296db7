package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FootprintTest {
    @TempDir
    Path target;

    @Test
    void aComponentThatHasNamedAWorkTakesMoreThanOneThatOnlyCounts() throws Exception {
        Map<String, Object> found = new Jvm(Options.parse("bench=footprint", "target=" + target))
                .run(120, FootprintSet.JOL, FootprintProcess.class);

        assertThat(Results.number(found, "named")).isGreaterThan(Results.number(found, "registered"));
    }
}
