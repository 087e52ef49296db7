package io.k1s.metrics;

/**
 * Which starts of a stripe are samples, and how the time of a sampled start travels to its end: inside the ticket.
 *
 * <p>So nothing is allocated and nothing is shared: an end on another thread, or beside any number of other samples, finds
 * the time of its own start. Stateless.
 */
final class Sampling {
    /** Every start up to this one is a sample: what runs rarely is seen too. */
    static final long EACH_UP_TO = 64;

    /*
     * Then the next sample is 769 to 1,024 starts away, spread evenly by a hash of the start number: with a fixed step a
     * thread that alternates between two operations would have one of them sampled for ever. Each stands for the mean.
     */
    private static final long LONGEST_STEP = 1024;
    private static final int SPREAD_BITS = 8;
    private static final long MEAN_STEP = LONGEST_STEP - (1L << SPREAD_BITS) / 2;
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    /*
     * What a sample adds to a ticket (see Gate for the low bits):
     *
     *   63 zero | 62..11 nanoTime modulo 2^52 | 10 one of the first | 9 timed
     *
     * A difference is right up to 2^52 ns, which is 52 days.
     */
    private static final long TIMED = 1L << 9;
    private static final long FIRST = 1L << 10;
    private static final int TIME_SHIFT = 11;
    private static final long TIME = (Long.MAX_VALUE >>> TIME_SHIFT) << TIME_SHIFT;

    private Sampling() {}

    /** The number of the sample after this one. */
    static long after(long start) {
        long step = start < EACH_UP_TO ? 1 : LONGEST_STEP - spread(start);
        // Past the greatest number there is nothing to wait for; a negative trip would close the gate.
        return start + step < 0 ? Ledger.NEVER : start + step;
    }

    /** Twice multiplied: once is a regular grid, on which a walk of such steps does not have their mean. */
    private static long spread(long start) {
        long mixed = start * GOLDEN;
        return ((mixed ^ (mixed >>> 32)) * GOLDEN) >>> (Long.SIZE - SPREAD_BITS);
    }

    /** The bits by which the ticket of this start carries the present time. */
    static long stamp(long start) {
        return TIMED | (start <= EACH_UP_TO ? FIRST : 0) | ((System.nanoTime() << TIME_SHIFT) & TIME);
    }

    static boolean isTimed(long ticket) {
        return (ticket & TIMED) != 0;
    }

    /** The time since the start of a timed ticket. */
    static long nanos(long ticket) {
        return (((System.nanoTime() << TIME_SHIFT) - (ticket & TIME)) & TIME) >>> TIME_SHIFT;
    }

    /** How many starts a timed ticket stands for. */
    static long weight(long ticket) {
        return (ticket & FIRST) != 0 ? 1 : MEAN_STEP;
    }
}
