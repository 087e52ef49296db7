package io.k1s.metrics;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The gate whose stripes share no word, without a limit or with one that is lent to them in portions.
 *
 * <p>Begin and end are wait-free on an owned stripe and lock-free on a shared one, but for the start that runs into its
 * stripe's trip: once for a sample, once when what was lent is used up, and after the close. Closing is linearizable.
 */
final class StripedGate extends Gate {
    /*
     * owned:   begin:  n = ++S ; [store-load order] ; n < trip ? admitted : slow
     *          end:    E++ ; trip < 0 ? full fence, wake, look
     * shared:  begin:  trip > 0 and CAS(trip, trip - 1) ? admitted : slow             (S = starts - trip)
     *          end:    E++ (atomic) ; trip < 0 ? wake, look
     * child:   begin:  ++S (atomic) ; SEALED or parent ended ? undo : admitted
     * close:   lock: trip[*] = CLOSED ; heavy fence ; state = CLOSED or SEALED ; look
     * look:    state > OPEN and { e = sum(E) ; s = sum(S) ; s == e }                        ENDS FIRST
     *
     * The order between an owner's count and its look at the trip is Dekker's: it sees the close, or the close's looks see
     * it. In fenced mode both are atomic operations in the total order of volatile accesses. In asymmetric mode they are an
     * opaque store and an opaque load, and the closer's heavy fence stands between its store of the trip and its looks: a
     * load before that fence has its own thread's store before it too.
     *
     * Nothing is admitted after close() returns: a start that counts itself later sees CLOSED. Nobody is rejected before the
     * close is complete: a rejected start has had the lock, or has seen the state. So admission is linearizable. Roots and
     * children ask one field, so that a close for both is one step: no child is admitted after a root was rejected for it.
     *
     * Quiescence is exact. Let the look read all E before the moment b and all S after it. Counters only grow, so
     * e <= E(b) and S(b) <= s; s == e gives S(b) <= E(b), and an end never precedes its start: at b nothing was in
     * flight. All roots were in S before the state was set; afterwards S grows only by starts that are undone, and by
     * children, which need a live parent: there is none. Starts first, or differences stripe by stripe, would see a false
     * zero when work moves between stripes during the scan.
     *
     * A look can meet a start on its way to rejection, and then has to be repeated. The close empties the owners' slots, so
     * that a thread is on that way at most once: callers that retry cannot hold up the drain.
     *
     * No wake-up is lost. Consider the last of: the close's look, the ends, the undos. Each is followed by a look of the
     * same thread unless it saw an open trip, and then the look of the close comes later and sees it. In fenced mode alone an
     * owner's end is not ordered before its look at the trip, and both can miss: whoever waits looks again after a while.
     *
     * Happens-before. A look that finds s == e has read every E that was written; an end's E is a release store, or an atomic
     * one, after the work's effects: they happen before quiescence.
     *
     * A child is admitted if it finds its parent live after it has counted. A parent turns ended before it counts its end, so
     * a look that has this end in e sees the child's start in s.
     *
     * The limit. Every stripe has an allowance A, and admits a start while n <= ends + A: it can raise its trip itself, as its
     * works end. The sum of the allowances and of what is available is the limit, so no more is ever in flight. When nothing is
     * available, what lies idle is recalled: all trips are set to RECALLED, then a heavy fence, then ALL S, THEN all ends: what
     * is in flight by these, as far as it is within A, stays the stripe's allowance, and is admitted if it was not yet. It was
     * in flight at the moment between the two (S by S with its ends, or ends first, would add up what never was at once),
     * and so was the own stripe's, which is looked at again afterwards. So if no room is left, the limit was reached at that
     * moment, and a rejection is right. A stripe whose trip is still RECALLED has admitted nothing since the last recall
     * without the lock, and needs no fence; and since recalls leave that value, no owner's compare-and-set can mistake a later
     * trip for the one it read. A shared stripe holds what it may still admit in its trip, from where it is taken back in one
     * step.
     *
     * An Error between the count and the ticket is undone, by the owner without the lock. So a recall reads what was undone
     * before the starts: who is undone after that counts as in use, as if it had been admitted. Only a stack that overflows
     * again in the undo itself, on the last free frame, can leak a start: reserved stack is the JDK's own. Such a drain ends at
     * its deadline. On it a lock is taken to the end before the overflow is thrown (JEP 270): what overflows just there keeps the
     * lock, as any lock of the JDK, and no close returns.
     */
    /** One of so many parts of what is available is lent at a time, while there are no more stripes than that. */
    private static final long LEAST_PORTIONS = 8;

