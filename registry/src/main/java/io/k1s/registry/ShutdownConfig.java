package io.k1s.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The time budget and the policies of a shutdown. Immutable.
 *
 * <p>Each value comes from, in this order: the system property ({@code k1s.shutdown.gracefulTimeout}), the environment
 * ({@code K1S_SHUTDOWN_GRACEFUL_TIMEOUT}), the builder, the default. Durations are written {@code 500ms}, {@code 45s},
 * {@code 2m}, {@code 1h} or in ISO form, {@code PT45S}. A value out of range, and an unknown key of either prefix, is
 * refused by {@link Builder#build()} with a message that names the key, the value and what is allowed.
 */
public final class ShutdownConfig {
    private final Map<ConfigKey, ConfigValue> values;

    private ShutdownConfig(Map<ConfigKey, ConfigValue> values) {
        this.values = values;
    }

    /**
     * Returns the defaults, with what the system properties and the environment say.
     *
     * @return the configuration
     * @throws IllegalArgumentException if one of those is not allowed
     */
    public static ShutdownConfig defaults() {
        return builder().build();
    }

    /**
     * Returns a builder that holds the defaults.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The whole shutdown, from the request to the exit, lame duck included: the hard deadline.
     *
     * <p>Within the second that follows, after which the watchdog halts, a shutdown may still give a tenth of a second each to
     * what ends on being cancelled, to counts that do not come, and to closes that block; half a second to closing, if less is
     * left when that begins; and half a second to writing the report and to callbacks. It does so when something blocks, when the
     * timeout is so short that its {@link #closeReserve()} is no time for a thread to answer, and when the process was stopped
     * meanwhile. What does not fit into the second is cut off by the watchdog.
     *
     * @return 30 s unless set
     */
    public Duration gracefulTimeout() {
        return duration(ConfigKey.GRACEFUL_TIMEOUT);
    }

    /**
     * When those who hold up the shutdown are named and asked to cancel, from the request on.
     *
     * @return 80 % of {@link #gracefulTimeout()} unless set
     */
    public Duration softTimeout() {
        return duration(ConfigKey.SOFT_TIMEOUT);
    }

    /**
     * What is kept at the end of {@link #gracefulTimeout()} for closing resources and reporting. A close that blocks leaves a
     * quarter of it, half a second at most, for the report and whoever is told of it.
     *
     * @return 2 s, at most 10 % of the whole, unless set
     */
    public Duration closeReserve() {
        return duration(ConfigKey.CLOSE_RESERVE);
    }

    /**
     * How long a watch may go on delivering after its component closed, before it is asked to cancel: at the soft deadline at
     * the latest.
     *
     * @return 5 s unless set
     */
    public Duration watchGrace() {
        return duration(ConfigKey.WATCH_GRACE);
    }

    /**
     * How often the progress of a drain is logged. It paces the log; nothing waits for it but what tells no event: a
     * component that could not be stopped, and work whose thread called {@code System.exit} during a shutdown.
     *
     * @return 500 ms unless set
     */
    public Duration progressInterval() {
        return duration(ConfigKey.PROGRESS_INTERVAL);
    }

    /**
     * How long work is still admitted after the request, with readiness red already.
     *
     * @return 0 unless set
     */
    public Duration drainDelay() {
        return duration(ConfigKey.DRAIN_DELAY);
    }

    /**
     * How many works a component may have in flight, unless its {@link ComponentOptions} say otherwise.
     *
     * @return 1000 unless set
     */
    public long maxConcurrentOps() {
        return (Long) value(ConfigKey.MAX_CONCURRENT_OPS);
    }

    /**
     * How long a start waits at the limit for another work to end, before it is rejected: backpressure instead of rejections.
     *
     * @return 0, which rejects at once, unless set
     */
    public Duration limitWait() {
        return duration(ConfigKey.LIMIT_WAIT);
    }

    /**
     * Whether starts are sampled, for the peak of work in flight and for how long works take. Without, the peak is what
     * snapshots and progress saw, no {@link io.k1s.metrics.WorkListener} is told of times, and the forecast of a drain knows
     * only how fast works have ended since it began.
     *
     * @return true unless set
     */
    public boolean detailedMetrics() {
        return (Boolean) value(ConfigKey.DETAILED_METRICS);
    }

    /**
     * Whether a complete shutdown that signal n asked for exits with 128 + n, as an unhandled signal would, and not with 0.
     *
     * @return false unless set
     */
    public boolean signalExitCode() {
        return (Boolean) value(ConfigKey.SIGNAL_EXIT_CODE);
    }

    /**
     * How long the platform waits between asking the process to stop and killing it: Kubernetes'
     * {@code terminationGracePeriodSeconds} less what a preStop hook takes, systemd's {@code TimeoutStopSec}. Nothing follows
     * it; if it is too short for {@link #gracefulTimeout()}, {@link WorkRegistry#shutdownOnSignals} warns.
     *
     * @return empty unless set
     */
    public Optional<Duration> platformGrace() {
        return optional(ConfigKey.PLATFORM_GRACE).map(ConfigValue::duration);
    }

    /**
     * Where the readable report is written at the end of a shutdown, also of one that timed out, whatever became of the log.
     * Whoever looks there sees the file of before or all of the new one, which takes its place: so what is there must be a file,
     * not a link, a pipe or a device.
     *
     * @return empty unless set
     */
    public Optional<Path> reportFile() {
        return optional(ConfigKey.REPORT_FILE).map(ConfigValue::path);
    }

    /**
     * Where the first 4096 bytes of the readable report are written, in place: Kubernetes' {@code terminationMessagePath},
     * {@code /dev/termination-log} by its default.
     *
     * @return empty unless set
     */
    public Optional<Path> terminationLog() {
        return optional(ConfigKey.TERMINATION_LOG).map(ConfigValue::path);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("ShutdownConfig");
        for (ConfigKey key : ConfigKey.values()) {
            text.append(' ')
                    .append(key.property())
                    .append('=')
                    .append(optional(key).map(value -> value.shown()).orElse("none"));
        }
        return text.toString();
    }

    private Optional<ConfigValue> optional(ConfigKey key) {
        return Optional.ofNullable(values.get(key));
    }

    private Duration duration(ConfigKey key) {
        return (Duration) value(key);
    }

    private Object value(ConfigKey key) {
        return Objects.requireNonNull(values.get(key), key.property()).value();
    }

    /** Sets up a {@link ShutdownConfig}. Not thread-safe. */
    public static final class Builder {
        private final Map<ConfigKey, ConfigValue> set = new EnumMap<>(ConfigKey.class);

        private Builder() {}

        /**
         * Sets {@link ShutdownConfig#gracefulTimeout()}.
         *
         * @param timeout 10 ms to 24 h
         * @return this
         */
        public Builder gracefulTimeout(Duration timeout) {
            return set(ConfigKey.GRACEFUL_TIMEOUT, timeout);
        }

        /**
         * Sets {@link ShutdownConfig#softTimeout()}.
         *
         * @param timeout longer than the drain delay, shorter than the graceful timeout less the close reserve
         * @return this
         */
        public Builder softTimeout(Duration timeout) {
            return set(ConfigKey.SOFT_TIMEOUT, timeout);
        }

        /**
         * Sets {@link ShutdownConfig#closeReserve()}.
         *
         * @param reserve 1 ms to 1 h
         * @return this
         */
        public Builder closeReserve(Duration reserve) {
            return set(ConfigKey.CLOSE_RESERVE, reserve);
        }

        /**
         * Sets {@link ShutdownConfig#watchGrace()}.
         *
         * @param grace 0 to 24 h
         * @return this
         */
        public Builder watchGrace(Duration grace) {
            return set(ConfigKey.WATCH_GRACE, grace);
        }

        /**
         * Sets {@link ShutdownConfig#progressInterval()}.
         *
         * @param interval 10 ms to 1 h
         * @return this
         */
        public Builder progressInterval(Duration interval) {
            return set(ConfigKey.PROGRESS_INTERVAL, interval);
        }

        /**
         * Sets {@link ShutdownConfig#drainDelay()}.
         *
         * @param delay 0 to 24 h, shorter than the soft timeout
         * @return this
         */
        public Builder drainDelay(Duration delay) {
            return set(ConfigKey.DRAIN_DELAY, delay);
        }

        /**
         * Sets {@link ShutdownConfig#maxConcurrentOps()}.
         *
         * @param max 1 to 1,000,000,000
         * @return this
         */
        public Builder maxConcurrentOps(long max) {
            return set(ConfigKey.MAX_CONCURRENT_OPS, max);
        }

        /**
         * Sets {@link ShutdownConfig#limitWait()}.
         *
         * @param wait 0 to 24 h
         * @return this
         */
        public Builder limitWait(Duration wait) {
            return set(ConfigKey.LIMIT_WAIT, wait);
        }

        /**
         * Sets {@link ShutdownConfig#detailedMetrics()}.
         *
         * @param detailed whether starts are sampled
         * @return this
         */
        public Builder detailedMetrics(boolean detailed) {
            return set(ConfigKey.DETAILED_METRICS, detailed);
        }

        /**
         * Sets {@link ShutdownConfig#signalExitCode()}.
         *
         * @param asSignal whether to exit with 128 + n
         * @return this
         */
        public Builder signalExitCode(boolean asSignal) {
            return set(ConfigKey.SIGNAL_EXIT_CODE, asSignal);
        }

        /**
         * Sets {@link ShutdownConfig#platformGrace()}.
         *
         * @param grace 10 ms to 24 h
         * @return this
         */
        public Builder platformGrace(Duration grace) {
            return set(ConfigKey.PLATFORM_GRACE, grace);
        }

        /**
         * Sets {@link ShutdownConfig#reportFile()}.
         *
         * @param file a file in a folder that exists, not ending in {@code .json}, and no link, pipe or device
         * @return this
         */
        public Builder reportFile(Path file) {
            return set(ConfigKey.REPORT_FILE, file);
        }

        /**
         * Sets {@link ShutdownConfig#terminationLog()}.
         *
         * @param file a file in a folder that exists
         * @return this
         */
        public Builder terminationLog(Path file) {
            return set(ConfigKey.TERMINATION_LOG, file);
        }

        /**
         * Returns the configuration, with what the system properties and the environment override.
         *
         * @return the configuration
         * @throws IllegalArgumentException if a value is not allowed, alone or beside the others
         */
        public ShutdownConfig build() {
            return build(ConfigSource.systemProperties(), ConfigSource.environment());
        }

        ShutdownConfig build(Map<String, String> properties, Map<String, String> environment) {
            return new ShutdownConfig(ConfigSource.resolve(set, properties, environment));
        }

        private Builder set(ConfigKey key, Object value) {
            set.put(key, key.checked(Objects.requireNonNull(value, key.property()), "the builder"));
            return this;
        }
    }
}
