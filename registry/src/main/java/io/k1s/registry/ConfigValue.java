package io.k1s.registry;

import java.nio.file.Path;
import java.time.Duration;

/** A value of a {@link ConfigKey} and where it came from, for messages. */
record ConfigValue(Object value, String source) {
    Duration duration() {
        return (Duration) value;
    }

    Path path() {
        return (Path) value;
    }

    String shown() {
        return shown(value);
    }

    static String shown(Object value) {
        return value instanceof Duration duration ? Texts.shown(duration) : Texts.printable(String.valueOf(value));
    }
}