    private static final int OPEN = 0;
    /** For roots. */
    private static final int CLOSED = 1;
    /** For children too. */
    private static final int SEALED = 2;

    /** Grows; after all trips and the fence, so that nobody takes a half-closed gate for a quiet one. */
    private volatile int state = OPEN;
    /** What no stripe has; under the lock. */
    private long available;

    StripedGate(long limit, boolean sampling) {
        this(new Ledger(true, sampling), limit);
    }

    StripedGate(Ledger ledger, long limit) {
        super(ledger, limit);
        this.available = limit;
    }

    @Override
    long begin() {
        Stripe stripe = ledger.mine();
        return stripe != null ? beginOwned(stripe) : beginElsewhere();
    }

    /** Likewise, on a stripe that this thread has found to be its own. */
    long beginOwned(Stripe stripe) {
        if (beginFreely(stripe)) {
            return stripe.index;
        }
        try {
            return beginTripped(stripe);
        } catch (Throwable t) {
            // Without a ticket nobody would ever end this start.
            stripe.undo();
            throw t;
        }
    }

    /**
     * Counts a start on a stripe that this thread owns, and admits it if the trip lets it through. Otherwise
     * {@link #beginTripped} must follow, and an undo if that throws. Reads nothing of the gate.
     */
    static boolean beginFreely(Stripe stripe) {
        long start = stripe.start();
        try {
            return start < stripe.tripOfStart();
        } catch (Throwable t) {
            stripe.undo();
            throw t;
        }
    }

    /**
     * Admits a start that has run into the trip, without the lock if it is for a sample, or for works of this stripe that have
     * ended. Returns what {@link #begin} does, and has undone the start then if it is not admitted; if it throws, it has not.
     *
     * <p>One method, because the compiler judges by its size and by how rarely it is called whether to put it in the middle of
     * every operation; a short one in between, it takes in anyway, and then judges what that calls by the short one's calls.
     */
    long beginTripped(Stripe stripe) {
        long start = stripe.lastStart();
        long trip = stripe.trip();
        long room = room(stripe);
        if (trip > Stripe.RECALLED && start < room) {
            long stamp = start < stripe.nextSample ? 0 : sample(stripe, start);
            if (stripe.casTrip(trip, Math.min(room, stripe.nextSample))) {
                return stripe.index | stamp;
            }
            // Recalled or closed meanwhile.
        }
        long ticket = passLocked(stripe, start);
        if (ticket == REJECTED_CLOSED) {
            stripe.undo();
        }
        return ticket;
    }

