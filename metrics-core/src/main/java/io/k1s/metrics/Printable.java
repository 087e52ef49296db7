package io.k1s.metrics;

import java.util.stream.Collectors;

/** Foreign text made safe to print: names, keys and values that could carry terminal escapes or forge log lines. */
public final class Printable {
    /** The longest text that is shown, in characters; the rest is cut and marked with an ellipsis. */
    public static final int MAX_LENGTH = 200;

    private Printable() {}

    /**
     * Returns the text on one line of at most {@value #MAX_LENGTH} characters: whatever could move a terminal's cursor, end
     * a log line or reverse its direction is shown as an escape.
     *
     * @param text any text
     * @return the text itself if it is safe
     */
    public static String of(String text) {
        if (text.length() <= MAX_LENGTH && !isNeeded(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        int next;
        for (int i = 0; i < text.length(); i = next) {
            next = text.offsetByCodePoints(i, 1);
            String shown = text.substring(i, next);
            if (isUnprintable(text.codePointAt(i))) {
                shown = shown.chars().mapToObj(c -> String.format("\\u%04x", c)).collect(Collectors.joining());
            }
            if (out.length() + shown.length() > MAX_LENGTH - 1) {
                return out.append('…').toString();
            }
            out.append(shown);
        }
        return out.toString();
    }

    /**
     * Like {@link #of}, with the values of what looks like a credential replaced by {@code ***}: what follows a name such as
     * {@code password=} or {@code "token":}, an authorization scheme, and the user part of a URL.
     *
     * @param text any text
     * @return the text itself if it is safe
     */
    public static String masked(String text) {
        return of(Secrets.mask(text));
    }

    static boolean isNeeded(String text) {
        return text.codePoints().anyMatch(Printable::isUnprintable);
    }

    private static boolean isUnprintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }
}
