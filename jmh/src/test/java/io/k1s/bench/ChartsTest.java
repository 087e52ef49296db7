package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartsTest {
    @TempDir
    Path folder;

    @Test
    void aRunOfOneRowHasItsChart() throws Exception {
        Path svg = folder.resolve("one.svg");

        Charts.bars(
                svg,
                "one",
                "ns",
                false,
                List.of("get"),
                Map.of("JDK 17", List.of(0.5)),
                Map.of("JDK 17", List.of(0.1)));

        assertThat(svg).content().contains("<svg");
    }
}
