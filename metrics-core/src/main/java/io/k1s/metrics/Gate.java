package io.k1s.metrics;

/**
 * Admission and its count, as one step. Two kinds: {@link StripedGate}, which shares no word between stripes, and
 * {@link CountedGate}, which has one shared word and in exchange an exact limit and an exact peak.
 *
 * <p>A ticket names the stripe of the start and whether it was a child's, and carries the time of a sampled one. Negative
 * tickets are rejections.
 */
abstract sealed class Gate permits StripedGate, CountedGate {
    static final long REJECTED_CLOSED = -1;
    static final long REJECTED_LIMIT = -2;
    static final long REJECTED_PARENT_ENDED = -3;

    /* A ticket: 63 rejected | 62..9 the sample, see Sampling | 8 child | 7..0 stripe */
    private static final int STRIPE_MASK = (1 << 8) - 1;

    private static final long CHILD_TICKET = 1L << 8;

    final Ledger ledger;
    final Listeners listeners = new Listeners();
    final Peak peak = new Peak();

    Gate(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Admits and counts in one step: returns the ticket, or a negative code. */
    abstract long begin();

    /** Like {@link #begin()} for work inside {@code parent}: admitted as long as the parent is live and not sealed. */
    abstract long beginChild(Work parent);

    /** Records the outcome, then counts the end. Returns true when the caller must look for quiescence. */
    abstract boolean end(long ticket, Outcome outcome);

    /** After the return no root work is admitted. Thread-safe, idempotent. */
    abstract void close();

    /** After the return nothing is admitted. Thread-safe, idempotent. */
    abstract void seal();

    /** Closed, and nothing in flight: final once true. */
    abstract boolean isQuiescent();

    /** Raises an observed peak to what is in flight now. */
    abstract void observePeak();

    /** Returns what the ticket of a sampled start carries: nothing when nobody listens. */
    long sample(long start) {
        return listeners.isEmpty() ? 0 : Sampling.stamp(start);
    }

    static int stripeOf(long ticket) {
        return (int) ticket & STRIPE_MASK;
    }

    static boolean isChild(long ticket) {
        return (ticket & CHILD_TICKET) != 0;
    }

    static long ticket(int stripe, long sample) {
        return stripe | sample;
    }

    static long childTicket(int stripe) {
        return CHILD_TICKET | stripe;
    }
}
