package io.k1s.observe;

import io.k1s.metrics.WorkListener;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownListener;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * The latencies of all components of a registry, from sampled starts, in HdrHistograms. Needs {@code
 * org.hdrhistogram:HdrHistogram}.
 *
 * <p>Recording is wait-free, allocates nothing and is not disturbed by reading. A histogram takes about 130 KB; components
 * beyond {@value #MOST_COMPONENTS} get none. Thread-safe.
 */
public final class Latencies {
    /** How many components are timed. */
    public static final int MOST_COMPONENTS = 100;

    private static final long LONGEST_NANOS = Duration.ofHours(24).toNanos();
    private static final int DIGITS = 2;

    private final Map<String, Timed> components = new ConcurrentHashMap<>();

    private Latencies() {}

    /**
     * Times the components of a registry, those that are there and those to come. Times nothing if its configuration says
     * {@code detailedMetrics = false}.
     *
     * @param registry whose components
     * @return their latencies
     */
    public static Latencies of(WorkRegistry registry) {
        Latencies latencies = new Latencies();
        if (registry.config().detailedMetrics()) {
            registry.addListener(latencies.new Follower());
        }
        return latencies;
    }

    /**
     * Returns the latency of a component. Locks out other readers, no work.
     *
     * @param component its name
     * @return its latency, or nothing if no work of it has been timed
     */
    public Optional<Latency> latency(String component) {
        Timed timed = components.get(component);
        return timed == null ? Optional.empty() : timed.read();
    }

    /** Told by one thread at a time. */
    private final class Follower implements ShutdownListener {
        @Override
        public void componentRegistered(String name, Optional<WorkMetrics> metrics) {
            if (metrics.isPresent() && components.size() < MOST_COMPONENTS) {
                Timed timed = new Timed();
                components.put(name, timed);
                metrics.get().addListener(timed);
            }
        }

        @Override
        public void componentRemoved(String name) {
            components.remove(name);
        }
    }

    static final class Timed implements WorkListener {
        private final Recorder recorder = new Recorder(1, LONGEST_NANOS, DIGITS);
        private final AtomicLong samples = new AtomicLong();
        /** Guarded by this, as is the next. */
        private final Histogram total = new Histogram(1, LONGEST_NANOS, DIGITS);

        private @Nullable Histogram interval;

        @Override
        public void timed(long nanos, long weight) {
            recorder.recordValueWithCount(Math.min(nanos, LONGEST_NANOS), weight);
            samples.incrementAndGet();
        }

        synchronized Optional<Latency> read() {
            long timed = samples.get();
            Histogram fresh = recorder.getIntervalHistogram(interval);
            interval = fresh;
            total.add(fresh);
            return timed == 0
                    ? Optional.empty()
                    : Optional.of(new Latency(at(50), at(99), at(99.9), Duration.ofNanos(total.getMaxValue()), timed));
        }

        private Duration at(double percentile) {
            return Duration.ofNanos(total.getValueAtPercentile(percentile));
        }
    }
}
