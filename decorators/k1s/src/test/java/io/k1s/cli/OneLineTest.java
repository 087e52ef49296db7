package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OneLineTest {
    static String[][] texts() {
        return new String[][] {
            {"plain", "plain"},
            {"a\u001b[31mb", "a\\u001b[31mb"},
            {"gnp.\u202eexe", "gnp.\\u202eexe"},
            {"emoji \ud83d\ude80", "emoji \ud83d\ude80"},
            {"tag \udb40\udc41", "tag \\udb40\\udc41"},
            {"half \ud83d", "half \\ud83d"},
            {"a\nb", "a\\u000ab"},
            // Newer than the table of JDK 17.
            {"\ud83e\udee0", "\ud83e\udee0"}
        };
    }

    @ParameterizedTest
    @MethodSource("texts")
    void whatCannotBeSeenIsEscapedAndNothingElse(String text, String shown) {
        assertThat(OneLine.escape(text)).isEqualTo(shown);
    }

    @Test
    void keysThatDifferAreShownDifferently() {
        assertThat(OneLine.key("a\u200db")).isEqualTo("a\\u200db").isNotEqualTo(OneLine.key("a\\u200db"));
    }
}
