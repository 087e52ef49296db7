package io.k1s.metrics;

import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.HdrHistogram.WriterReaderPhaser;
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
 * What does it cost to enter and leave by other means: designs that were rejected, and what libraries offer?
 *
 * <p>Gates are {@link #phaser}, {@link #semaphore}, {@link #readLock}, {@link #oneWordCas} and {@link #oneWordAdd}.
 * {@link #longAdders} scales but is no gate (its sum is not a moment, so it cannot tell that work has drained),
 * {@link #writerReaderPhaser} neither limits nor refuses. {@link #timer} and {@link #longTaskTimer} only measure.
 * {@link #ownAtomics} is what this machine asks for two atomic operations that nobody disturbs, {@link #empty} what the loop
 * itself costs.
 *
 * <p>{@code mvn -pl jmh -am -DskipTests -Pbenchmarks verify -Dbench=core}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BaselineBenchmark {
    private static final int LIMIT = 1_000;

    private final SixAtomics six = new SixAtomics();
    private final AtomicLong word = new AtomicLong();
    private final LongAdder starts = new LongAdder();
    private final LongAdder ends = new LongAdder();
    private final Phaser phaser = new Phaser(1);
    private final Semaphore semaphore = new Semaphore(LIMIT);
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final WriterReaderPhaser writers = new WriterReaderPhaser();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Timer timer = meters.timer("timer");
    private final LongTaskTimer longTaskTimer =
            LongTaskTimer.builder("longTaskTimer").register(meters);

    @Benchmark
    public long sixAtomics() {
        long id = six.begin();
        six.end(true);
        return id;
    }

    /** Bit 63 closed, below it the count in flight; compare-and-set, so that a limit could be exact. */
    @Benchmark
    public void oneWordCas() {
        long count;
        do {
            count = word.get();
            refuse(count < 0 || count >= LIMIT);
        } while (!word.compareAndSet(count, count + 1));
        word.getAndDecrement();
    }

    /** The same by addition, which cannot have an exact limit. */
    @Benchmark
    public void oneWordAdd() {
        refuse(word.getAndIncrement() < 0);
        word.getAndDecrement();
    }

    @Benchmark
    public void longAdders() {
        starts.increment();
        ends.increment();
    }

    @Benchmark
    public void phaser() {
        refuse(phaser.register() < 0);
        phaser.arriveAndDeregister();
    }

    @Benchmark
    public void semaphore() {
        refuse(!semaphore.tryAcquire());
        semaphore.release();
    }

    @Benchmark
    public void readLock() {
        refuse(!lock.readLock().tryLock());
        lock.readLock().unlock();
    }

    @Benchmark
    public void writerReaderPhaser() {
        writers.writerCriticalSectionExit(writers.writerCriticalSectionEnter());
    }

    @Benchmark
    public void timer() {
        Timer.start(meters).stop(timer);
    }

    @Benchmark
    public void longTaskTimer() {
        longTaskTimer.start().stop();
    }

    /** Two atomic additions to a cache line that no other thread touches: no gate, but what any with two of them costs. */
    @Benchmark
    public void ownAtomics(OwnLine own) {
        own.words.getAndIncrement(OwnLine.MIDDLE);
        own.words.getAndIncrement(OwnLine.MIDDLE + 1);
    }

    /** Words of one thread, far from everybody else's. */
    @State(Scope.Thread)
    public static class OwnLine {
        static final int MIDDLE = 32;
        final AtomicLongArray words = new AtomicLongArray(2 * MIDDLE);
    }

    @Benchmark
    public void empty() {}

    private static void refuse(boolean rejected) {
        if (rejected) {
            throw new IllegalStateException("closed, or at the limit");
        }
    }
}
