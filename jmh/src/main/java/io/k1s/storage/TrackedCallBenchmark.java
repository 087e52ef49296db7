package io.k1s.storage;

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
 * What does a call through the shipped decorator cost above the bare call, if the call itself does nothing? With the
 * registry's defaults and with latencies. Baseline: {@link #bareCall}.
 *
 * <p>{@code mvn -pl jmh -am -DskipTests -Pbenchmarks verify -Dbench=core}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TrackedCallBenchmark {
    private final StorageBackend bare = new ConstantStorage();
    private final WorkRegistry registry = WorkRegistry.create();
    private final StorageBackend tracked = TrackedStorage.register(registry, "storage", new ConstantStorage());
    private final Latencies latencies = Latencies.of(registry);

    @Benchmark
    public KeyValue bareCall() {
        return bare.get("key");
    }

    @Benchmark
    public KeyValue trackedCall() {
        return tracked.get("key");
    }

    /** A tracked call that timed nothing would have measured something else. */
    @TearDown(Level.Iteration)
    public void latenciesWereSampled() {
        if (registry.snapshots().get(0).totalStarted() > 0
                && latencies.latency("storage").isEmpty()) {
            throw new IllegalStateException("no latency was sampled");
        }
    }

    private static final class ConstantStorage extends ForwardingStorage {
        private final KeyValue constant = new KeyValue("key", new byte[8], 1);

        ConstantStorage() {
            super(new MemoryStorage());
        }

        @Override
        public KeyValue get(String key) {
            return constant;
        }
    }
}
