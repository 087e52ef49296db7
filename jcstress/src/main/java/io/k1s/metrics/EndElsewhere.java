package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Work that ends on another thread than the one that started it, and so on a stripe that is not the thread's own. */
final class EndElsewhere {
    private EndElsewhere() {}

    /** Anyone may end here, so an end adds by one atomic operation. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "2",
            expect = ACCEPTABLE,
            desc = "both ends count, whoever came first")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "one end overwrote the other: the drain never ends")
    @State
    public static class Model {
        private final AtomicInteger ends = new AtomicInteger();

        @Actor
        public void one() {
            ends.getAndIncrement();
        }

        @Actor
        public void two() {
            ends.getAndIncrement();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = ends.get();
        }
    }

    /**
     * Results: admitted; ended by the thread that closes; quiescent then; quiescent once nothing is left in flight.
     */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0, 1, 1",
            expect = ACCEPTABLE,
            desc = "rejected: the close came before the start was admitted")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0, 0, 1",
            expect = ACCEPTABLE,
            desc = "admitted, handed over after the closer had looked for it: holds up the drain until it ends")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1, 1, 1",
            expect = ACCEPTABLE,
            desc = "admitted, handed over, and ended by the closer after its close")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the end did not meet its start: quiescent too early, or never")
    @State
    public static class HandedOver {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.shared());
        private volatile Work handed;

        @Actor
        public void start(IIII_Result r) {
            try {
                handed = metrics.startWork();
                r.r1 = 1;
            } catch (WorkRejectedException e) {
                r.r1 = 0;
            }
        }

        @Actor
        public void endAndClose(IIII_Result r) {
            Work work = handed;
            metrics.close();
            r.r2 = work != null && work.succeed() ? 1 : 0;
        }

        @Arbiter
        public void after(IIII_Result r) {
            r.r3 = metrics.isQuiescent() ? 1 : 0;
            if (handed != null && !handed.isEnded()) {
                handed.succeed();
            }
            r.r4 = metrics.isQuiescent() ? 1 : 0;
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "2",
            expect = ACCEPTABLE,
            desc = "both ends count, whoever came first")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "one end overwrote the other: the drain never ends")
    @State
    public static class TwoEndsOnOneStripe {
        private final Gate gate = Stripes.shared();
        private final long one = gate.begin();
        private final long two = gate.begin();
        private final long ends = gate.ledger.ends();

        @Actor
        public void one() {
            gate.end(one, Outcome.SUCCEEDED);
        }

        @Actor
        public void two() {
            gate.end(two, Outcome.SUCCEEDED);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) (gate.ledger.ends() - ends);
        }
    }

    /** One by the owner, who adds without an atomic operation. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "2",
            expect = ACCEPTABLE,
            desc = "both ends count, whoever came first")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "one end overwrote the other: the drain never ends")
    @State
    public static class OwnersEndAndOneElsewhere {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.owned(gate, 0);
        private final long ends = gate.ledger.ends();

        @Actor
        public void owner() {
            gate.end(stripe, true, Outcome.SUCCEEDED);
        }

        @Actor
        public void elsewhere() {
            gate.end(stripe, false, Outcome.SUCCEEDED);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) (gate.ledger.ends() - ends);
        }
    }

    /** A stripe that takes whoever ends on it for its owner, and so reads, adds and writes. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "2", expect = ACCEPTABLE, desc = "one after the other")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "both read the counter before either wrote it")
    @State
    public static class WeakReadAddWrite {
        private final Stripe stripe = new Stripe(0, false, Stripe.NEVER);

        @Actor
        public void one() {
            stripe.end(Outcome.SUCCEEDED);
        }

        @Actor
        public void two() {
            stripe.end(Outcome.SUCCEEDED);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) stripe.ends();
        }
    }
}