    private long passLocked(Stripe stripe, long start) {
        lock.lock();
        try {
            return admit(stripe, start, false);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock: admits a start of an owned stripe that is counted but not admitted. */
    private long admit(Stripe stripe, long start, boolean queued) {
        // What a recall has taken for admitted is, even after a close: another start may have been rejected for it.
        boolean decided = start <= stripe.decided;
        if (isShut() && !decided) {
            return REJECTED_CLOSED;
        }
        if (!decided && ((isAnyoneWaiting() && !queued) || !hasRoom(stripe, start))) {
            // Before the lock is free: no recall is to take it for a work.
            stripe.undo();
            return REJECTED_LIMIT;
        }
        long stamp = start < stripe.nextSample ? 0 : sample(stripe, start);
        if (!isShut()) {
            stripe.trip(isAnyoneWaiting() ? Stripe.WAITED_FOR : Math.min(room(stripe), stripe.nextSample));
        }
        return stripe.index | stamp;
    }

    /** The first start that the stripe's allowance does not admit. */
    private long room(Stripe stripe) {
        if (limit == OneWordGate.UNLIMITED) {
            return Stripe.NEVER;
        }
        long room = stripe.ends() + stripe.allowance + 1;
        // Past the greatest number the limit no longer holds for this thread; a negative trip would close the gate.
        return room < 0 ? Stripe.NEVER : room;
    }

    /** Under the lock: whether the start is within the limit, with what the others do not use if need be. */
    private boolean hasRoom(Stripe stripe, long start) {
        if (start < room(stripe) || borrow(stripe)) {
            return true;
        }
        recall(stripe);
        return start < room(stripe) || borrow(stripe);
    }

    /**
     * Lends the stripe a portion of what is available: none if there is nothing. The more stripes there are the less it is, so
     * that after a recall something is left for each. Portions of one size would be used up by some of many threads that come
     * in turn, and the next would recall them, again and again.
     */
    private boolean borrow(Stripe stripe) {
        long portion = Math.min(available, available / Math.max(LEAST_PORTIONS, ledger.made()) + 1);
        available -= portion;
        stripe.allowance += portion;
        return portion > 0;
    }

    /** Takes back from the other stripes what they do not use. */
    private void recall(Stripe except) {
        boolean fenced = true;
        for (int i = 0; i < ledger.stripes(); i++) {
            Stripe stripe = borrower(i, except);
            if (stripe != null) {
                fenced &= stop(stripe);
            }
        }
        if (!fenced) {
            Fence.heavy();
        }
        // All starts, then all ends: what is found in use was so at the moment in between.
        for (int i = 0; i < ledger.stripes(); i++) {
            Stripe stripe = borrower(i, except);
            if (stripe != null) {
                stripe.undoneBefore = stripe.undone();
                stripe.decided = stripe.starts();
            }
        }
        for (int i = 0; i < ledger.stripes(); i++) {
            Stripe stripe = borrower(i, except);
            if (stripe != null) {
                // An Error undoes its start without the lock: one that is undone now may not be among those starts.
                long ends = stripe.outcomes() + stripe.undoneBefore;
                // A start beyond the allowance is not admitted yet.
                long used = Math.min(stripe.decided - ends, stripe.allowance);
                stripe.decided = ends + used;
                available += stripe.allowance - used;
                stripe.allowance = used;
            }
        }
    }

    private @Nullable Stripe borrower(int index, Stripe except) {
        Stripe stripe = ledger.isOfChildren(index) ? Stripe.NONE : ledger.at(index);
        return stripe == Stripe.NONE || stripe == except ? null : stripe;
    }

    /** Sends the next start to the lock. Returns whether all that were admitted without it are in the counters for sure. */
    private static boolean stop(Stripe stripe) {
        if (stripe.trip() <= Stripe.RECALLED) {
            return true;
        }
        if (stripe.isLending()) {
            stripe.withdraw(Stripe.RECALLED);
            return true;
        }
        stripe.trip(Stripe.RECALLED);
        return false;
    }

    /** By a thread that owns no stripe, or not yet. */
    private long beginElsewhere() {
        if (isShut()) {
            return REJECTED_CLOSED;
        }
        Stripe own = ledger.isClaimable() ? ledger.claim() : null;
        if (own != null) {
            return beginOwned(own);
        }
        for (int n = 0; ; n++) {
            Stripe stripe = ledger.shared(n);
            long lent = stripe.trip();
            if (lent <= 0) {
                own = ledger.claim();
                return own != null ? beginOwned(own) : beginSharedLocked(stripe);
            }
            if (stripe.casTrip(lent, lent - 1)) {
                return stripe.index;
            }
            // Somebody else is here just now; the next stripe is as good.
        }
    }

    private long beginSharedLocked(Stripe stripe) {
        lock.lock();
        try {
            return admitShared(stripe, false);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock: admits a start on a shared stripe, and lends what it may admit until the next sample. */
    private long admitShared(Stripe stripe, boolean queued) {
        if (isShut()) {
            return REJECTED_CLOSED;
        }
        if (isAnyoneWaiting() && !queued) {
            return REJECTED_LIMIT;
        }
        // Somebody may have borrowed for it meanwhile. Nothing is lent while the rest runs, and so nothing begins here.
        stripe.withdraw(isAnyoneWaiting() ? Stripe.WAITED_FOR : Stripe.RECALLED);
        long start = stripe.starts() + 1;
        if (!hasRoom(stripe, start)) {
            return REJECTED_LIMIT;
        }
        stripe.grant(1);
        long stamp;
        try {
            stamp = start < stripe.nextSample ? 0 : sample(stripe, start);
        } catch (Throwable t) {
            stripe.undo();
            throw t;
        }
        if (!isAnyoneWaiting()) {
            long lent = Math.max(0, Math.min(room(stripe), stripe.nextSample) - start - 1);
            stripe.grant(lent);
            stripe.trip(lent);
        }
        return stripe.index | stamp;
    }

    @Override
    long beginQueued() {
        Stripe own = ledger.mine();
        if (own == null) {
            own = ledger.claim();
        }
        if (own == null) {
            return admitShared(ledger.shared(0), true);
        }
        // Not closed: a closed gate leaves nobody a stripe.
        long start = own.start();
        try {
            return admit(own, start, true);
        } catch (Throwable t) {
            own.undo();
            throw t;
        }
    }

    @Override
    long beginChild(Work parent) {
        long rejection = childRejection(parent);
        if (rejection != 0) {
            return rejection;
        }
        Stripe stripe = ledger.ofChildren(stripeOf(parent.ticket));
        stripe.startShared();
        // Again, now that a look can see the start: meanwhile the parent can have ended, and the last look
        // have passed.
        try {
            rejection = childRejection(parent);
        } catch (Throwable t) {
            stripe.undo();
            throw t;
        }
        if (rejection != 0) {
            stripe.undo();
            return rejection;
        }
        return stripe.index;
    }

    private long childRejection(Work parent) {
        return state == SEALED ? REJECTED_CLOSED : parent.isEnded() ? REJECTED_PARENT_ENDED : 0;
    }

    @Override
    boolean end(Stripe stripe, boolean mine, Outcome outcome) {
        return countEnd(stripe, mine, outcome);
    }

    /** What {@link #end} does; the stripe knows all of it. */
    static boolean countEnd(Stripe stripe, boolean mine, Outcome outcome) {
        if (mine) {
            stripe.end(outcome);
        } else {
            stripe.endElsewhere(outcome);
        }
        try {
            if ((mine ? stripe.tripOfEnd() : stripe.trip()) >= 0) {
                return false;
            }
            // The look that follows must not pass the end.
            VarHandle.fullFence();
            return true;
        } catch (Throwable t) {
            // Counted all the same, which only a normal return says; a look too many does no harm.
            return true;
        }
    }

    @Override
    void close() {
        shut(CLOSED);
    }

    @Override
    void seal() {
        shut(SEALED);
    }

    private void shut(int target) {
        lock.lock();
        try {
            if (state == OPEN) {
                divert(Stripe.CLOSED);
                ledger.freeze();
                Fence.heavy();
            }
            state = Math.max(state, target);
            wakeAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    void divert() {
        divert(Stripe.WAITED_FOR);
        Fence.heavy();
    }

    private void divert(long reason) {
        for (int i = 0; i < ledger.stripes(); i++) {
            Stripe stripe = ledger.at(i);
            if (stripe == Stripe.NONE) {
                continue;
            }
            if (stripe.isLending()) {
                stripe.withdraw(reason);
            } else if (reason == Stripe.CLOSED || !ledger.isOfChildren(i)) {
                stripe.trip(reason);
            }
        }
    }

    @Override
    void restore() {
        for (int i = 0; i < ledger.stripes(); i++) {
            Stripe stripe = ledger.at(i);
            if (stripe.trip() == Stripe.WAITED_FOR) {
                stripe.trip(Stripe.RECALLED);
            }
        }
    }

    @Override
    boolean isQuiescent() {
        if (!isShut()) {
            return false;
        }
        long ends = ledger.ends();
        return ledger.starts() == ends;
    }

    @Override
    boolean isShut() {
        return state != OPEN;
    }

    @Override
    boolean canMissAnEnd() {
        return !Fence.ASYMMETRIC;
    }

    @Override
    void observePeak() {
        if (!isShut()) {
            // After the close starts that will be undone are among them.
            peak.raise(ledger.overlapping(rootLimit()));
        }
    }
}
