package io.k1s.cli;

import org.jspecify.annotations.Nullable;

/** Text for a terminal or a log: nothing in it ends the line or moves the cursor. */
final class OneLine {
    private OneLine() {}

    /** Lines are joined; what else could not be printed is escaped. */
    static String of(@Nullable String text) {
        return text == null ? "no message" : escape(text.strip().replaceAll("\\s*\\R\\s*", "; "));
    }

    /** Escapes what could not be printed, newlines too. */
    static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.chars().forEach(c -> {
            int type = Character.getType(c);
            boolean unprintable = type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR;
            out.append(unprintable ? String.format("\\u%04x", c) : String.valueOf((char) c));
        });
        return out.toString();
    }
}
