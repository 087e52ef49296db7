package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A stripe whose owner has ended, with a work in flight, gets a new owner. */
final class Reclaim {
    private Reclaim() {}

    /** The look and the adoption are one step under the lock. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "the first one under the lock has it")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = FORBIDDEN,
            desc = "both looked before either had taken it")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = FORBIDDEN,
            desc = "each took the other for the owner")
    @State
    public static class Model {
        private boolean owned;

        @Actor
        public void one(II_Result r) {
            r.r1 = adopt();
        }

        @Actor
        public void two(II_Result r) {
            r.r2 = adopt();
        }

        private synchronized int adopt() {
            if (owned) {
                return 0;
            }
            owned = true;
            return 1;
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "the first one under the lock has it")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = FORBIDDEN,
            desc = "both looked before either had taken it: two owners, who overwrite each other")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = FORBIDDEN,
            desc = "each took the other for the owner")
    @State
    // For threads that live on: those of jcstress may have ended when the next one claims.
    public static class OneOwner {
        private final StripedGate gate = Stripes.unlimited();

        public OneOwner() {
            Stripes.abandoned(gate, 0);
        }

        @Actor
        public void one(II_Result r) {
            r.r1 = gate.ledger.claim(0, Stripes.OTHER) == null ? 0 : 1;
        }

        @Actor
        public void two(II_Result r) {
            r.r2 = gate.ledger.claim(0, Stripes.ANOTHER) == null ? 0 : 1;
        }
    }

    /** Results: starts and ends on the stripe. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "2, 2",
            expect = ACCEPTABLE,
            desc = "the left work ended before, during or after the new owner's, and neither end touched the other")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the new owner did not go on from what the stripe had, or overwrote the end of the left work")
    @State
    public static class NewOwnerAgainstEnd {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.abandoned(gate, 0);

        @Actor
        public void newOwner() {
            Stripe mine = gate.ledger.claim(0, Thread.currentThread());
            gate.beginOwned(mine);
            gate.end(mine, true, Outcome.SUCCEEDED);
        }

        @Actor
        public void endElsewhere() {
            gate.end(stripe, false, Outcome.SUCCEEDED);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = (int) stripe.starts();
            r.r2 = (int) stripe.ends();
        }
    }

    /** First result: the new owner's start was admitted. Second: what is in flight in the end. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 2",
            expect = ACCEPTABLE,
            desc = "reclaimed and begun before the close")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "closed before it was reclaimed, or before the start")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "reclaimed while the close set the trips: admitted after it, or miscounted")
    @State
    public static class NewOwnerAgainstClose {
        private final StripedGate gate = Stripes.unlimited();

        public NewOwnerAgainstClose() {
            Stripes.abandoned(gate, 0);
        }

        @Actor
        public void newOwner(II_Result r) {
            Stripe mine = gate.ledger.claim(0, Thread.currentThread());
            r.r1 = mine != null && gate.beginOwned(mine) >= 0 ? 1 : 0;
        }

        @Actor
        public void close() {
            gate.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = (int) (gate.ledger.starts() - gate.ledger.ends());
        }
    }

    /** Two who take the stripe for theirs by looking, without the lock. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "both looked before either had taken it")
    @State
    public static class WeakLookThenAdopt {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.abandoned(gate, 0);

        @Actor
        public void one(II_Result r) {
            r.r1 = adopt(Stripes.OTHER);
        }

        @Actor
        public void two(II_Result r) {
            r.r2 = adopt(Stripes.ANOTHER);
        }

        private int adopt(Thread owner) {
            if (!stripe.isAbandoned()) {
                return 0;
            }
            stripe.adopt(owner);
            return 1;
        }
    }
}
