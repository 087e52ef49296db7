package io.k1s.registry;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of {@link ShutdownConfig}: how each is spelled, read and bounded. The one place that knows. */
@SuppressWarnings("ImmutableEnumChecker") // the bounds are Durations, Longs, Booleans and Paths
enum ConfigKey {
    GRACEFUL_TIMEOUT("gracefulTimeout", Duration.ofMillis(10), Duration.ofHours(24)),
    SOFT_TIMEOUT("softTimeout", Duration.ofMillis(1), Duration.ofHours(24)),
    CLOSE_RESERVE("closeReserve", Duration.ofMillis(1), Duration.ofHours(1)),
    WATCH_GRACE("watchGrace", Duration.ZERO, Duration.ofHours(24)),
    PROGRESS_INTERVAL("progressInterval", Duration.ofMillis(10), Duration.ofHours(1)),
    DRAIN_DELAY("drainDelay", Duration.ZERO, Duration.ofHours(24)),
    MAX_CONCURRENT_OPS("maxConcurrentOps", 1L, 1_000_000_000L),
    LIMIT_WAIT("limitWait", Duration.ZERO, Duration.ofHours(24)),
    DETAILED_METRICS("detailedMetrics", false, true),
    SIGNAL_EXIT_CODE("signalExitCode", false, true),
    PLATFORM_GRACE("platformGrace", Duration.ofMillis(10), Duration.ofHours(24)),
    REPORT_FILE("reportFile", Path.of(""), Path.of("")),
    TERMINATION_LOG("terminationLog", Path.of(""), Path.of(""));

    static final String PROPERTY_PREFIX = "k1s.shutdown.";
    static final String VARIABLE_PREFIX = "K1S_SHUTDOWN_";

    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,15})(ms|s|m|h)");

    private final String key;
    private final Object min;
    private final Object max;

    ConfigKey(String key, Object min, Object max) {
        this.key = key;
        this.min = min;
        this.max = max;
    }

    String property() {
        return PROPERTY_PREFIX + key;
    }

    String variable() {
        return VARIABLE_PREFIX + name();
    }

    /** Reads a text as a value of this key. */
    ConfigValue parse(String text, String source) {
        try {
            return checked(parsed(text.strip()), source);
        } catch (DateTimeParseException | NumberFormatException | ArithmeticException | InvalidPathException e) {
            throw refused(text, source, e);
        }
    }

    /** Checks a value against the range of this key. */
    ConfigValue checked(Object value, String source) {
        boolean allowed = true;
        if (value instanceof Duration duration) {
            allowed = duration.compareTo((Duration) min) >= 0 && duration.compareTo((Duration) max) <= 0;
        } else if (value instanceof Long number) {
            allowed = number >= (Long) min && number <= (Long) max;
        } else if (value instanceof Path file) {
            allowed = isAllowed(file);
        }
        if (!allowed) {
            throw refused(ConfigValue.shown(value), source, null);
        }
        return new ConfigValue(value, source);
    }

    /** That it can be written is seen when it is; that it never could is said at once. */
    private boolean isAllowed(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return !file.toString().isBlank()
                && folder != null
                && Files.isDirectory(folder)
                && !Files.isDirectory(file)
                && (this != REPORT_FILE || isReplaceable(file));
    }

    /** The new file takes the place of the old one: of a device or a link that would not be what is meant. */
    private static boolean isReplaceable(Path file) {
        return !file.toString().toLowerCase(Locale.ROOT).endsWith(".json")
                && (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                        || Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
    }

    private Object parsed(String text) {
        if (min instanceof Duration) {
            return parsedDuration(text);
        }
        if (min instanceof Path) {
            return Path.of(text);
        }
        if (min instanceof Long) {
            return Long.valueOf(text);
        }
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new NumberFormatException("neither true nor false");
        };
    }

    private static Duration parsedDuration(String text) {
        Matcher matcher = SHORT_DURATION.matcher(text);
        if (!matcher.matches()) {
            return Duration.parse(text);
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    private IllegalArgumentException refused(String shown, String source, @Nullable Exception cause) {
        return new IllegalArgumentException(
                key + " = \"" + Texts.printable(shown) + "\" (from " + source + ") is not allowed: " + allowed(),
                cause);
    }

    private String allowed() {
        if (min instanceof Boolean) {
            return "true or false";
        }
        if (min instanceof Path) {
            return "a file in a folder that exists"
                    + (this == REPORT_FILE
                            ? ", not ending in .json, since the report is written as text, and no link, pipe or device, since the"
                                    + " report takes the place of what is there"
                            : "");
        }
        return ConfigValue.shown(min) + " to " + ConfigValue.shown(max)
                + (min instanceof Duration ? ", written as 500ms, 45s, 2m, 1h or PT45S" : "");
    }
}
