package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Admission is Dekker's: the starter counts, then looks at the gate; the closer closes, then looks at the count. The first
 * result is whether the starter was admitted, the second whether the closer found nothing in flight.
 */
final class AdmissionAgainstClose {
    private AdmissionAgainstClose() {}

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "counted before the close looked")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "rejected after the close")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "on its way to rejection while the close looked")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "admitted unseen: the drain ends with work in flight")
    @State
    public static class Model extends SeparateLines {
        @Actor
        public void start(II_Result r) {
            words.set(WORK, 1);
            r.r1 = words.get(GATE) == 0 ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            words.set(GATE, 1);
            r.r2 = words.get(WORK) == 0 ? 1 : 0;
        }
    }

    /** The owner's path: one opaque store and one opaque load where the close has the heavy fence. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "counted before the close looked")
    @Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "counted after the close had looked, or met the close and was undone before it looked")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "on its way to rejection while the close looked")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "admitted unseen: the drain ends with work in flight")
    @State
    public static class Owned {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.owned(gate, 0);

        @Actor
        public void start(II_Result r) {
            r.r1 = gate.beginOwned(stripe) >= 0 ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            gate.close();
            r.r2 = gate.isQuiescent() ? 1 : 0;
        }
    }

    /**
     * The owner's path as the component takes it, through its arrays, by a thread that has its stripe before the race.
     */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "counted before the close looked")
    @Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "found no stripe after the close, or met the close and was undone before it looked")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "on its way to rejection while the close looked")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "admitted unseen: the drain ends with work in flight")
    @State
    public static class ByTheOwner {
        private final StripedGate gate = Stripes.unlimited();
        private final WorkMetrics metrics = Stripes.metrics(gate);
        private final Stripes.Owning owning = new Stripes.Owning();

        @Actor
        public void start(II_Result r) {
            owning.own(metrics);
            try {
                metrics.begin();
                r.r1 = 1;
            } catch (WorkRejectedException e) {
                r.r1 = 0;
            }
        }

        @Actor
        public void close(II_Result r) {
            owning.await();
            gate.close();
            r.r2 = gate.isQuiescent() ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "took a start that was lent before the close took them back")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "rejected after the close")
    @Outcome(
            id = "0, 0",
            expect = FORBIDDEN,
            desc = "rejected, and yet counted when the close looked: a start here is counted by being taken")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "admitted unseen: the drain ends with work in flight")
    @State
    public static class Shared {
        private final Gate gate = Stripes.shared();

        @Actor
        public void start(II_Result r) {
            r.r1 = gate.begin() >= 0 ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            gate.close();
            r.r2 = gate.isQuiescent() ? 1 : 0;
        }
    }

    /** A thread's first start, which makes the stripe. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "counted before the close looked")
    @Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "got no stripe after the close, or met it and was undone before it looked")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "on its way to rejection while the close looked")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "admitted unseen on a stripe that the close did not find")
    @State
    public static class FirstStart {
        private final Gate gate = Stripes.unlimited();

        @Actor
        public void start(II_Result r) {
            r.r1 = gate.begin() >= 0 ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            gate.close();
            r.r2 = gate.isQuiescent() ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "entered before the close")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "rejected after the close")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "rejected, and yet in the word when the close looked")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "admitted unseen: the drain ends with work in flight")
    @State
    public static class Counted {
        private final Gate gate = Stripes.counted(OneWordGate.UNLIMITED);

        @Actor
        public void start(II_Result r) {
            r.r1 = gate.begin() >= 0 ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            gate.close();
            r.r2 = gate.isQuiescent() ? 1 : 0;
        }
    }

    /** First result: a look found the gate closed and quiet. Second: a start after it was admitted. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "looked and started before the close")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "looked before, started after the close")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "looked and started after the close")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "the look took a gate with some trips set for a closed one")
    @State
    public static class HalfClosed extends TwoOwned {
        @Actor
        public void close() {
            gate.close();
        }

        @Actor
        public void lookAndStart(II_Result r) {
            r.r1 = gate.isQuiescent() ? 1 : 0;
            r.r2 = gate.beginOwned(second) >= 0 ? 1 : 0;
        }
    }

    /** Two gates that are closed under one lock, which whoever finds one closed takes before it is rejected. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both before the close")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the close came between them")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both after the close")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "rejected at one gate, then admitted at one not closed yet")
    @State
    public static class TwoGatesModel {
        private volatile boolean firstClosed;
        private volatile boolean secondClosed;

        @Actor
        public synchronized void close() {
            firstClosed = true;
            secondClosed = true;
        }

        @Actor
        public void startTwice(II_Result r) {
            r.r1 = firstClosed ? reject() : 1;
            r.r2 = secondClosed ? reject() : 1;
        }

        private synchronized int reject() {
            return 0;
        }
    }

    /** One start on each of two stripes, the first of which the close reaches first. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both before the close")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the close came between them")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both after the close")
    @Outcome(
            id = "0, 1",
            expect = FORBIDDEN,
            desc = "rejected by one stripe, then admitted by one that was not closed yet")
    @State
    public static class RejectedThenAdmitted extends TwoOwned {
        @Actor
        public void close() {
            gate.close();
        }

        @Actor
        public void startTwice(II_Result r) {
            r.r1 = gate.beginOwned(first) >= 0 ? 1 : 0;
            r.r2 = gate.beginOwned(second) >= 0 ? 1 : 0;
        }
    }

    /** A close that returns from each stripe by itself: a trip is all that a start looks at. */
    @JCStressTest
    @Outcome(
            id = {"1, 1", "1, 0", "0, 0"},
            expect = ACCEPTABLE,
            desc = "the close came after, between or before")
    @Outcome(
            id = "0, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "refused on the first stripe and admitted on the second before its trip was set")
    @State
    public static class WeakRejectedByTheTripAlone extends TwoOwned {
        @Actor
        public void close() {
            first.trip(Stripe.CLOSED);
            second.trip(Stripe.CLOSED);
        }

        @Actor
        public void startTwice(II_Result r) {
            r.r1 = first.start() < first.tripOfStart() ? 1 : 0;
            r.r2 = second.start() < second.tripOfStart() ? 1 : 0;
        }
    }

    abstract static class TwoOwned {
        final StripedGate gate = Stripes.unlimited();
        final Stripe first = Stripes.owned(gate, 0);
        final Stripe second = Stripes.owned(gate, 1);
    }

    /** The shipped stripe with the light side alone: whoever closes has a fence of its own and no heavy one. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "at least one of them saw what the other had stored")
    @Outcome(
            id = "1, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the trip was read and the start still in the store buffer when the close looked")
    @State
    public static class WeakNoHeavyFence {
        private final Stripe stripe = new Stripe(0, false, Stripe.NEVER);

        @Actor
        public void start(II_Result r) {
            r.r1 = stripe.count() < stripe.tripOfEnd() ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            stripe.trip(Stripe.CLOSED);
            r.r2 = stripe.starts() == 0 ? 1 : 0;
        }
    }

    /** The order of the document the project started from: look at the gate, then count. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @Outcome(id = "1, 1", expect = ACCEPTABLE_INTERESTING, desc = "closed and looked between the check and the count")
    @State
    public static class WeakCheckThenCount extends SeparateLines {
        @Actor
        public void start(II_Result r) {
            if (words.get(GATE) == 0) {
                words.set(WORK, 1);
                r.r1 = 1;
            }
        }

        @Actor
        public void close(II_Result r) {
            words.set(GATE, 1);
            r.r2 = words.get(WORK) == 0 ? 1 : 0;
        }
    }

    /** The right order, but release and acquire leave the store in its buffer while the load passes it. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "at least one of them saw what the other had stored")
    @Outcome(id = "1, 1", expect = ACCEPTABLE_INTERESTING, desc = "both loads passed both stores")
    @State
    public static class WeakAcquireRelease extends SeparateLines {
        @Actor
        public void start(II_Result r) {
            words.setRelease(WORK, 1);
            r.r1 = words.getAcquire(GATE) == 0 ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            words.setRelease(GATE, 1);
            r.r2 = words.getAcquire(WORK) == 0 ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "at least one of them saw what the other had stored")
    @Outcome(id = "1, 1", expect = ACCEPTABLE_INTERESTING, desc = "both loads passed both stores")
    @State
    public static class WeakOpaque extends SeparateLines {
        @Actor
        public void start(II_Result r) {
            words.setOpaque(WORK, 1);
            r.r1 = words.getOpaque(GATE) == 0 ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            words.setOpaque(GATE, 1);
            r.r2 = words.getOpaque(WORK) == 0 ? 1 : 0;
        }
    }
}
