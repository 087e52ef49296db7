package io.k1s.metrics;

import io.k1s.observe.Latencies;
import io.k1s.registry.WorkRegistry;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to admit, count and end one work? {@link #registered} is what a program gets from a registry with its
 * defaults and with latencies: the limit of 1,000, the peak and the latency sampled. Baselines: {@link BaselineBenchmark}.
 *
 * <p>{@code mvn -pl jmh -am -DskipTests -Pbenchmarks verify -Dbench=core}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BeginEndBenchmark {
    private final WorkMetrics bare = WorkMetrics.create("bare");
    private final WorkRegistry registry = WorkRegistry.create();
    private final WorkMetrics registered = registry.component("registered");
    private final Latencies latencies = Latencies.of(registry);
    private final WorkMetrics exact =
            WorkMetrics.builder("exact").peakTracking(PeakTracking.EXACT).build();

    @Benchmark
    public void ticket() {
        bare.end(bare.begin(), Outcome.SUCCEEDED);
    }

    @Benchmark
    public void registered() {
        registered.end(registered.begin(), Outcome.SUCCEEDED);
    }

    @Benchmark
    public void exactPeak() {
        exact.end(exact.begin(), Outcome.SUCCEEDED);
    }

    /** A token: an object, listed while it is live. */
    @Benchmark
    public void token() {
        registered.startWork().succeed();
    }

    /** A benchmark that leaked work, or timed nothing, would have measured something else. */
    @TearDown(Level.Iteration)
    public void nothingIsInFlight() {
        for (WorkMetrics metrics : new WorkMetrics[] {bare, registered, exact}) {
            if (metrics.snapshot().inFlight() != 0) {
                throw new IllegalStateException(metrics.toString());
            }
        }
        if (registered.snapshot().totalStarted() > 0
                && latencies.latency("registered").isEmpty()) {
            throw new IllegalStateException("no latency was sampled");
        }
    }
}
