package io.k1s.metrics;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to name a work: to list what it is, since when, and on which thread, from its start to its end? Named
 * work is for what takes 10 us and more, so 150 ns are allowed.
 *
 * <p>Baseline: {@link #counted}, the same admission without a name. {@link #clock} is the part of it that the start time
 * alone costs.
 *
 * <p>{@code mvn -pl jmh -am -DskipTests -Pbenchmarks verify -Dbench=jmh -Drows=NamedWork}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class NamedWorkBenchmark {
    private final WorkMetrics metrics = WorkMetrics.create("jobs");
    /** As registries make them: with a limit. */
    private final WorkMetrics limited =
            WorkMetrics.builder("limited").maxConcurrentOps(1_000).build();

    @Benchmark
    public void counted() {
        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
    }

    @Benchmark
    public long clock() {
        return System.nanoTime();
    }

    /** On this thread, from start to end. */
    @Benchmark
    public void run() {
        metrics.run("import laptops.yaml", () -> {});
    }

    @Benchmark
    public void runLimited() {
        limited.run("import laptops.yaml", () -> {});
    }

    /** Ended wherever it ends. */
    @Benchmark
    public void startWork() {
        metrics.startWork("upload 42").succeed();
    }

    @Benchmark
    public void startWorkLimited() {
        limited.startWork("upload 42").succeed();
    }
}
