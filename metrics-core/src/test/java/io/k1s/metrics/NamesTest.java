package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "\t", " jobs", "jobs ", "jo\nbs", "jo\rbs", "\u001b[31mjobs", "jo\u202ebs", "jo\u200bbs"
            })
    void unsafeComponentNamesAreRefused(String name) {
        assertThatThrownBy(() -> WorkMetrics.create(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 100 printable characters")
                .hasMessageNotContainingAny("\n", "\r", "\u001b", "\u202e");
    }

    @Test
    void componentNamesMayBeHundredCharactersLong() {
        assertThat(WorkMetrics.create("n".repeat(100)).name()).hasSize(100);
        assertThatThrownBy(() -> WorkMetrics.create("n".repeat(101)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(101 characters)");
    }

    @Test
    void hugeComponentNameIsRefusedWithAShortMessage() {
        assertThatThrownBy(() -> WorkMetrics.create("n".repeat(1_000_000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
    }

    @Test
    void missingComponentNameIsRefused() {
        assertThatThrownBy(() -> WorkMetrics.create(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("component name");
    }

    @Test
    void lettersOfEveryScriptAreKept() {
        String text = "Überprüfung 検査 проверка 🚀";
        assertThat(Printable.of(text)).isSameAs(text);
        assertThat(WorkMetrics.create(text).name()).isEqualTo(text);
    }

    @Test
    void controlCharactersInDescriptionsAreEscaped() {
        assertThat(describe("a\r\nb\u001b[2Jc\u0000d")).isEqualTo("a\\u000d\\u000ab\\u001b[2Jc\\u0000d");
        assertThat(describe("line\u2028para\u2029")).isEqualTo("line\\u2028para\\u2029");
        assertThat(describe("\u202eevil")).isEqualTo("\\u202eevil");
        assertThat(describe("\u0378")).isEqualTo("\\u0378");
    }

    @Test
    void invisibleCharactersBeyondTheBasicPlaneAreEscaped() {
        assertThat(describe("a" + Character.toString(0xE0041) + "b")).isEqualTo("a\\udb40\\udc41b");
    }

    @Test
    void halvesOfSurrogatePairsAreEscaped() {
        assertThat(describe("a\ud83db")).isEqualTo("a\\ud83db");
    }

    @Test
    void longDescriptionsAreCutAndMarked() {
        assertThat(describe("d".repeat(200))).isEqualTo("d".repeat(200));
        assertThat(describe("d".repeat(201))).isEqualTo("d".repeat(199) + "…");
        assertThat(describe("d".repeat(1_000_000))).hasSize(200);
        assertThat(describe("\n".repeat(1_000))).hasSizeLessThanOrEqualTo(200).endsWith("\\u000a…");
    }

    @Test
    void cutNeverSplitsASurrogatePair() {
        String cut = describe("d".repeat(198) + "🚀🚀");
        assertThat(cut).isEqualTo("d".repeat(198) + "…");
    }

    @Test
    void childAndWatchDescriptionsAreEscapedToo() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work parent = metrics.startWork("a\nb");
        assertThat(parent.description()).isEqualTo("a\\u000ab");
        assertThat(parent.startChild("c\nd").description()).isEqualTo("c\\u000ad");
        assertThat(metrics.startWatch("e\nf").description()).isEqualTo("e\\u000af");
        assertThat(parent.toString()).doesNotContain("\n");
    }

    private static String describe(String text) {
        return WorkMetrics.create("jobs").startWork(text).description();
    }
}
