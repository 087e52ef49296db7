package io.k1s.metrics;

import java.util.Objects;

/** The one place that decides what a name may be. */
final class Names {
    /** Longest name of a component, in characters. */
    static final int MAX_NAME = 100;

    private Names() {}

    /** Returns the name, or throws an IllegalArgumentException that says what is allowed. */
    static String requireComponentName(String name) {
        Objects.requireNonNull(name, "component name");
        if (name.isBlank() || name.length() > MAX_NAME || !name.equals(name.strip()) || Printable.isNeeded(name)) {
            throw new IllegalArgumentException("component name \"" + Printable.of(name) + "\" (" + name.length()
                    + " characters) is not allowed: 1 to " + MAX_NAME
                    + " printable characters, no space at either end, no control characters");
        }
        return name;
    }
}
