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

/** Two starters, and the one word that decides. */
final class LimitAndPeak {
    private LimitAndPeak() {}

    /** A third is inside and the limit is two: the comparison and the entry are one step. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "the first to come took the place that was left")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "both compared before either had entered: more than the limit")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "each met the other on its way out: rejected below the limit")
    @State
    public static class Model {
        private final AtomicInteger inside = new AtomicInteger(1);

        @Actor
        public void one(II_Result r) {
            r.r1 = enter();
        }

        @Actor
        public void two(II_Result r) {
            r.r2 = enter();
        }

        private int enter() {
            return inside.getAndUpdate(now -> Math.min(now + 1, 2)) < 2 ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "the first to come took the one place")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "both compared before either had entered: more than the limit")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "each met the other on its way out: rejected below the limit")
    @State
    public static class LimitOne {
        private final Gate gate = Stripes.counted(1);

        @Actor
        public void one(II_Result r) {
            r.r1 = gate.begin() >= 0 ? 1 : 0;
        }

        @Actor
        public void two(II_Result r) {
            r.r2 = gate.begin() >= 0 ? 1 : 0;
        }
    }

    /** At the limit: a start that is refused leaves no trace on which the next one is refused, after the end that made room. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "refused while the first work was in flight")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "began in the place of the first work")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "both took the place that the end had left: more than the limit")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "rejected below the limit: the refused start was in the way")
    @State
    public static class RefusedStartAndEnd {
        private final OneWordGate word = new OneWordGate(1);

        public RefusedStartAndEnd() {
            word.enter();
        }

        @Actor
        public void start(II_Result r) {
            r.r1 = word.enter() >= 0 ? 1 : 0;
        }

        @Actor
        public void endAndStart(II_Result r) {
            word.exit(false);
            r.r2 = word.enter() >= 0 ? 1 : 0;
        }
    }

    /** At the limit: adds first and undoes later. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "refused and undone before the other began")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "began in the place of the first work")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "both took the place that the end had left: more than the limit")
    @Outcome(
            id = "0, 0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "refused below the limit: the other met the count that was not undone yet")
    @State
    public static class WeakAddThenUndo {
        private final AtomicInteger inside = new AtomicInteger(1);

        @Actor
        public void start(II_Result r) {
            r.r1 = enter();
        }

        @Actor
        public void endAndStart(II_Result r) {
            inside.getAndDecrement();
            r.r2 = enter();
        }

        private int enter() {
            if (inside.getAndIncrement() < 1) {
                return 1;
            }
            inside.getAndDecrement();
            return 0;
        }
    }

    /** Compares, and then adds. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "the first to come took the one place")
    @Outcome(
            id = "1, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "both compared before either had added: more than the limit")
    @State
    public static class WeakCompareThenAdd {
        private final AtomicInteger inside = new AtomicInteger();

        @Actor
        public void one(II_Result r) {
            r.r1 = enter();
        }

        @Actor
        public void two(II_Result r) {
            r.r2 = enter();
        }

        private int enter() {
            if (inside.get() >= 1) {
                return 0;
            }
            inside.getAndIncrement();
            return 1;
        }
    }

    /** Each raises the maximum to the number that its own entry gave it: the comparison and the write are one step. */
    @JCStressTest
    @Outcome(
            id = "2",
            expect = ACCEPTABLE,
            desc = "the higher number replaced the lower, or the lower met it and left it")
    @Outcome(expect = FORBIDDEN, desc = "the lower number was written over the higher")
    @State
    public static class PeakModel {
        private final AtomicInteger inside = new AtomicInteger();
        private final AtomicInteger peak = new AtomicInteger();

        @Actor
        public void one() {
            peak.accumulateAndGet(inside.incrementAndGet(), Math::max);
        }

