package io.k1s.registry;

import io.k1s.metrics.WorkListener;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How long the latest of the timed works of a component took, and what follows from it for those in flight.
 *
 * <p>Thread-safe. Recording is wait-free and allocates nothing.
 */
final class RecentLatencies implements WorkListener {
    /** Enough for a guess; what is older belongs to another load. A power of two. */
    private static final int KEPT = 64;

    private final AtomicInteger recorded = new AtomicInteger();
    /** Nanoseconds as the bits of floats, which take half of a long's memory and keep seven digits of any time. */
    private final AtomicIntegerArray nanos = new AtomicIntegerArray(KEPT);

    /** One sample of several stripes stands for as many works as another; the first, which do not, are soon gone. */
    @Override
    public void timed(long took, long weight) {
        // At least 1: a zero says that nothing is there yet.
        nanos.setOpaque(recorded.getAndIncrement() & (KEPT - 1), Float.floatToRawIntBits((float) Math.max(1, took)));
    }

    /**
     * Guesses when works that were started before the gate closed will all have ended.
     *
     * <p>Who is in flight at a random moment has that of its latency L left which the moment did not use up: with probability
     * {@code F(t) = sum(min(L, t)) / sum(L)} it is at most t, since long works are met more often than short ones. Of n works
     * still in flight at the time t0 all have ended at t with the probability {@code ((F(t) - F(t0)) / (1 - F(t0)))^n}. The
     * guess is the t at which that is one half.
     *
     * @param inFlight how many works are in flight, at least 1
     * @param sinceClose the time since the gate closed
     * @return the time left; empty if nothing was timed, or if the works in flight take longer than all that were
     */
    Optional<Duration> timeLeft(long inFlight, Duration sinceClose) {
        long[] sorted = sorted();
        long t0 = sinceClose.toNanos();
        double all = Arrays.stream(sorted).asDoubleStream().sum();
        double passed =
                Arrays.stream(sorted).mapToDouble(each -> Math.min(each, t0)).sum();
        if (passed >= all) {
            return Optional.empty();
        }
        double wanted = passed + (all - passed) * Math.pow(0.5, 1.0 / inFlight);
        // sum(min(L, t)) is straight between two latencies; by so much it grows there with t.
        double reached = 0;
        long at = 0;
        int longer = sorted.length;
        for (long latency : sorted) {
            double next = reached + (double) (latency - at) * longer;
            if (next >= wanted) {
                break;
            }
            reached = next;
            at = latency;
            longer--;
        }
        double end = longer == 0 ? at : at + (wanted - reached) / longer;
        return Optional.of(Duration.ofNanos(Math.max(0, (long) end - t0)));
    }

    /** The longest of them; nothing if nothing was timed. */
    Duration longest() {
        return Duration.ofNanos(Arrays.stream(sorted()).max().orElse(0));
    }

    private long[] sorted() {
        long[] seen = new long[KEPT];
        int count = 0;
        for (int i = 0; i < KEPT; i++) {
            long each = (long) Float.intBitsToFloat(nanos.getOpaque(i));
            if (each > 0) {
                seen[count++] = each;
            }
        }
        long[] sorted = Arrays.copyOf(seen, count);
        Arrays.sort(sorted);
        return sorted;
    }
}
