package io.k1s.metrics;

import org.jspecify.annotations.Nullable;

/**
 * The gate of a component with an exact peak, or with a limit that is too small to be lent out: one shared word decides, the
 * ledger only counts.
 *
 * <p>The word is entered before the start is counted and left after the outcome is, so at no instant is more in flight by
 * the ledger than the word admits, and a word that is closed and empty has every counter of admitted work final. The word's
 * read-modify-write accesses are volatile and form one order in which admission and close are linearized; they also order the
 * counters, which an owner therefore writes without a fence. The trip words are not used.
 */
final class CountedGate extends Gate {
    private final OneWordGate word;
    /**
     * What there was no stack to take out of the word, in all. The next look takes it out, or the next start that would be
     * rejected for it. An update that gets lost leaves it in there.
     */
    private volatile long stayed;
    /** How much of that was taken out after all; under the lock. */
    private long takenOut;

    CountedGate(long limit, boolean sampling) {
        this(new Ledger(false, sampling), limit);
    }

    CountedGate(Ledger ledger, long limit) {
        super(ledger, limit);
        this.word = new OneWordGate(limit);
    }

    @Override
    long begin() {
        return begin(false);
    }

    @Override
    long beginQueued() {
        return begin(true);
    }

    /** Enters the word here, and not before the call: that call could be what the stack has no room for. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // as in end
    private long begin(boolean queued) {
        long inside = queued ? word.enterQueued() : word.enter();
        if (inside == REJECTED_LIMIT && stayed != 0) {
            takeOut();
            inside = queued ? word.enterQueued() : word.enter();
        }
        if (inside < 0) {
            return inside;
        }
        Stripe stripe = null;
        try {
            peak.raise(inside);
            Stripe mine = ledger.mine();
            if (mine == null && ledger.isClaimable()) {
                mine = ledger.claim();
            }
            if (mine != null) {
                stripe = mine;
                long start = mine.count();
                return mine.index | (start < mine.nextSample ? 0 : sample(mine, start));
            }
            Stripe shared = ledger.shared(0);
            long start = shared.startShared();
            stripe = shared;
            return shared.index | (start < shared.nextSample ? 0 : sampleShared(shared, start));
        } catch (Throwable t) {
            // Without a ticket nobody would ever leave the word. First things first: the stack may be short.
            try {
                word.exit(false);
            } catch (Throwable again) {
                stayed += OneWordGate.ROOT;
            }
            undo(stripe);
            throw t;
        }
    }

    private static void undo(@Nullable Stripe counted) {
        if (counted != null) {
            counted.undo();
        }
    }

    /** Of the starts that find a sample due, one takes it; while somebody does something else here, the next one may. */
    private long sampleShared(Stripe stripe, long start) {
        if (!lock.tryLock()) {
            return 0;
        }
        try {
            return start < stripe.nextSample ? 0 : sample(stripe, start);
        } finally {
            lock.unlock();
        }
    }

    @Override
    long beginChild(Work parent) {
        // An ended parent is refused before it can show in the word, and so in the peak of others.
        long inside = parent.isEnded() ? REJECTED_PARENT_ENDED : word.enterChild();
        if (inside < 0) {
            return inside;
        }
        // Again, now that the drain can see the child: the parent can have ended, and the word been empty, meanwhile.
        if (parent.isEnded()) {
            word.exit(true);
            return REJECTED_PARENT_ENDED;
        }
        try {
            peak.raise(inside);
            Stripe stripe = ledger.ofChildren(stripeOf(parent.ticket));
            stripe.startShared();
            return stripe.index;
        } catch (Throwable t) {
            word.exit(true);
            throw t;
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // an atomic one is a call, for which there may be no stack
    boolean end(Stripe stripe, boolean mine, Outcome outcome) {
        boolean child = ledger.isOfChildren(stripe.index);
        if (mine) {
            stripe.end(outcome);
        } else {
            stripe.endElsewhere(outcome);
        }
        try {
            return word.exit(child);
        } catch (Throwable t) {
            // The outcome is counted, which only a normal return says; the next look takes the work out of the word.
            stayed += child ? OneWordGate.CHILD : OneWordGate.ROOT;
            return true;
        }
    }

    @Override
    void close() {
        lock.lock();
        try {
            word.close();
            wakeAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    void seal() {
        lock.lock();
        try {
            word.seal();
            wakeAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    void divert() {
        word.divert(true);
    }

    @Override
    void restore() {
        word.divert(false);
    }

    @Override
    boolean isQuiescent() {
        if (stayed != 0) {
            takeOut();
        }
        return word.isQuiescent();
    }

    private void takeOut() {
        lock.lock();
        try {
            long left = stayed - takenOut;
            word.exitAll(left);
            takenOut += left;
            wake();
        } finally {
            lock.unlock();
        }
    }

    @Override
    boolean isShut() {
        return word.isClosed();
    }

    @Override
    boolean canMissAnEnd() {
        return false;
    }

    @Override
    void observePeak() {
        // Every admission has raised it.
    }
}
