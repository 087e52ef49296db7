package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A limit that is lent to the stripes: what one does not use is recalled by another. Never more in flight than the limit, never a
 * rejection below it.
 */
final class Limit {
    private Limit() {}

    /** A start that the recall has met is admitted under the lock. Results: admitted; taken back. */
    @JCStressTest
    @Outcome(
            id = "1, 0",
            expect = ACCEPTABLE,
            desc = "the start was counted when the recall looked, and was left its place")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "taken back before the start was counted, which met the recall")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "admitted by the trip, and missed by the recall: over the limit")
    @Outcome(
            id = "0, 0",
            expect = FORBIDDEN,
            desc = "refused by the trip, and met by the recall: rejected below the limit")
    @State
    public static class Model extends SeparateLines {
        private int met;

        @Actor
        public void begin(II_Result r) {
            words.set(WORK, 1);
            r.r1 = words.get(GATE) == 0 ? 1 : met();
        }

        @Actor
        public synchronized void recall(II_Result r) {
            words.set(GATE, 1);
            met = words.get(WORK);
            r.r2 = 1 - met;
        }

        private synchronized int met() {
            return met;
        }
    }

    /** A thread that has room below its trip, against one that recalls it. Results: how many starts of each were admitted. */
    @JCStressTest
    @Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "in the counters when the recall read them, or lent what was left between the other's two starts")
    @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "recalled before the start, which found nothing left")
    @Outcome(
            id = "1, 2",
            expect = FORBIDDEN,
            desc = "more than the limit: admitted by the trip, and missed by the recall")
    @Outcome(expect = FORBIDDEN, desc = "rejected below the limit: refused by the trip, and met by the recall")
    @State
    public static class BeginAgainstRecall extends Lent {
        @Actor
        public void begin(II_Result r) {
            r.r1 = gate.beginOwned(lender) >= 0 ? 1 : 0;
        }

        @Actor
        public void recall(II_Result r) {
            r.r2 = (gate.beginOwned(other) >= 0 ? 1 : 0) + (gate.beginOwned(other) >= 0 ? 1 : 0);
        }
    }

    /** The shipped stripe, recalled without a heavy fence. Results: admitted by the trip; taken back. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "at least one of them saw what the other had stored")
    @Outcome(
            id = "1, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the trip was read and the start still in the store buffer when it was taken back: over the limit")
    @State
    public static class WeakRecallNoHeavyFence {
        private final Stripe stripe = new Stripe(0, false, 2);

        @Actor
        public void begin(II_Result r) {
            r.r1 = stripe.count() < stripe.tripOfEnd() ? 1 : 0;
        }

        @Actor
        public void recall(II_Result r) {
            stripe.trip(Stripe.RECALLED);
            r.r2 = stripe.starts() - stripe.ends() == 0 ? 1 : 0;
        }
    }

    /** A trip that is raised only from the value that was read. */
    @JCStressTest
    @Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "recalled after it was raised, or the raise met the recall and failed")
    @Outcome(expect = FORBIDDEN, desc = "raised over the recall: the stripe goes on with what it no longer has")
    @State
    public static class RefreshModel {
        private final AtomicInteger trip = new AtomicInteger(2);

        @Actor
        public void begin() {
            int read = trip.get();
            if (read > 0) {
                trip.compareAndSet(read, read + 1);
            }
        }

        @Actor
        public void recall() {
            trip.set(0);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = trip.get();
        }
    }

    /** The last of the limit is with a stripe whose work has ended: its owner raises its trip while another recalls. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the owner was faster, or was taken for admitted")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "recalled first")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "more than the limit: the recall missed the start")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "rejected below the limit: each took the other for admitted")
    @State
    public static class RefreshAgainstRecall {
        private final StripedGate gate = Stripes.limited(1);
        private final Stripe lender = Stripes.owned(gate, 0);
        private final Stripe other = gate.ledger.claim(1, Thread.currentThread());

        @Actor
        public void begin(II_Result r) {
            r.r1 = gate.beginOwned(lender) >= 0 ? 1 : 0;
        }

        @Actor
        public void recall(II_Result r) {
            r.r2 = gate.beginOwned(other) >= 0 ? 1 : 0;
        }
    }

    /**
     * The whole limit of two is with a stripe whose works have ended: its owner raises its trip, for two more, while another
     * recalls one. Results: how many were admitted.
     */
    @JCStressTest
    @Outcome(
            id = "2, 0",
            expect = ACCEPTABLE,
            desc = "the owner took both before the recall, or was taken for admitted")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "recalled before the owner's second")
    @Outcome(id = "2, 1", expect = FORBIDDEN, desc = "more than the limit: the trip was raised over the recall")
    @Outcome(expect = FORBIDDEN, desc = "rejected below the limit: each took the other for admitted")
    @State
    public static class RefreshForTwoAgainstRecall {
        private final StripedGate gate = Stripes.limited(2);
        private final Stripe lender = Stripes.owned(gate, 0);
        private final Stripe other = gate.ledger.claim(1, Thread.currentThread());

        public RefreshForTwoAgainstRecall() {
            gate.beginOwned(lender);
            gate.beginOwned(lender);
            gate.end(lender, true, io.k1s.metrics.Outcome.SUCCEEDED);
            gate.end(lender, true, io.k1s.metrics.Outcome.SUCCEEDED);
        }

        @Actor
        public void begin(II_Result r) {
            r.r1 = (gate.beginOwned(lender) >= 0 ? 1 : 0) + (gate.beginOwned(lender) >= 0 ? 1 : 0);
        }

        @Actor
        public void recall(II_Result r) {
            r.r2 = gate.beginOwned(other) >= 0 ? 1 : 0;
        }
    }

    /** A trip that is raised without looking whether it is still the one that was read. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "recalled after it was raised")
    @Outcome(
            id = "1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "recalled between the read and the write: the stripe goes on with what it no longer has")
    @State
    public static class WeakRefreshOverwrites {
        private final Stripe stripe = new Stripe(0, false, 2);

        @Actor
        public void begin() {
            long trip = stripe.trip();
            if (trip > Stripe.RECALLED) {
                stripe.trip(trip + 1);
            }
        }

        @Actor
        public void recall() {
            stripe.trip(Stripe.RECALLED);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = stripe.trip() == Stripe.RECALLED ? 0 : 1;
        }
    }

    /** A shared stripe holds what it may admit as starts that are taken, or taken back. Results: how many were admitted. */
    @JCStressTest
    @Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "taken before the recall, or lent what was left between the other's two starts")
    @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "taken back first, and nothing left")
    @Outcome(id = "1, 2", expect = FORBIDDEN, desc = "more than the limit: taken and taken back")
    @Outcome(expect = FORBIDDEN, desc = "rejected below the limit: neither taken nor taken back")
    @State
    public static class SharedAgainstRecall {
        private final StripedGate gate = Stripes.shared(Stripes.limited(9));
        private final Stripe other = gate.ledger.at(0);

        public SharedAgainstRecall() {
            for (int i = 0; i < 7; i++) {
                gate.beginOwned(other);
            }
        }

        @Actor
        public void begin(II_Result r) {
            r.r1 = gate.begin() >= 0 ? 1 : 0;
        }

        @Actor
        public void recall(II_Result r) {
            r.r2 = (gate.beginOwned(other) >= 0 ? 1 : 0) + (gate.beginOwned(other) >= 0 ? 1 : 0);
        }
    }

    /**
     * The limit is one, and a stripe has it. Its owner's next start is refused, or not, while somebody else ends its work and then
     * begins on another stripe.
     */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them began after the end, and was admitted")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "more than the limit: each took the place that the end had left")
    @Outcome(
            id = "0, 0",
            expect = FORBIDDEN,
            desc = "the recall met a start that was refused and not undone yet: rejected below the limit")
    @State
    public static class UndoAgainstRecall {
        private final StripedGate gate = Stripes.limited(1);
        private final Stripe lender = Stripes.owned(gate, 0);
        private final Stripe other = gate.ledger.claim(1, Thread.currentThread());

        public UndoAgainstRecall() {
            gate.beginOwned(lender);
        }

        @Actor
        public void owner(II_Result r) {
            r.r1 = gate.beginOwned(lender) >= 0 ? 1 : 0;
        }

        @Actor
        public void endThenBegin(II_Result r) {
            gate.end(lender, false, io.k1s.metrics.Outcome.SUCCEEDED);
            r.r2 = gate.beginOwned(other) >= 0 ? 1 : 0;
        }
    }

    /** Who waits says so before it looks, and who ends counts before it asks. Result: who waits is woken, or needs not be. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the look saw the end, or the end saw that somebody waits")
    @Outcome(expect = FORBIDDEN, desc = "each read before the other had written: nobody wakes who waits")
    @State
    public static class WaitModel extends WriteThenRead {
        @Actor
        public void end() {
            writeWorkThenReadGate();
        }

        @Actor
        public void await() {
            writeGateThenReadWork();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = oneSawTheOther();
        }
    }

    /** The limit is one and a work has it. Results: whoever waited got in; nobody is left in line. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the look saw the end, or the end saw that somebody waits")
    @Outcome(expect = FORBIDDEN, desc = "the end read a trip that nobody waits for, and the look a work in flight")
    @State
    public static class WaitAgainstEnd extends Taken {
        @Actor
        public void end() {
            if (gate.end(owner, true, io.k1s.metrics.Outcome.SUCCEEDED)) {
                gate.wake();
            }
        }

        @Actor
        public void await(II_Result r) {
            r.r1 = Limit.await(gate) >= 0 ? 1 : 0;
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = gate.isAnyoneWaiting() ? 0 : 1;
        }
    }

    /** The same with one word. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the look saw the end, or the end saw that somebody waits")
    @Outcome(expect = FORBIDDEN, desc = "the end read a word that nobody waits for, and the look a work in flight")
    @State
    public static class CountedWaitAgainstEnd {
        private final CountedGate gate = Stripes.counted(1);
        private final long ticket = gate.begin();

        @Actor
        public void end() {
            if (gate.end(ticket, io.k1s.metrics.Outcome.SUCCEEDED)) {
                gate.wake();
            }
        }

        @Actor
        public void await(II_Result r) {
            r.r1 = Limit.await(gate) >= 0 ? 1 : 0;
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = gate.isAnyoneWaiting() ? 0 : 1;
        }
    }

    /** A waiter that looks, and then has the ends told that it waits. Result: who waits is woken, or needs not be. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the look saw the end, or the end saw that somebody waits")
    @Outcome(
            id = "0, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "ended between the look and the trip that says that somebody waits: nobody wakes it")
    @State
    public static class WeakLookThenDivert extends Taken {
        private boolean told;

        @Actor
        public void end() {
            told = gate.end(owner, true, io.k1s.metrics.Outcome.SUCCEEDED);
        }

        @Actor
        public void await(II_Result r) {
            r.r1 = owner.starts() == owner.ends() ? 1 : 0;
            gate.lock.lock();
            gate.divert();
            gate.lock.unlock();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = r.r1 == 1 || told ? 1 : 0;
            r.r2 = 1;
        }
    }

    /** Results: how the one who waits was refused; whether the end that comes last looks for quiescence. */
    @JCStressTest
    @Outcome(id = "-1, 1", expect = ACCEPTABLE, desc = "found it closed, or was woken by the close")
    @Outcome(id = "-2, 1", expect = FORBIDDEN, desc = "the close woke nobody: waited in vain")
    @Outcome(id = "-1, 0", expect = FORBIDDEN, desc = "who came to wait opened the trips that the close had set")
    @Outcome(expect = FORBIDDEN, desc = "admitted while the work that has the limit was in flight")
    @State
    public static class WaitAgainstClose extends Taken {
        @Actor
        public void close() {
            gate.close();
        }

        @Actor
        public void await(II_Result r) {
            r.r1 = Limit.await(gate);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = gate.end(owner, true, io.k1s.metrics.Outcome.SUCCEEDED) && gate.isQuiescent() ? 1 : 0;
        }
    }

    /**
     * Returns 0 for a ticket, or the code of the rejection. Who waits looks once more when its time is up, and so finds what it was
     * not woken for: that is no ticket here.
     */
    private static int await(Gate gate) {
        long before = System.nanoTime();
        long ticket = gate.awaitRoom(Stripes.PATIENCE_NANOS);
        boolean woken = System.nanoTime() - before < Stripes.PATIENCE_NANOS;
        return woken ? (int) Math.min(0, ticket) : (int) Gate.REJECTED_LIMIT;
    }

    /** A limit of nine: a stripe that was lent two and uses none, and another that uses the other seven. */
    abstract static class Lent {
        final StripedGate gate = Stripes.limited(9);
        final Stripe lender = Stripes.owned(gate, 0);
        final Stripe other = gate.ledger.claim(1, Thread.currentThread());

        Lent() {
            // So that the next start is one that its trip lets pass.
            gate.beginOwned(lender);
            gate.end(lender, true, io.k1s.metrics.Outcome.SUCCEEDED);
            gate.beginOwned(lender);
            gate.end(lender, true, io.k1s.metrics.Outcome.SUCCEEDED);
            for (int i = 0; i < 7; i++) {
                gate.beginOwned(other);
            }
        }
    }

    /** A limit of one, and the work that has it. */
    abstract static class Taken {
        final StripedGate gate = Stripes.limited(1);
        final Stripe owner = Stripes.owned(gate, 0);

        Taken() {
            gate.beginOwned(owner);
        }
    }
}
