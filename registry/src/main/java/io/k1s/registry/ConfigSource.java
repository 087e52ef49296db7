package io.k1s.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/** Where {@link ShutdownConfig} values come from, which one wins, and what they must be beside each other. */
final class ConfigSource {
    private ConfigSource() {}

    static Map<String, String> systemProperties() {
        Map<String, String> all = new TreeMap<>();
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith(ConfigKey.PROPERTY_PREFIX)) {
                all.put(name, Objects.requireNonNullElse(System.getProperty(name), ""));
            }
        }
        return all;
    }

    static Map<String, String> environment() {
        return System.getenv();
    }

    static Map<ConfigKey, ConfigValue> resolve(
            Map<ConfigKey, ConfigValue> built, Map<String, String> properties, Map<String, String> environment) {
        Map<ConfigKey, ConfigValue> values = new EnumMap<>(ConfigKey.class);
        values.putAll(built);
        override(values, environment, ConfigKey.VARIABLE_PREFIX, ConfigKey::variable, "environment variable ");
        override(values, properties, ConfigKey.PROPERTY_PREFIX, ConfigKey::property, "system property ");
        fillDefaults(values);
        checkTimeouts(values);
        checkFiles(values);
        return values;
    }

    private static void override(
            Map<ConfigKey, ConfigValue> values,
            Map<String, String> texts,
            String prefix,
            Function<ConfigKey, String> spelling,
            String kind) {
        Map<String, ConfigKey> known = new TreeMap<>();
        for (ConfigKey key : ConfigKey.values()) {
            known.put(spelling.apply(key), key);
        }
        for (Map.Entry<String, String> given : new TreeMap<>(texts).entrySet()) {
            String name = given.getKey();
            if (name.startsWith(prefix)) {
                ConfigKey key = known.get(name);
                if (key == null) {
                    throw new IllegalArgumentException(kind + "\"" + Texts.printable(name) + "\" = \""
                            + Texts.printable(given.getValue()) + "\" is unknown; known are " + known.keySet());
                }
                values.put(key, key.parse(given.getValue(), kind + name));
            }
        }
    }

    private static void fillDefaults(Map<ConfigKey, ConfigValue> values) {
        fill(values, ConfigKey.GRACEFUL_TIMEOUT, Duration.ofSeconds(30));
        // In nanoseconds: a Duration divides by way of BigDecimal, and to load that is felt when a process starts.
        long tenth = duration(values, ConfigKey.GRACEFUL_TIMEOUT).toNanos() / 10;
        fill(values, ConfigKey.CLOSE_RESERVE, min(Duration.ofSeconds(2), Duration.ofNanos(tenth)));
        fill(values, ConfigKey.SOFT_TIMEOUT, Duration.ofNanos(8 * tenth));
        fill(values, ConfigKey.WATCH_GRACE, Duration.ofSeconds(5));
        fill(values, ConfigKey.PROGRESS_INTERVAL, Duration.ofMillis(500));
        fill(values, ConfigKey.DRAIN_DELAY, Duration.ZERO);
        fill(values, ConfigKey.MAX_CONCURRENT_OPS, 1000L);
        fill(values, ConfigKey.LIMIT_WAIT, Duration.ZERO);
        fill(values, ConfigKey.DETAILED_METRICS, true);
        fill(values, ConfigKey.SIGNAL_EXIT_CODE, false);
    }

    private static void checkTimeouts(Map<ConfigKey, ConfigValue> values) {
        Duration soft = duration(values, ConfigKey.SOFT_TIMEOUT);
        Duration drained =
                duration(values, ConfigKey.GRACEFUL_TIMEOUT).minus(duration(values, ConfigKey.CLOSE_RESERVE));
        if (soft.compareTo(drained) >= 0
                || duration(values, ConfigKey.DRAIN_DELAY).compareTo(soft) >= 0) {
            throw new IllegalArgumentException("the timeouts do not fit together: allowed is drainDelay < softTimeout <"
                    + " gracefulTimeout - closeReserve, but drainDelay = " + described(values, ConfigKey.DRAIN_DELAY)
                    + ", softTimeout = " + described(values, ConfigKey.SOFT_TIMEOUT)
                    + ", gracefulTimeout = " + described(values, ConfigKey.GRACEFUL_TIMEOUT)
                    + ", closeReserve = " + described(values, ConfigKey.CLOSE_RESERVE));
        }
    }

    /** Both at once: one would be written over the other, or in the middle of it. */
    private static void checkFiles(Map<ConfigKey, ConfigValue> values) {
        ConfigValue report = values.get(ConfigKey.REPORT_FILE);
        ConfigValue termination = values.get(ConfigKey.TERMINATION_LOG);
        if (report != null && termination != null && absolute(report).equals(absolute(termination))) {
            throw new IllegalArgumentException("reportFile and terminationLog must be two files, but reportFile = "
                    + described(values, ConfigKey.REPORT_FILE)
                    + ", terminationLog = " + described(values, ConfigKey.TERMINATION_LOG));
        }
    }

    private static Path absolute(ConfigValue file) {
        return file.path().toAbsolutePath().normalize();
    }

    private static void fill(Map<ConfigKey, ConfigValue> values, ConfigKey key, Object value) {
        values.putIfAbsent(key, new ConfigValue(value, "the default"));
    }

    private static Duration duration(Map<ConfigKey, ConfigValue> values, ConfigKey key) {
        return value(values, key).duration();
    }

    private static String described(Map<ConfigKey, ConfigValue> values, ConfigKey key) {
        ConfigValue value = value(values, key);
        return value.shown() + " (from " + value.source() + ")";
    }

    private static ConfigValue value(Map<ConfigKey, ConfigValue> values, ConfigKey key) {
        return Objects.requireNonNull(values.get(key), key.property());
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
