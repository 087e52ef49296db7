package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** What admitted work wrote, by plain writes, is there for whoever has seen quiescence. */
final class EffectsOfWork {
    private EffectsOfWork() {}

    /** The end publishes what was written before it. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the end was seen, and the effect")
    @org.openjdk.jcstress.annotations.Outcome(id = "-1", expect = ACCEPTABLE, desc = "looked before the end")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "the end was seen before the effect that precedes it")
    @State
    public static class Model {
        private int effect;
        private volatile boolean ended;

        @Actor
        public void work() {
            effect = 1;
            ended = true;
        }

        @Actor
        public void drain(I_Result r) {
            r.r1 = ended ? effect : -1;
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the end was seen, and the effect")
    @org.openjdk.jcstress.annotations.Outcome(id = "-1", expect = ACCEPTABLE, desc = "looked before the end")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "the end was seen before the effect that precedes it")
    @State
    public static class Striped extends Closed {
        public Striped() {
            super(Stripes.shared());
        }

        @Actor
        public void work() {
            writeThenEnd();
        }

        @Actor
        public void drain(I_Result r) {
            r.r1 = effectAtQuiescence();
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the end was seen, and the effect")
    @org.openjdk.jcstress.annotations.Outcome(id = "-1", expect = ACCEPTABLE, desc = "looked before the end")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "the end was seen before the effect that precedes it")
    @State
    public static class Counted extends Closed {
        public Counted() {
            super(Stripes.counted(OneWordGate.UNLIMITED));
        }

        @Actor
        public void work() {
            writeThenEnd();
        }

        @Actor
        public void drain(I_Result r) {
            r.r1 = effectAtQuiescence();
        }
    }

    /** The owner's end is a release store, and no more. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the end was seen, and the effect")
    @org.openjdk.jcstress.annotations.Outcome(id = "-1", expect = ACCEPTABLE, desc = "looked before the end")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "the end was seen before the effect that precedes it")
    @State
    public static class Owned {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.owned(gate, 0);
        private int effect;

        public Owned() {
            gate.beginOwned(stripe);
            gate.close();
        }

        @Actor
        public void work() {
            effect = 1;
            gate.end(stripe, true, Outcome.SUCCEEDED);
        }

        @Actor
        public void drain(I_Result r) {
            r.r1 = gate.isQuiescent() ? effect : -1;
        }
    }

    /** How the work ended is counted before it shows in the word that it has. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "the end was seen, and its outcome")
    @org.openjdk.jcstress.annotations.Outcome(id = "-1", expect = ACCEPTABLE, desc = "looked before the end")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "the word was left before the outcome was counted")
    @State
    public static class OutcomeOfCounted {
        private final CountedGate gate = Stripes.counted(OneWordGate.UNLIMITED);
        private final long ticket = gate.begin();

        public OutcomeOfCounted() {
            gate.close();
        }

        @Actor
        public void end() {
            gate.end(ticket, Outcome.FAILED);
        }

        @Actor
        public void drain(I_Result r) {
            r.r1 = gate.isQuiescent()
                    ? (int) gate.ledger.counts(gate.rootLimit()).failed()
                    : -1;
        }
    }

    /** The shipped gate, used by work that ends before it has done what it does. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1", "-1"},
            expect = ACCEPTABLE,
            desc = "looked before the end, or after the effect")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "looked between the end and the effect after it")
    @State
    public static class WeakEndThenEffect {
        private final Gate gate = Stripes.shared();
        private final long ticket = gate.begin();
        private int effect;

        public WeakEndThenEffect() {
            gate.close();
        }

        @Actor
        public void work() {
            gate.end(ticket, Outcome.SUCCEEDED);
            effect = 1;
        }

        @Actor
        public void drain(I_Result r) {
            r.r1 = gate.isQuiescent() ? effect : -1;
        }
    }

    abstract static class Closed {
        private final Gate gate;
        private final WorkMetrics metrics;
        private final long ticket;
        private int effect;

        Closed(Gate gate) {
            this.gate = gate;
            this.metrics = Stripes.metrics(gate);
            this.ticket = metrics.begin();
            metrics.close();
        }

        final void writeThenEnd() {
            effect = 1;
            metrics.end(ticket, Outcome.SUCCEEDED);
        }

        /** By a look of this thread: what the component has announced, the thread that wrote the effect has announced. */
        final int effectAtQuiescence() {
            return gate.isQuiescent() ? effect : -1;
        }
    }
}
