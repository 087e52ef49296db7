package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AllocationTest {
    private static final int OPERATIONS = 200_000;

    @ParameterizedTest
    @EnumSource
    void ticketsAllocateNothing(Kind kind) {
        allocatesNothing(kind.create());
    }

    @ParameterizedTest
    @EnumSource
    void timedTicketsAllocateNothing(Kind kind) {
        WorkMetrics metrics = kind.create();
        AtomicLong samples = new AtomicLong();
        metrics.addListener(new WorkListener() {
            @Override
            public void timed(long nanos, long weight) {
                samples.incrementAndGet();
            }
        });
        allocatesNothing(metrics);
        assertThat(samples.get()).isGreaterThan(100);
    }

    private static void allocatesNothing(WorkMetrics metrics) {
        Work parent = metrics.startWork();
        use(metrics, parent);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        threads.getThreadAllocatedBytes(self);
        long least = Long.MAX_VALUE;
        // The least of three: a compilation or the first use of a class can allocate once, the operation cannot.
        for (int i = 0; i < 3; i++) {
            long before = threads.getThreadAllocatedBytes(self);
            use(metrics, parent);
            least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
        }
        assertThat(least / (2.0 * OPERATIONS)).as("bytes per operation").isLessThan(0.01);
        parent.succeed();
        metrics.close();
        Checks.drained(metrics);
    }

    private static void use(WorkMetrics metrics, Work parent) {
        for (int i = 0; i < OPERATIONS; i++) {
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            metrics.end(metrics.beginChild(parent), Outcome.FAILED);
        }
    }
}
