package io.k1s.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import org.slf4j.LoggerFactory;

/** The switches of the log. */
final class Logs {
    private static final String PROGRESS = "waiting for work to end";

    private Logs() {}

    /** For a command that fails before it has begun: it says why in one line, and what its empty shutdown did is not news. */
    static void silent() {
        level(Level.OFF);
    }

    /** For a command whose output is its result: only what is wrong. */
    static void quiet() {
        level(Level.WARN);
    }

    /** For a terminal on which the progress of a drain is drawn. */
    static void withoutProgress() {
        if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.iteratorForAppenders()
                    .forEachRemaining(appender -> appender.addFilter(new Filter<>() {
                        @Override
                        public FilterReply decide(ILoggingEvent event) {
                            return PROGRESS.equals(event.getMessage()) ? FilterReply.DENY : FilterReply.NEUTRAL;
                        }
                    }));
        }
    }

    private static void level(Level level) {
        if (LoggerFactory.getLogger("io.k1s") instanceof Logger logger) {
            logger.setLevel(level);
        }
    }
}
