package io.k1s.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** The switches of the log. */
final class Logs {
    private Logs() {}

    /** For a command that fails before it has begun: it says why in one line, and what its empty shutdown did is not news. */
    static void silent() {
        level(Level.OFF);
    }

    /** For a command whose output is its result: only what is wrong. */
    static void quiet() {
        level(Level.WARN);
    }

    private static void level(Level level) {
        if (LoggerFactory.getLogger("io.k1s") instanceof Logger logger) {
            logger.setLevel(level);
        }
    }
}
