package io.k1s.cli;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/** Shows an event as its message, then its key-values and its error on the same line, then what lines the message has more. */
public final class LogLine extends ClassicConverter {
    /** For logback. */
    public LogLine() {}

    @Override
    public String convert(ILoggingEvent event) {
        String message = String.valueOf(event.getFormattedMessage());
        int end = message.indexOf('\n');
        StringBuilder line = new StringBuilder(OneLine.escape(end < 0 ? message : message.substring(0, end)));
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            pairs.forEach(pair -> append(line, pair.key, String.valueOf(pair.value)));
        }
        IThrowableProxy error = event.getThrowableProxy();
        if (error != null) {
            append(line, "error", error.getClassName() + ": " + error.getMessage());
        }
        if (end >= 0) {
            message.substring(end + 1)
                    .lines()
                    .forEach(more -> line.append(System.lineSeparator()).append(OneLine.escape(more)));
        }
        return line.toString();
    }

    private static void append(StringBuilder line, String key, String value) {
        String shown = OneLine.escape(value);
        boolean quoted = shown.isEmpty() || shown.indexOf(' ') >= 0;
        line.append("  ").append(OneLine.escape(key)).append('=');
        line.append(quoted ? "\"" + shown + "\"" : shown);
    }
}
