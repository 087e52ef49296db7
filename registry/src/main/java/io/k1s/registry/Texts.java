package io.k1s.registry;

import io.k1s.metrics.Printable;
import java.time.Duration;
import java.util.Locale;

/** How durations and foreign texts are shown to people. */
final class Texts {
    private Texts() {}

    static String printable(String text) {
        return Printable.masked(text);
    }

    /** Two digits behind the point at most: {@code 0 ms}, {@code 12 ms}, {@code 1.25 s}, {@code 90 s}. */
    static String shown(Duration duration) {
        double seconds = duration.getSeconds() + duration.getNano() / 1e9;
        if (Math.abs(seconds) >= 1) {
            String text = String.format(Locale.ROOT, "%.2f", seconds);
            return text.replaceFirst("\\.?0+$", "") + " s";
        }
        double millis = seconds * 1e3;
        if (Math.abs(millis) >= 1 || millis == 0) {
            return Math.round(millis) + " ms";
        }
        return String.format(Locale.ROOT, "%.2f ms", millis);
    }

    /** The nanoseconds of the duration, or as many as there can be. */
    static long saturatedNanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) {
            return duration.isNegative() ? 0 : Long.MAX_VALUE;
        }
    }
}
