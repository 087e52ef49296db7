package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
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
 * What does it cost to admit, count and end one work, alone and beside a second thread?
 *
 * <p>Baseline: {@link #sixAtomics}, the counters of the document the project started from, taken literally. The other
 * baselines are designs that were considered: {@link #packedWord} decides and counts in one word, {@link #longAdders}
 * scales but is no gate (its sum is not a moment, so it cannot tell that work has drained), {@link #phaser} and
 * {@link #semaphore} are what the JDK has.
 *
 * <p>{@code java -jar jmh/target/benchmarks.jar BeginEnd -t 1 -prof gc}, and {@code -t 2}; both in one go:
 * {@code mvn -pl jmh -am -DskipTests -Pbenchmarks verify}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BeginEndBenchmark {
    private final WorkMetrics striped = WorkMetrics.create("striped");
    private final WorkMetrics counted =
            WorkMetrics.builder("counted").maxConcurrentOps(1_000).build();
    private final WorkMetrics exact =
            WorkMetrics.builder("exact").peakTracking(PeakTracking.EXACT).build();
    private final SixAtomics six = new SixAtomics();
    private final AtomicLong packed = new AtomicLong();
    private final LongAdder starts = new LongAdder();
    private final LongAdder ends = new LongAdder();
    private final Phaser phaser = new Phaser(1);
    private final Semaphore semaphore = new Semaphore(1_000);

    @Benchmark
    public void striped() {
        striped.end(striped.begin(), Outcome.SUCCEEDED);
    }

    @Benchmark
    public void counted() {
        counted.end(counted.begin(), Outcome.SUCCEEDED);
    }

    @Benchmark
    public void exactPeak() {
        exact.end(exact.begin(), Outcome.SUCCEEDED);
    }

    /** A token: an object, listed while it is live. */
    @Benchmark
    public void stripedToken() {
        striped.startWork().succeed();
    }

    @Benchmark
    public long sixAtomics() {
        long id = six.begin();
        six.end(true);
        return id;
    }

    /** Bit 63 closed, below it the count in flight. */
    @Benchmark
    public void packedWord() {
        if (packed.getAndIncrement() < 0) {
            throw new IllegalStateException("closed");
        }
        packed.getAndDecrement();
    }

    @Benchmark
    public void longAdders() {
        starts.increment();
        ends.increment();
    }

    @Benchmark
    public void phaser() {
        phaser.register();
        phaser.arriveAndDeregister();
    }

    @Benchmark
    public void semaphore() {
        if (!semaphore.tryAcquire()) {
            throw new IllegalStateException("limit");
        }
        semaphore.release();
    }

    /** A benchmark that leaked work would have measured something else. */
    @TearDown(Level.Iteration)
    public void nothingIsInFlight() {
        for (WorkMetrics metrics : new WorkMetrics[] {striped, counted, exact}) {
            if (metrics.snapshot().inFlight() != 0) {
                throw new IllegalStateException(metrics.toString());
            }
        }
    }

    /** StartWork and EndWork as that document has them: six adjacent words, its order of updates. */
    private static final class SixAtomics {
        private static final VarHandle TOTAL_STARTED = word("totalStarted");
        private static final VarHandle OPERATIONS = word("operations");
        private static final VarHandle ERRORS = word("errors");
        private static final VarHandle IN_FLIGHT = word("inFlight");
        private static final VarHandle IN_FLIGHT_PEAK = word("inFlightPeak");

        private volatile long totalStarted;
        private volatile long operations;
        private volatile long errors;
        private volatile long inFlight;
        private volatile long inFlightPeak;

        @SuppressWarnings("unused") // the sixth, never updated there either
        private volatile long watchers;

        long begin() {
            long id = (long) TOTAL_STARTED.getAndAdd(this, 1L) + 1;
            long current = (long) IN_FLIGHT.getAndAdd(this, 1L) + 1;
            for (; ; ) {
                long peak = inFlightPeak;
                if (current <= peak || IN_FLIGHT_PEAK.compareAndSet(this, peak, current)) {
                    return id;
                }
            }
        }

        void end(boolean success) {
            long unused = (long) IN_FLIGHT.getAndAdd(this, -1L);
            if (success) {
                unused = (long) OPERATIONS.getAndAdd(this, 1L);
            } else {
                unused = (long) ERRORS.getAndAdd(this, 1L);
            }
        }

        private static VarHandle word(String name) {
            try {
                return MethodHandles.lookup().findVarHandle(SixAtomics.class, name, long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }
}
