package io.k1s.metrics;

/**
 * The gate of a component with a limit or an exact peak: one shared word decides, the ledger only counts.
 *
 * <p>The word is entered before the start is counted and left after the outcome is, so at no instant is more in flight by
 * the ledger than the word admits, and a word that is closed and empty has every counter of admitted work final. The word's read-modify-write
 * accesses are volatile and form one order in which admission and close are linearized.
 */
final class CountedGate extends Gate {
    private final OneWordGate word;

    CountedGate(int stripes, long limit) {
        super(new Ledger(stripes, Ledger.NEVER));
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
        try {
            count(stripe, inside);
        } catch (Throwable t) {
            // Without a ticket nobody would ever leave the word. First things first: the stack may be short.
            word.exit(false);
            ledger.refuse(stripe);
            throw t;
        }
        return ticket(stripe);
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

    private void count(int stripe, long inside) {
        peak.raise(inside);
        ledger.start(stripe);
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
