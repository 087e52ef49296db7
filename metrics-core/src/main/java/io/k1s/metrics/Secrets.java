package io.k1s.metrics;

import java.util.regex.Pattern;

/**
 * Finds what looks like a credential in a text that is to be printed. By looks alone: a secret that stands there without a
 * name that says so cannot be told from other text.
 */
final class Secrets {
    private static final String MASK = "***";

    // Possessive: a quoted value is walked once, without a frame for each of its characters. It goes on after its
    // quote, since
    // a text that knows no escapes may end one with a backslash; the quote then is the first of the next value.
    private static final Pattern NAMED = Pattern.compile(
            "(?i)([\\w.-]{0,40}(?:passw(?:or)?d|pwd|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)"
                    + "[\\w.-]{0,40}[\"']?\\s{0,3}[=:]\\s{0,3})"
                    + "((?:\"(?:[^\"\\\\]|\\\\.?)*+\"?|'(?:[^'\\\\]|\\\\.?)*+'?)[^\\s,;&\"'})\\]]*|[^\\s,;&\"'})\\]]+)");
    private static final Pattern SCHEME = Pattern.compile("(?i)\\b(bearer|basic)\\s{1,3}[\\w.~+/=-]{8,}");
    private static final Pattern URL_USER = Pattern.compile("(\\w{1,20}://)[^\\s/]{1,500}@");

    /** At the end of what is read half of one does not look like one, and masks before it can bring it into what is shown. */
    private static final Pattern CUT_OFF =
            Pattern.compile("(?i)(?:(\\w{1,20}://)[^\\s/]{1,500}|(\\b(?:bearer|basic)\\s{1,3})[^\\s@]{1,500})\\z");

    /** Beyond what is ever shown there is nothing to look for. */
    private static final int MOST_READ = 4 * Printable.MAX_LENGTH;

    private Secrets() {}

    static String mask(String text) {
        String read = text.length() <= MOST_READ
                ? text
                : CUT_OFF.matcher(text.substring(0, MOST_READ)).replaceAll("$1$2" + MASK);
        String masked = URL_USER.matcher(read).replaceAll("$1" + MASK + "@");
        masked = SCHEME.matcher(masked).replaceAll("$1 " + MASK);
        return NAMED.matcher(masked).replaceAll("$1" + MASK);
    }
}
