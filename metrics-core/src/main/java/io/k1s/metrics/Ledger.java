package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The striped counters of one component: per stripe the starts, the ends by outcome, and the trip word. Every counter
 * only grows; what is in flight is a difference, so nothing is ever decremented and nothing can go negative.
 *
 * <p>All accesses are {@code volatile}: the admission protocol of {@link StripedGate} is Dekker's and needs store-load
 * order on both sides, which the Java memory model gives to volatile accesses alone (they are totally ordered, JLS
 * 17.4.4). Each operation is wait-free.
 */
final class Ledger {
    /** Trip values: anything positive is the first start that takes the slow path. */
    static final long NEVER = Long.MAX_VALUE;

    static final long CLOSED = -1;
    static final long SEALED = -2;

    /* Words of a stripe. The stride of 16 longs keeps two stripes at least 128 bytes apart, which is what the adjacent
     * line prefetcher asks for; one stride of padding stands in front of the first stripe and one behind the last. */
    private static final int STARTS = 0;
    private static final int TRIP = 1;
    private static final int SUCCEEDED = 2;
    private static final int FAILED = 3;
    private static final int CANCELLED = 4;
    private static final int UNDONE = 5;
    private static final int REFUSED = 6;
    private static final int STRIDE = 16;

    private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] cells;
    private final int stripes;

    Ledger(int stripes, long firstTrip) {
        this.stripes = stripes;
        this.cells = new long[(stripes + 2) * STRIDE];
        for (int i = 0; i < stripes; i++) {
            cells[cell(i, TRIP)] = firstTrip;
        }
    }

    /** The number of stripes, a power of two: twice the cores, so that two busy threads rarely share one. */
    static int defaultStripes() {
        int wanted = Math.min(64, 2 * Runtime.getRuntime().availableProcessors());
        return Math.max(4, Integer.highestOneBit(wanted - 1) << 1);
    }

    int stripes() {
        return stripes;
    }

    /** A hint, never more: threads may share a stripe, and {@code getId} can be overridden on 17. */
    int stripeOfCurrentThread() {
        return (int) Thread.currentThread().getId() & (stripes - 1);
    }

    /** Counts a start and returns its number on this stripe, from 1. */
    long start(int stripe) {
        return increment(stripe, STARTS) + 1;
    }

    /** Counts the start as ended without having been admitted. */
    void undo(int stripe) {
        increment(stripe, UNDONE);
    }

    /** Counts a rejection that had no start. */
    void refuse(int stripe) {
        increment(stripe, REFUSED);
    }

    void end(int stripe, Outcome outcome) {
        increment(stripe, wordOf(outcome));
    }

    long trip(int stripe) {
        return (long) CELLS.getVolatile(cells, cell(stripe, TRIP));
    }

    boolean casTrip(int stripe, long expected, long next) {
        return CELLS.compareAndSet(cells, cell(stripe, TRIP), expected, next);
    }

    /** Lowers every trip that is above the value. Any number of threads may; a gate that is closed further stays so. */
    void tripAll(long value) {
        for (int i = 0; i < stripes; i++) {
            long trip;
            do {
                trip = trip(i);
            } while (trip > value && !casTrip(i, trip, value));
        }
    }

    long starts() {
        return sum(STARTS);
    }

    /** Everything that leaves the set of works in flight: the outcomes and the undone starts. */
    long ends() {
        return ended(Outcome.SUCCEEDED) + ended(Outcome.FAILED) + ended(Outcome.CANCELLED) + undone();
    }

    long ended(Outcome outcome) {
        return sum(wordOf(outcome));
    }

    long undone() {
        return sum(UNDONE);
    }

    long refused() {
        return sum(REFUSED);
    }

    private long sum(int word) {
        long sum = 0;
        for (int i = 0; i < stripes; i++) {
            sum += (long) CELLS.getVolatile(cells, cell(i, word));
        }
        return sum;
    }

    private long increment(int stripe, int word) {
        return (long) CELLS.getAndAdd(cells, cell(stripe, word), 1L);
    }

    private static int wordOf(Outcome outcome) {
        return switch (outcome) {
            case SUCCEEDED -> SUCCEEDED;
            case FAILED -> FAILED;
            case CANCELLED -> CANCELLED;
        };
    }

    private static int cell(int stripe, int word) {
        return (stripe + 1) * STRIDE + word;
    }
}
