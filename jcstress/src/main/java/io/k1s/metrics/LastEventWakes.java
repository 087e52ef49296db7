package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * No wake-up is lost: whoever comes last looks, and finds everything. After both actors nobody is left to look, so a
 * component that is not quiescent then never becomes it; in fenced mode, where an owner's end can miss the close, the component
 * itself looks later.
 */
final class LastEventWakes {
    private LastEventWakes() {}

    /** Each writes before it looks at what the other writes, so the later of both sees everything. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = ACCEPTABLE,
            desc = "the end looked after the close, or the close after the end")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "the end read an open gate and the close an open work")
    @State
    public static class Model extends WriteThenRead {
        @Actor
        public void end() {
            writeWorkThenReadGate();
        }

        @Actor
        public void close() {
            writeGateThenReadWork();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = oneSawTheOther();
        }
    }

    /** Counts, and undoes that when it finds the gate shut; whoever comes last looks. Results: admitted; found quiet. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = ACCEPTABLE,
            desc = "admitted: the close looked after the start")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "rejected: the close looked before the start or after its undo, or the undo looked last")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = FORBIDDEN,
            desc = "the close met the start, and its undo read an open gate")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = FORBIDDEN,
            desc = "the start read an open gate and the close no start")
    @State
    public static class RejectionModel extends SeparateLines {
        private volatile boolean quiet;

        @Actor
        public void start(II_Result r) {
            words.set(WORK, 1);
            if (words.get(GATE) == 0) {
                r.r1 = 1;
            } else {
                words.set(WORK, 0);
                look();
            }
        }

        @Actor
        public void close() {
            words.set(GATE, 1);
            look();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = quiet ? 1 : 0;
        }

        private void look() {
            if (words.get(GATE) == 1 && words.get(WORK) == 0) {
                quiet = true;
            }
        }
    }

    /**
     * First result: admitted. Second: quiescent in the end. The first start of a thread, which counts before it takes the lock, and
     * the component's own rejection.
     */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "admitted: the close looked after the end, or the end after the close")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "rejected: the close looked before the start or after its undo, or the undo looked last")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the close met the start, and nobody looked after its undo or end")
    @State
    public static class RejectionAgainstScan {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.unlimited());

        @Actor
        public void start(II_Result r) {
            try {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
                r.r1 = 1;
            } catch (WorkRejectedException e) {
                r.r1 = 0;
            }
        }

        @Actor
        public void close() {
            metrics.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = Stripes.isAnnounced(metrics) ? 1 : 0;
        }
    }

    /** The same on a stripe that has been used: counted, and sent to the lock by the trip alone. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "admitted: the close looked after the end, or the end after the close")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "rejected: the close looked before the start or after its undo, or the undo looked last")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the close met the start, and nobody looked after its undo or end")
    @State
    public static class OwnersRejectionAgainstScan {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.owned(gate, 0);
        private final WorkMetrics metrics = Stripes.metrics(gate);

        @Actor
        public void start(II_Result r) {
            // As WorkMetrics does it for a ticket.
            boolean look = true;
            if (gate.beginOwned(stripe) >= 0) {
                r.r1 = 1;
                look = gate.end(stripe, true, Outcome.SUCCEEDED);
            }
            if (look) {
                metrics.tellOfTheEnd();
            }
        }

        @Actor
        public void close() {
            metrics.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = Stripes.isAnnounced(metrics) ? 1 : 0;
        }
    }

    /** The shipped gate, used by someone who does not look after a rejection. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 1", "0, 1"},
            expect = ACCEPTABLE,
            desc = "the close looked after the end or the undo, or before the start, or the end looked after the close")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the close met a start that was undone later, unseen: parked for ever")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = FORBIDDEN,
            desc = "the end read an open trip and the close an open work")
    @State
    public static class WeakSilentRejection {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.owned(gate, 0);
        private volatile boolean quiescent;

        @Actor
        public void start(II_Result r) {
            if (gate.beginOwned(stripe) >= 0) {
                r.r1 = 1;
                if (gate.end(stripe, false, Outcome.SUCCEEDED)) {
                    look();
                }
            }
        }

        @Actor
        public void close() {
            gate.close();
            look();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = quiescent ? 1 : 0;
        }

        private void look() {
            if (gate.isQuiescent()) {
                quiescent = true;
            }
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the later of both looked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "the end read an open gate and the close an open work")
    @State
    public static class EndAgainstClose {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.shared());
        private final long ticket = metrics.begin();

        @Actor
        public void end() {
            metrics.end(ticket, Outcome.SUCCEEDED);
        }

        @Actor
        public void close() {
            metrics.close();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = Stripes.isAnnounced(metrics) ? 1 : 0;
        }
    }

    /** The owner's path: one release store and one opaque load where the close has the heavy fence. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the later of both looked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "the end read an open trip and the close an open work")
    @State
    public static class OwnersEndAgainstClose extends OwnedWork {
        @Actor
        public void end() {
            endByOwner();
        }

        @Actor
        public void close() {
            metrics.close();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = Stripes.isAnnounced(metrics) ? 1 : 0;
        }
    }

    /** The last two ends after the close, one by the owner and one elsewhere. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the later of both looked")
    @org.openjdk.jcstress.annotations.Outcome(id = "0", expect = FORBIDDEN, desc = "each look missed the other's end")
    @State
    public static class OwnersEndAgainstEndElsewhere extends OwnedWork {
        private final long other;

        public OwnersEndAgainstEndElsewhere() {
            other = gate.beginOwned(stripe);
            metrics.close();
        }

        @Actor
        public void owner() {
            endByOwner();
        }

        @Actor
        public void elsewhere() {
            metrics.end(other, Outcome.SUCCEEDED);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = metrics.isQuiescent() ? 1 : 0;
        }
    }

    /** The shipped stripe, with no heavy fence between the close's trip and its look. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the later of both looked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the trip was read and the end still in the store buffer when the close looked: parked for ever")
    @State
    public static class WeakOwnersEndNoHeavyFence {
        private final Stripe stripe = new Stripe(0, false, Stripe.NEVER);
        private boolean seenByEnd;
        private boolean seenByClose;

        public WeakOwnersEndNoHeavyFence() {
            stripe.count();
        }

        @Actor
        public void end() {
            stripe.end(Outcome.SUCCEEDED);
            seenByEnd = stripe.tripOfEnd() < 0;
        }

        @Actor
        public void close() {
            stripe.trip(Stripe.CLOSED);
            seenByClose = stripe.ends() == stripe.starts();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = seenByEnd || seenByClose ? 1 : 0;
        }
    }

    /** What is in flight is the work of a stripe's owner. */
    abstract static class OwnedWork {
        final StripedGate gate = Stripes.unlimited();
        final Stripe stripe = Stripes.owned(gate, 0);
        final WorkMetrics metrics = Stripes.metrics(gate);

        OwnedWork() {
            gate.beginOwned(stripe);
        }

        /** As {@link WorkMetrics#end}, by the owner. */
        final void endByOwner() {
            if (gate.end(stripe, true, Outcome.SUCCEEDED)) {
                metrics.tellOfTheEnd();
            }
        }
    }

    /** An end that looks at the gate before it counts. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the later of both looked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "closed and looked between the end's look and its count")
    @State
    public static class WeakLookThenCount {
        /** A heavy fence takes some us; within the few ns between look and count such a close fits only by preemption. */
        private static final int AS_LONG_AS_A_CLOSE = Fence.ASYMMETRIC ? 500 : 5;

        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.owned(gate, 0);
        private volatile boolean quiescent;

        public WeakLookThenCount() {
            gate.beginOwned(stripe);
        }

        @Actor
        public void end() {
            boolean closed = stripe.trip() < 0;
            for (int i = 0; i < AS_LONG_AS_A_CLOSE; i++) {
                Thread.onSpinWait();
            }
            stripe.end(Outcome.SUCCEEDED);
            if (closed) {
                look();
            }
        }

        @Actor
        public void close() {
            gate.close();
            look();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = quiescent ? 1 : 0;
        }

        private void look() {
            if (gate.isQuiescent()) {
                quiescent = true;
            }
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the later of both looked")
    @org.openjdk.jcstress.annotations.Outcome(id = "0", expect = FORBIDDEN, desc = "each missed the other's end")
    @State
    public static class LastTwoEnds {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.shared());
        private final Work work = metrics.startWork();
        private final Work watch = metrics.startWatch("watch");

        public LastTwoEnds() {
            metrics.close();
        }

        @Actor
        public void work() {
            work.succeed();
        }

        @Actor
        public void watch() {
            watch.succeed();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = Stripes.isAnnounced(metrics) ? 1 : 0;
        }
    }

    /** The stage, and not awaitQuiescence, which looks for itself when its time is up. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = ACCEPTABLE,
            desc = "ended before the wait, or woke it, and the effect was seen")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "announced before the work had ended, whose thread announces it")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "-1",
            expect = FORBIDDEN,
            desc = "ended between the look and the registration to be woken: never woken")
    @State
    public static class EndAgainstAwait {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.shared());
        private final Work work = metrics.startWork();
        private int effect;

        public EndAgainstAwait() {
            metrics.close();
        }

        @Actor
        public void end() {
            effect = 1;
            work.succeed();
        }

        @Actor
        public void await(I_Result r) {
            try {
                metrics.quiescence().toCompletableFuture().get(20, TimeUnit.SECONDS);
                r.r1 = effect;
            } catch (TimeoutException e) {
                r.r1 = -1;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A waiter registers to be woken, and then looks. Result: it is woken, or needs not be. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = ACCEPTABLE,
            desc = "the waiter saw the end, or registered before the end looked for waiters")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "each read before the other had written: parked for ever")
    @State
    public static class ParkModel extends WriteThenRead {
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

    /** A waiter that looks, and registers to be woken when it saw nothing. Result: it is woken, or needs not be. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = ACCEPTABLE,
            desc = "the waiter saw the end, or registered before it")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "ended, and woke nobody, between the waiter's look and its registration")
    @State
    public static class WeakLookThenRegister {
        private volatile boolean ended;
        private volatile boolean registered;
        private volatile boolean woken;

        @Actor
        public void end() {
            ended = true;
            if (registered) {
                woken = true;
            }
        }

        @Actor
        public void await(I_Result r) {
            if (ended) {
                r.r1 = 1;
            } else {
                registered = true;
            }
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = r.r1 == 1 || woken ? 1 : 0;
        }
    }

    /** First result: the works have ended, which is announced apart. Second: so have the watches. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = ACCEPTABLE,
            desc = "the later of end and close announced the works; the watch is open")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = FORBIDDEN,
            desc = "the end read an open gate and the close an open work: the watch is never told")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the later of end and close looked past the open watch: quiescent")
    @State
    public static class WorksUnderAnOpenWatch {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.shared());
        private final long ticket = metrics.begin();
        private final CompletableFuture<?> works = metrics.workQuiescence().toCompletableFuture();

        public WorksUnderAnOpenWatch() {
            metrics.startWatch("watch");
        }

        @Actor
        public void end() {
            metrics.end(ticket, Outcome.SUCCEEDED);
        }

        @Actor
        public void close() {
            metrics.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = works.isDone() ? 1 : 0;
            r.r2 = metrics.isQuiescent() ? 1 : 0;
        }
    }
}
