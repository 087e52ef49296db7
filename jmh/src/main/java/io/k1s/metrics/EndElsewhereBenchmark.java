package io.k1s.metrics;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLongArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * What does a work cost that ends on another thread than it began on? Each thread begins its own work and ends its
 * neighbour's (alone: that of a thread that only lives), so no queue between them is measured with it. A ticket names no
 * more than where its work began, so a thread holds one of its neighbour's and ends it again and again; the ledger is
 * balanced in the sum.
 *
 * <p>{@code mvn -pl jmh -am -DskipTests -Pbenchmarks verify -Dbench=core}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EndElsewhereBenchmark {

    @State(Scope.Benchmark)
    public static class Shared {
        final WorkMetrics metrics = WorkMetrics.create("elsewhere");
        private final CountDownLatch over = new CountDownLatch(1);
        private AtomicLongArray tickets = new AtomicLongArray(0);
        private CyclicBarrier begun = new CyclicBarrier(1);
        private int threads;

        @Setup(Level.Trial)
        public void begin(BenchmarkParams params) throws Exception {
            threads = params.getThreads();
            tickets = new AtomicLongArray(threads + 1);
            begun = new CyclicBarrier(threads);
            CountDownLatch ready = new CountDownLatch(1);
            Thread other = new Thread(() -> {
                tickets.set(threads, metrics.begin());
                ready.countDown();
                try {
                    over.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            other.setDaemon(true);
            other.start();
            ready.await();
        }

        long ticketOfNeighbour(int thread) throws InterruptedException, BrokenBarrierException, TimeoutException {
            tickets.set(thread, metrics.begin());
            begun.await(10, TimeUnit.SECONDS);
            return tickets.get(threads == 1 ? threads : (thread + 1) % threads);
        }

        /** What is in flight at the end is what each thread has begun to hold a ticket. */
        @TearDown(Level.Trial)
        public void balanced() {
            over.countDown();
            long inFlight = metrics.snapshot().inFlight();
            if (inFlight != threads + 1) {
                throw new IllegalStateException(inFlight + " in flight with " + threads + " threads");
            }
        }
    }

    @State(Scope.Thread)
    public static class Mine {
        long neighbours;

        @Setup(Level.Trial)
        public void exchange(Shared shared, ThreadParams params) throws Exception {
            neighbours = shared.ticketOfNeighbour(params.getThreadIndex());
        }
    }

    @Benchmark
    public long endedElsewhere(Shared shared, Mine mine) {
        long ticket = shared.metrics.begin();
        shared.metrics.end(mine.neighbours, Outcome.SUCCEEDED);
        return ticket;
    }
}
