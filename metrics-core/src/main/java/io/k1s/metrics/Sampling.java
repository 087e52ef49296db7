package io.k1s.metrics;

/**
 * Which starts of a stripe are samples, and how the time of a start travels to its end: inside the ticket.
 *
 * <p>So nothing is allocated and nothing is shared: an end on another thread, or beside any number of other samples, finds
 * the time of its own start. The plan is kept in the stripe, and made by whoever may write it.
 */
final class Sampling {
    /** Every start up to this one is a sample: what runs rarely is seen too. */
    static final long EACH_UP_TO = 64;

    /**
     * Then they are at least so far apart, in time. With an HdrHistogram listening a sample takes some 0.3 us, and 20 until it is
     * compiled.
     */
    static final long NANOS_APART = 2_000_000;

    /*
     * A sample stands for 2^scale starts. The scale rises by one whenever the last two samples were less far apart than they
     * should be, and falls by one when they were four times as far apart. The step to the next is spread evenly over 1 to
     * 2^(scale+1) - 1 by a hash of the start number, so that its mean is 2^scale: with a fixed step a thread that alternates
     * between two operations would have one of them sampled for ever.
     */
    static final int MAX_SCALE = 14;

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    /*
     * What a sample adds to a ticket (see Gate for the low bits), and in part one that had to wait:
     *
     *   63 zero | 62..12 nanoTime modulo 2^51, 0 if it is not known | 11..8 1 + scale, 0 if it is not timed
     *
     * A difference is right up to 2^51 ns, which is 26 days.
     */
    private static final int SCALE_SHIFT = 8;
    private static final long SCALE = 0xFL << SCALE_SHIFT;
    private static final int TIME_SHIFT = 12;
    private static final long TIME = (Long.MAX_VALUE >>> TIME_SHIFT) << TIME_SHIFT;

    private Sampling() {}

    /** Takes this start for a sample and plans the next. Returns the bits by which its ticket carries the present time. */
    static long take(Stripe stripe, long start) {
        long now = System.nanoTime();
        int scale = stripe.sampleScale;
        long apart = now - stripe.sampledAt;
        stripe.sampledAt = now;
        if (start >= EACH_UP_TO) {
            if (apart < NANOS_APART && scale < MAX_SCALE) {
                stripe.sampleScale = scale + 1;
            } else if (apart > NANOS_APART * 4 && scale > 0) {
                stripe.sampleScale = scale - 1;
            }
        }
        stripe.nextSample = after(start, stripe.sampleScale);
        return ((scale + 1L) << SCALE_SHIFT) | ((now << TIME_SHIFT) & TIME);
    }

    /** The number of the sample after this one. */
    static long after(long start, int scale) {
        long next = start + 1 + spread(start, scale);
        // Past the greatest number there is nothing to wait for; a negative trip would close the gate.
        return next < 0 ? Stripe.NEVER : next;
    }

    /**
     * From 0 to 2^(scale+1) - 2, evenly. The number is twice multiplied: once is a regular grid, on which a walk of such steps
     * does not have their mean.
     */
    private static long spread(long start, int scale) {
        long mixed = start * GOLDEN;
        long bits = ((mixed ^ (mixed >>> 32)) * GOLDEN) >>> 33;
        return (bits * ((2L << scale) - 1)) >>> 31;
    }

    /** The ticket with the present time, as of one that is not a sample. */
    static long stamped(long ticket, long now) {
        return (ticket & ~TIME) | ((now << TIME_SHIFT) & TIME);
    }

    /** When the ticket was given, if it says so: at or after {@code earliest}, which is what is returned otherwise. */
    static long givenAt(long ticket, long earliest) {
        long time = ticket & TIME;
        return time == 0 ? earliest : earliest + (((time - (earliest << TIME_SHIFT)) & TIME) >>> TIME_SHIFT);
    }

    static boolean isTimed(long ticket) {
        return (ticket & SCALE) != 0;
    }

    /** The time since the start of a timed ticket. */
    static long nanos(long ticket) {
        return (((System.nanoTime() << TIME_SHIFT) - (ticket & TIME)) & TIME) >>> TIME_SHIFT;
    }

    /** How many starts a timed ticket stands for. */
    static long weight(long ticket) {
        return 1L << (((ticket & SCALE) >>> SCALE_SHIFT) - 1);
    }
}
