package io.k1s.observe;

import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownListener;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * The counters of a registry's components as Micrometer meters, tagged with {@code component}. Needs {@code
 * io.micrometer:micrometer-core}. Immutable: each {@code with} method returns changed ones.
 *
 * <p>Gauges {@code k1s.work.inflight}, {@code k1s.work.inflight.peak}, {@code k1s.work.watchers}; counters {@code
 * k1s.work.started}, {@code k1s.work.operations}, {@code k1s.work.errors}, {@code k1s.work.cancelled}, {@code
 * k1s.work.rejected}; timer {@code k1s.shutdown.drain}, recorded once per component when the shutdown is over; with
 * latencies the gauges {@code k1s.work.latency} (tag {@code quantile}) and {@code k1s.work.latency.max}, and the counter
 * {@code k1s.work.latency.samples}. Without a component: {@code k1s.ready} (1 or 0) and {@code k1s.components.omitted}, the
 * components that have no meters: those beyond the cap, and those that count their own work.
 */
public final class WorkMeters implements MeterBinder {
    private static final int DEFAULT_MOST = 100;

    private final WorkRegistry registry;
    private final Function<String, Optional<Latency>> latencies;
    private final boolean timed;
    private final int most;

    private WorkMeters(WorkRegistry registry, Function<String, Optional<Latency>> latencies, boolean timed, int most) {
        this.registry = registry;
        this.latencies = latencies;
        this.timed = timed;
        this.most = most;
    }

    /**
     * Returns meters without latencies, for at most 100 components.
     *
     * @param registry whose components
     * @return the meters, to be bound
     */
    public static WorkMeters of(WorkRegistry registry) {
        return new WorkMeters(
                Objects.requireNonNull(registry, "registry"), name -> Optional.empty(), false, DEFAULT_MOST);
    }

    /**
     * Adds latencies.
     *
     * @param source finds the latency of a component by its name, as {@code latencies::latency} of {@link Latencies} does
     * @return the meters
     */
    public WorkMeters withLatencies(Function<String, Optional<Latency>> source) {
        return new WorkMeters(registry, Objects.requireNonNull(source, "source"), true, most);
    }

    /**
     * Limits how many components get meters: the first ones do.
     *
     * @param components 1 to 10,000
     * @return the meters
     * @throws IllegalArgumentException if it is out of range
     */
    public WorkMeters withMaxComponents(int components) {
        if (components < 1 || components > 10_000) {
            throw new IllegalArgumentException(
                    "the number of components with meters is " + components + "; allowed is 1 to 10000");
        }
        return new WorkMeters(registry, latencies, timed, components);
    }

    /** Binds the components that are there, and those to come; stays bound as long as the registry lives. */
    @Override
    public void bindTo(MeterRegistry meters) {
        Binding binding = new Binding(meters);
        Gauge.builder("k1s.ready", registry, r -> r.isReady() ? 1 : 0)
                .description("1 until a shutdown is requested, then 0")
                .register(meters);
        Gauge.builder("k1s.components.omitted", binding.omitted, AtomicLong::get)
                .description("Components without meters: beyond the cap, or counting their own work")
                .register(meters);
        registry.addListener(binding);
    }

    /** Told by one thread at a time. The registry keeps it, and so it keeps what meters refer to weakly. */
    private final class Binding implements ShutdownListener {
        private final MeterRegistry meters;
        private final Map<String, Bound> bound = new ConcurrentHashMap<>();
        private final AtomicLong omitted = new AtomicLong();

        Binding(MeterRegistry meters) {
            this.meters = meters;
        }

        @Override
        public void componentRegistered(String name, Optional<WorkMetrics> metrics) {
            if (metrics.isPresent() && bound.size() < most) {
                bound.put(name, new Bound(name, metrics.get(), meters));
            } else {
                omitted.incrementAndGet();
            }
        }

        @Override
        public void componentRemoved(String name) {
            Bound left = bound.remove(name);
            if (left == null) {
                omitted.decrementAndGet();
            } else {
                left.meters.forEach(meters::remove);
            }
        }

        @Override
        public void terminated(ShutdownReport report) {
            for (ShutdownReport.Component component : report.components()) {
                Bound known = bound.get(component.name());
                if (known != null) {
                    known.drain.record(component.drainTime());
                }
            }
        }
    }

    /** The meters of one component. */
    private final class Bound {
        private final String name;
        private final WorkMetrics metrics;
        private final Tags tags;
        private final MeterRegistry registry;
        private final List<Meter> meters = new ArrayList<>();
        private final Timer drain;

        Bound(String name, WorkMetrics metrics, MeterRegistry registry) {
            this.name = name;
            this.metrics = metrics;
            this.registry = registry;
            this.tags = Tags.of("component", name);
            gauge("k1s.work.inflight", "Works in flight", WorkSnapshot::inFlight);
            gauge("k1s.work.inflight.peak", "The most works in flight that were seen", WorkSnapshot::inFlightPeak);
            gauge("k1s.work.watchers", "Open watches", WorkSnapshot::watchers);
            counter("k1s.work.started", "Works admitted", WorkSnapshot::totalStarted);
            counter("k1s.work.operations", "Works that succeeded", WorkSnapshot::operations);
            counter("k1s.work.errors", "Works that failed", WorkSnapshot::errors);
            counter("k1s.work.cancelled", "Works that were given up", WorkSnapshot::cancelled);
            counter("k1s.work.rejected", "Works and watches not admitted", WorkSnapshot::rejected);
            drain = Timer.builder("k1s.shutdown.drain")
                    .description("From the close of the gate to the last end")
                    .tags(tags)
                    .register(registry);
            meters.add(drain);
            if (timed) {
                latency();
            }
        }

        private void gauge(String meter, String description, ToLongFunction<WorkSnapshot> value) {
            meters.add(Gauge.builder(meter, metrics, m -> value.applyAsLong(m.snapshot()))
                    .description(description)
                    .tags(tags)
                    .register(registry));
        }

        private void counter(String meter, String description, ToLongFunction<WorkSnapshot> value) {
            meters.add(FunctionCounter.builder(meter, metrics, m -> value.applyAsLong(m.snapshot()))
                    .description(description)
                    .tags(tags)
                    .register(registry));
        }

        private void latency() {
            quantile("0.5", Latency::p50);
            quantile("0.99", Latency::p99);
            quantile("0.999", Latency::p999);
            time("k1s.work.latency.max", "The longest of the timed works", tags, Latency::max);
            meters.add(FunctionCounter.builder(
                            "k1s.work.latency.samples",
                            this,
                            self -> self.latest(Latency::samples).orElse(0.0))
                    .description("Works that were timed")
                    .tags(tags)
                    .register(registry));
        }

        private void quantile(String quantile, Function<Latency, Duration> value) {
            time("k1s.work.latency", "How long sampled works took", tags.and("quantile", quantile), value);
        }

        private void time(String meter, String description, Tags allTags, Function<Latency, Duration> value) {
            ToDoubleFunction<Bound> nanos = self ->
                    self.latest(latency -> value.apply(latency).toNanos()).orElse(Double.NaN);
            meters.add(TimeGauge.builder(meter, this, TimeUnit.NANOSECONDS, nanos)
                    .description(description)
                    .tags(allTags)
                    .register(registry));
        }

        private Optional<Double> latest(ToLongFunction<Latency> value) {
            return latencies.apply(name).map(latency -> (double) value.applyAsLong(latency));
        }
    }
}
