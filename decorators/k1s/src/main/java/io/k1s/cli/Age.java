package io.k1s.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** How long ago something was made, as kubectl writes it: with one unit, or two where the first is small. */
final class Age {
    private Age() {}

    static String of(@Nullable String timestamp, Instant now) {
        if (timestamp == null) {
            return "<unknown>";
        }
        try {
            return of(Duration.between(Instant.parse(timestamp), now));
        } catch (DateTimeParseException e) {
            return "<unknown>";
        }
    }

    static String of(Duration age) {
        long seconds = Math.max(0, age.toSeconds());
        long minutes = seconds / 60;
        long hours = minutes / 60;
        long days = hours / 24;
        if (minutes < 2) {
            return seconds + "s";
        }
        if (minutes < 10) {
            return two(minutes, "m", seconds % 60, "s");
        }
        if (hours < 3) {
            return minutes + "m";
        }
        if (hours < 8) {
            return two(hours, "h", minutes % 60, "m");
        }
        if (hours < 48) {
            return hours + "h";
        }
        if (days < 8) {
            return two(days, "d", hours % 24, "h");
        }
        return days < 730 ? days + "d" : two(days / 365, "y", days % 365, "d");
    }

    private static String two(long first, String unit, long second, String secondUnit) {
        return first + unit + (second == 0 ? "" : second + secondUnit);
    }
}
