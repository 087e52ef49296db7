package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    @TempDir
    Path folder;

    @Test
    void anotherRunReplacesItsOwnRowsAndKeepsTheOthers() throws IOException {
        Path file = folder.resolve("new").resolve("core.json");
        Results.merge(file, "core", List.of(Results.row("design", "a", "jdk", 17, "ns", 1.0)));
        Results.merge(file, "core", List.of(Results.row("design", "a", "jdk", 25, "ns", 2.0)));
        Results.merge(file, "core", List.of(Results.row("design", "b", "jdk", 17, "ns", 4.0)));
        Results.merge(file, "core", List.of(Results.row("design", "a", "jdk", 17, "ns", 3.0)));

        assertThat(Results.read(file))
                .containsExactly(
                        Map.of("design", "a", "jdk", 17, "ns", 3.0),
                        Map.of("design", "a", "jdk", 25, "ns", 2.0),
                        Map.of("design", "b", "jdk", 17, "ns", 4.0));
    }

    @Test
    void aLineIsReadBackAsItWas() {
        Map<String, Object> row = Results.parse(Results.line(Results.row("x", 1.5, "name", "a \"b\"")));

        assertThat(Results.number(row, "x")).isEqualTo(1.5);
        assertThat(row.get("name")).isEqualTo("a \"b\"");
        assertThatThrownBy(() -> Results.number(row, "name")).hasMessageContaining("no number \"name\"");
    }

    @Test
    void theModeIsWhatTheLibrarySays() {
        assertThat(Mode.in("jobs: limit none, mode asymmetric, 4 stripes")).isEqualTo("asymmetric");
        assertThat(Mode.in("jobs: mode FENCED")).isEqualTo("fenced");
        assertThatThrownBy(() -> Mode.in("jobs: limit none, 4 stripes")).hasMessageContaining("no mode in \"jobs");
    }
}
