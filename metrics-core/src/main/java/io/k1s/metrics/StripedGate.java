package io.k1s.metrics;

/**
 * The gate of a component without a limit: threads on different stripes share no line.
 *
 * <p>Begin and end are wait-free but for the rare sampled start. Closing is linearizable: see the argument inside.
 */
final class StripedGate extends Gate {
    /*
     * begin:  trip[i] < 0 ? reject ; S[i]++ ; if S[i] >= trip[i] { slow path: closed ? undo[i]++, reject }
     * reject: if !closed { close } ; look for quiescence
     * end:    E[i]++ ; if trip[i] < 0 { look for quiescence }
     * close:  trip[*] = CLOSED ; closed = true ; look for quiescence
     * look:   closed and { e = sum(E) ; s = sum(S) ; s == e }            ENDS FIRST
     *
     * All of these are volatile accesses, so they stand in one total order that agrees with each thread's program order.
     *
     * Nothing is admitted after close() returns. A begin that reads its trip after close() wrote it is rejected.
     *
     * Admission is linearizable: the gate closes when the last trip does. Whoever is rejected has finished the close on
     * all stripes before it returns; otherwise a begin that comes later, on a stripe that close() has not reached, would
     * be admitted after a rejection.
     *
     * Quiescence is exact. Let the look read all E before the moment b and all S after it. Counters only grow, so
     * e <= E(b) and S(b) <= s; s == e gives S(b) <= E(b), and an end never precedes its start: at b nothing was in
     * flight. All trips were closed before (the flag is set after them), so afterwards S grows only by starts that are
     * undone, and by children, which need a live parent: there is none. Starts first, or differences stripe by stripe,
     * would see a false zero when work moves between stripes during the scan.
     *
     * A look can meet a start on its way to rejection, and then has to be repeated. The first read of the trip leaves at
     * most one such start per thread, the one that raced the close: callers that retry cannot hold up the drain.
     *
     * No wake-up is lost. Consider the last of: the close's look, the ends, the undos. Each is followed by a look of the
     * same thread unless it read trip >= 0, and then close()'s look comes later. That look sees every E and S final.
     *
     * Happens-before. A look that finds s == e has read every E that was written; an end's E++ is a volatile write after
     * the work's effects, so all effects of all admitted work happen before quiescence.
     *
     * A child counts on its parent's stripe and is admitted if it then finds the parent live. A parent turns ended
     * before it counts its E, so a look that has this E in e sees the child's S in s: no false zero.
     *
     * An Error between the count and the ticket is undone. Only a stack that overflows again in the undo itself, on the
     * last free frame, can leak a start: reserved stack is the JDK's own. Such a drain ends at its deadline.
     */
    /** Set after all trips are, so that a look during close() cannot take a half-closed gate for a quiet one. */
    private volatile boolean closed;

    StripedGate(int stripes, boolean sampling) {
        super(new Ledger(stripes, sampling ? 1 : Ledger.NEVER));
    }

    @Override
    long begin() {
        int stripe = ledger.stripeOfCurrentThread();
        if (ledger.trip(stripe) < 0) {
            ledger.refuse(stripe);
            finishClose(stripe);
            return REJECTED_CLOSED;
        }
        long start = ledger.start(stripe);
        long sample;
        try {
            sample = start < ledger.trip(stripe) ? 0 : admitSlowly(stripe, start);
        } catch (Throwable t) {
            // Without a ticket nobody would ever end this start.
            ledger.undo(stripe);
            throw t;
        }
        if (sample >= 0) {
            return ticket(stripe, sample);
        }
        ledger.undo(stripe);
        finishClose(stripe);
        return REJECTED_CLOSED;
    }

    /** Closes the other stripes as far as this one is, on behalf of the thread that has begun to. */
    private void finishClose(int stripe) {
        if (ledger.trip(stripe) == Ledger.SEALED) {
            seal();
        } else {
            close();
        }
    }

    /** Passes a tripped start: rejects after the close, else takes the sample that was due, and returns its bits. */
    private long admitSlowly(int stripe, long start) {
        for (; ; ) {
            long trip = ledger.trip(stripe);
            if (trip < 0) {
                return REJECTED_CLOSED;
            }
            if (start < trip) {
                return 0;
            }
            if (ledger.casTrip(stripe, trip, Sampling.after(start))) {
                observePeak();
                return sample(start);
            }
        }
    }

    @Override
    long beginChild(Work parent) {
        int stripe = stripeOf(parent.ticket);
        long rejection = childRejection(stripe, parent);
        if (rejection != 0) {
            ledger.refuse(stripe);
            return childRejected(stripe, rejection);
        }
        ledger.start(stripe);
        // Again, now that a look can see the start: the parent can have ended, and the last look have passed,
        // meanwhile.
        rejection = childRejection(stripe, parent);
        if (rejection != 0) {
            ledger.undo(stripe);
            return childRejected(stripe, rejection);
        }
        return childTicket(stripe);
    }

    private long childRejected(int stripe, long rejection) {
        if (rejection == REJECTED_CLOSED) {
            finishClose(stripe);
        }
        return rejection;
    }

    private long childRejection(int stripe, Work parent) {
        return ledger.trip(stripe) == Ledger.SEALED ? REJECTED_CLOSED : parent.isEnded() ? REJECTED_PARENT_ENDED : 0;
    }

    @Override
    boolean end(long ticket, Outcome outcome) {
        int stripe = stripeOf(ticket);
        ledger.end(stripe, outcome);
        try {
            return ledger.trip(stripe) < 0;
        } catch (Throwable t) {
            // Counted all the same, which only a normal return says; a look too many does no harm.
            return true;
        }
    }

    @Override
    void close() {
        if (!closed) {
            ledger.tripAll(Ledger.CLOSED);
            closed = true;
        }
    }

    @Override
    void seal() {
        ledger.tripAll(Ledger.SEALED);
        closed = true;
    }

    @Override
    boolean isQuiescent() {
        if (!closed) {
            return false;
        }
        long ends = ledger.ends();
        return ledger.starts() == ends;
    }

    @Override
    void observePeak() {
        // Starts first, then ends: what ended in between makes the result lower, never higher.
        long starts = ledger.starts();
        long seen = starts - ledger.ends();
        if (ledger.trip(0) >= 0) {
            // After the close starts that will be undone are among them.
            peak.raise(seen);
        }
    }
}