        @Actor
        public void two() {
            peak.accumulateAndGet(inside.incrementAndGet(), Math::max);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = peak.get();
        }
    }

    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "the second to enter found the first inside, and its number stayed")
    @Outcome(expect = FORBIDDEN, desc = "the first to enter wrote its lower number last, or both entered with the same")
    @State
    public static class ExactPeak {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.counted(OneWordGate.UNLIMITED));

        @Actor
        public void one() {
            metrics.begin();
        }

        @Actor
        public void two() {
            metrics.begin();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) metrics.snapshot().inFlightPeak();
        }
    }

    /** One work after another, and a scan that sums the starts first. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "both sums were read before the end, or both after the next start")
    @Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "scanned between the end and the next start, or starts read, then one ended: never above the truth")
    @Outcome(
            expect = FORBIDDEN,
            desc = "the end of the first was missed, and the start of the second, after it, was not")
    @State
    public static class ScanModel {
        private final AtomicInteger starts = new AtomicInteger(1);
        private final AtomicInteger ends = new AtomicInteger();

        @Actor
        public void workAfterWork() {
            ends.getAndIncrement();
            starts.getAndIncrement();
        }

        @Actor
        public void scan(I_Result r) {
            int sum = starts.get();
            r.r1 = sum - ends.get();
        }
    }

    /** One work after another, and scans: by the starts that are sampled, and by a snapshot. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "as many as the first sampled start, before both actors, had seen")
    @Outcome(expect = FORBIDDEN, desc = "the scan added a start to one that had ended before it")
    @State
    public static class ObservedPeak {
        private final StripedGate gate = new StripedGate(new Ledger(2, 1, true, true), OneWordGate.UNLIMITED);
        private final Stripe stripe = Stripes.owned(gate, 0);

        @Actor
        public void workAfterWork() {
            gate.beginOwned(stripe);
            gate.end(stripe, true, io.k1s.metrics.Outcome.SUCCEEDED);
            gate.beginOwned(stripe);
            gate.end(stripe, true, io.k1s.metrics.Outcome.SUCCEEDED);
        }

        @Actor
        public void scan() {
            observePeak(gate);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) gate.peak.get();
        }
    }

    /** A work on one stripe after that on another, and a scan. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the scan met one of the works")
    @Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "scanned between the end and the next start, or starts read, then one ended: never above the truth")
    @Outcome(
            expect = FORBIDDEN,
            desc = "the end of the first was missed, and the start of the second, after it, was not")
    @State
    public static class ObservedPeakOfTwoStripes {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe one = Stripes.owned(gate, 0);
        private final Stripe two = Stripes.owned(gate, 1);

        public ObservedPeakOfTwoStripes() {
            gate.beginOwned(one);
        }

        @Actor
        public void workAfterWork() {
            gate.end(one, true, io.k1s.metrics.Outcome.SUCCEEDED);
            gate.beginOwned(two);
        }

        @Actor
        public void scan() {
            observePeak(gate);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) gate.peak.get();
        }
    }

    /** The shipped counters, scanned as the drain does it: ends first. */
    @JCStressTest
    @Outcome(
            id = {"0", "1"},
            expect = ACCEPTABLE,
            desc = "the end and the next start did not both come between the two sums")
    @Outcome(
            id = "2",
            expect = ACCEPTABLE_INTERESTING,
            desc = "ends read, then one ended and the next started, then starts read")
    @State
    public static class WeakEndsFirstPeak {
        private final Gate gate = Stripes.shared();
        private final long first = gate.begin();

        @Actor
        public void workAfterWork() {
            gate.end(first, io.k1s.metrics.Outcome.SUCCEEDED);
            gate.begin();
        }

        @Actor
        public void scan(I_Result r) {
            long ends = gate.ledger.ends();
            r.r1 = (int) (gate.ledger.starts() - ends);
        }
    }

    @JCStressTest
    @Outcome(
            id = "1",
            expect = ACCEPTABLE,
            desc = "the child was refused before or after the other entered, and showed in neither case")
    @Outcome(expect = FORBIDDEN, desc = "the refused child showed in the word while the other entered")
    @State
    public static class RefusedChildAndPeak {
        private final CountedGate gate = Stripes.counted(OneWordGate.UNLIMITED);
        private final Work ended = Stripes.metrics(gate).startWork();

        public RefusedChildAndPeak() {
            ended.succeed();
        }

        @Actor
        public void child() {
            gate.beginChild(ended);
        }

        @Actor
        public void start() {
            gate.begin();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) gate.peak.get();
        }
    }

    /** A maximum by check and plain write. */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "the higher write came last, or the lower number met it")
    @Outcome(id = "1", expect = ACCEPTABLE_INTERESTING, desc = "the lower write came last")
    @State
    public static class WeakPeak {
        private final OneWordGate word = new OneWordGate(OneWordGate.UNLIMITED);
        private volatile long peak;

        @Actor
        public void one() {
            raise(word.enter());
        }

        @Actor
        public void two() {
            raise(word.enter());
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) peak;
        }

        private void raise(long candidate) {
            if (candidate > peak) {
                peak = candidate;
            }
        }
    }

    private static void observePeak(Gate gate) {
        gate.lock.lock();
        try {
            gate.observePeak();
        } finally {
            gate.lock.unlock();
        }
    }
}
