package io.k1s.cli;

import org.jspecify.annotations.Nullable;

/** Text for a terminal or a log: nothing in it ends the line or moves the cursor. */
final class OneLine {
    private OneLine() {}

    /** Lines are joined; what else could not be printed is escaped. */
    static String of(@Nullable String text) {
        return text == null ? "no message" : escape(text.strip().replaceAll("\\s*\\R\\s*", "; "));
    }

    /** Likewise for a key, where no two look the same: a backslash is shown as two. */
    static String key(String key) {
        return escape(key.replace("\\", "\\\\"));
    }

    /** Escapes what could not be printed, newlines too. */
    static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isUnprintable(c)) {
                for (char each : Character.toChars(c)) {
                    out.append(String.format("\\u%04x", (int) each));
                }
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }

    private static boolean isUnprintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
