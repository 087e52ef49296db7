package io.k1s.metrics;

/**
 * The gate of a component with a limit or an exact peak: one shared word decides, the ledger only counts.
 *
 * <p>A stripe's trip word only paces the samples here. The word is entered before the start is counted and left after the outcome is, so at no instant is more in flight by
 * the ledger than the word admits, and a word that is closed and empty has every counter of admitted work final. The word's read-modify-write
 * accesses are volatile and form one order in which admission and close are linearized.
 */
final class CountedGate extends Gate {
    private final OneWordGate word;

    CountedGate(int stripes, long limit) {
        this(stripes, limit, true);
    }

    CountedGate(int stripes, long limit, boolean sampling) {
        super(new Ledger(stripes, sampling ? 1 : Ledger.NEVER));
        this.word = new OneWordGate(limit);
    }

    @Override
    long begin() {
        int stripe = ledger.stripeOfCurrentThread();
        long inside = word.enter();
        if (inside < 0) {
            ledger.refuse(stripe);
            return inside;
        }
        long start = 0;
        long sample;
        try {
            start = count(stripe, inside);
            sample = start < ledger.trip(stripe) ? 0 : takeSample(stripe, start);
        } catch (Throwable t) {
            // Without a ticket nobody would ever leave the word. First things first: the stack may be short.
            word.exit(false);
            if (start == 0) {
                ledger.refuse(stripe);
            } else {
                ledger.undo(stripe);
            }
            throw t;
        }
        return ticket(stripe, sample);
    }

    /** The trip says only when the next sample is due; of the starts that find it due one takes it. */
    private long takeSample(int stripe, long start) {
        long trip = ledger.trip(stripe);
        return start >= trip && ledger.casTrip(stripe, trip, Sampling.after(start)) ? sample(start) : 0;
    }

    @Override
    long beginChild(Work parent) {
        int stripe = stripeOf(parent.ticket);
        // An ended parent is refused before it can show in the word, and so in the peak of others.
        long inside = parent.isEnded() ? REJECTED_PARENT_ENDED : word.enterChild();
        if (inside < 0) {
            ledger.refuse(stripe);
            return inside;
        }
        // Again, now that the drain can see the child: the parent can have ended, and the word been empty, meanwhile.
        if (parent.isEnded()) {
            word.exit(true);
            ledger.refuse(stripe);
            return REJECTED_PARENT_ENDED;
        }
        try {
            count(stripe, inside);
        } catch (Throwable t) {
            word.exit(true);
            ledger.refuse(stripe);
            throw t;
        }
        return childTicket(stripe);
    }

    private long count(int stripe, long inside) {
        peak.raise(inside);
        return ledger.start(stripe);
    }

    @Override
    boolean end(long ticket, Outcome outcome) {
        ledger.end(stripeOf(ticket), outcome);
        return word.exit(isChild(ticket));
    }

    @Override
    void close() {
        word.close();
    }

    @Override
    void seal() {
        word.seal();
    }

    @Override
    boolean isQuiescent() {
        return word.isQuiescent();
    }

    @Override
    void observePeak() {
        // Every admission has raised it.
    }
}
