package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Work hands over to its child while the drainer scans: at no moment is nothing in flight. */
final class FalseZero {
    private FalseZero() {}

    /** All ends are read before any start, so a hand-over that is seen to end is seen to have begun. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "the ends were read before the parent ended, or the starts after the child started")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = FORBIDDEN,
            desc = "the child's start was missed and the parent's end seen")
    @State
    public static class Model extends ParentAndChild {
        @Actor
        public void handOver() {
            startThenEnd();
        }

        @Actor
        public void look(I_Result r) {
            int ended = ends.get(0) + ends.get(1);
            r.r1 = starts.get(0) + starts.get(1) == ended ? 1 : 0;
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "the ends were read before the parent ended, or the starts after the child started")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = FORBIDDEN,
            desc = "the child's start was missed and the parent's end seen")
    @State
    public static class HandOver {
        private final StripedGate gate = Stripes.shared();
        private final WorkMetrics metrics = Stripes.metrics(gate);
        private final Work parent = metrics.startWork();

        public HandOver() {
            gate.close();
        }

        @Actor
        public void handOver() {
            metrics.beginChild(parent);
            parent.succeed();
        }

        @Actor
        public void look(I_Result r) {
            r.r1 = gate.isQuiescent() ? 1 : 0;
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "the starts were read after the child started, or the ends before the parent ended")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "starts read, then child started and parent ended, then ends read")
    @State
    public static class WeakStartsFirst {
        private final StripedGate gate = Stripes.shared();
        private final WorkMetrics metrics = Stripes.metrics(gate);
        private final Work parent = metrics.startWork();

        public WeakStartsFirst() {
            gate.close();
        }

        @Actor
        public void handOver() {
            metrics.beginChild(parent);
            parent.succeed();
        }

        @Actor
        public void look(I_Result r) {
            long starts = gate.ledger.starts();
            r.r1 = gate.ledger.ends() == starts ? 1 : 0;
        }
    }

    /** The child counts on another stripe than its parent, which is what the order of the sums is for. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "the ends were read before the parent ended, or the starts after the child started")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = FORBIDDEN,
            desc = "the child's stripe was read before its start, the parent's after its end")
    @State
    public static class TwoStripes {
        private final Ledger ledger = new Ledger(2, 1, true, false);
        private final Stripe children = ledger.ofChildren(0);
        private final Stripe parents = ledger.claim(0, Thread.currentThread());
        private final Gate gate = new StripedGate(ledger, OneWordGate.UNLIMITED);

        public TwoStripes() {
            parents.count();
            gate.close();
        }

        @Actor
        public void handOver() {
            children.startShared();
            parents.end(Outcome.SUCCEEDED);
        }

        @Actor
        public void look(I_Result r) {
            r.r1 = gate.isQuiescent() ? 1 : 0;
        }
    }

    /** As the shipped look does it, but over the stripes that were there when it began. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "the ends were read before the parent ended, or the table after the child's stripe was made")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the child's stripe was made, the child started and the parent ended, after the table was read")
    @State
    public static class WeakTableReadOnce {
        private final Ledger ledger = new Ledger(2, 1, true, false);
        private final Stripe parents = ledger.claim(0, Thread.currentThread());

        public WeakTableReadOnce() {
            parents.count();
        }

        @Actor
        public void handOver() {
            ledger.ofChildren(0).startShared();
            parents.end(Outcome.SUCCEEDED);
        }

        @Actor
        public void look(I_Result r) {
            Stripe children = ledger.at(CHILDREN);
            long ends = parents.ends() + children.ends();
            long starts = parents.starts() + children.starts();
            r.r1 = starts == ends ? 1 : 0;
        }

        /** Behind two slots and a shared stripe. */
        private static final int CHILDREN = 3;
    }

    /** One pass over the stripes, each with its difference: the child's stripe first. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "the parent's stripe was read before its end, or the child's after its start")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = ACCEPTABLE_INTERESTING,
            desc =
                    "one stripe read, then the child started there and the parent ended on the other, then that one read")
    @State
    public static class WeakOnePass extends ParentAndChild {
        @Actor
        public void handOver() {
            startThenEnd();
        }

        @Actor
        public void look(I_Result r) {
            int inFlight = starts.get(1) - ends.get(1);
            inFlight += starts.get(0) - ends.get(0);
            r.r1 = inFlight == 0 ? 1 : 0;
        }
    }

    /** A child counts, then asks for its parent; the parent ends, then looks. Results: admitted; seen quiet. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = ACCEPTABLE,
            desc = "counted, and asked before the parent ended: the look saw the child")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "the parent ended and looked before the child counted")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "each saw the other: refused, and its provisional start seen")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = FORBIDDEN,
            desc = "the look passed between the parent's end and the child's count")
    @State
    public static class ChildModel extends SeparateLines {
        @Actor
        public void child(II_Result r) {
            words.set(WORK, 1);
            r.r1 = words.get(GATE) == 0 ? 1 : 0;
        }

        @Actor
        public void end(II_Result r) {
            words.set(GATE, 1);
            r.r2 = words.get(WORK) == 0 ? 1 : 0;
        }
    }

    /** First result: the child was admitted. Second: quiescence seen while the child was in flight. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = ACCEPTABLE,
            desc = "counted and found the parent live before it ended: the look saw the child")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "the parent ended first, and the look came before the count or after its undo")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "the parent ended before the child asked, whose provisional start the look saw")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = FORBIDDEN,
            desc = "the look passed between the parent's end and the child's count")
    @State
    public static class ChildAgainstParentsEnd extends ClosedWithParent {
        @Actor
        public void child(II_Result r) {
            r.r1 = gate.beginChild(parent) >= 0 ? 1 : 0;
        }

        @Actor
        public void end(II_Result r) {
            r.r2 = endAndLook() ? 1 : 0;
        }
    }

    /** The same with one word. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = ACCEPTABLE,
            desc = "entered and found the parent live before it ended: the look saw the child")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "the parent ended first, and the look came before the entry or after its undo")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "the parent ended before the child asked, whose provisional entry the look saw")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = FORBIDDEN,
            desc = "the look passed between the parent's end and the child's entry")
    @State
    public static class CountedChildAgainstParentsEnd {
        private final CountedGate gate = Stripes.counted(OneWordGate.UNLIMITED);
        private final Work parent = Stripes.metrics(gate).startWork();

        public CountedChildAgainstParentsEnd() {
            gate.close();
        }

        @Actor
        public void child(II_Result r) {
            r.r1 = gate.beginChild(parent) >= 0 ? 1 : 0;
        }

        @Actor
        public void end(II_Result r) {
            parent.state = Work.ENDED;
            gate.end(parent.ticket, Outcome.SUCCEEDED);
            r.r2 = gate.isQuiescent() ? 1 : 0;
        }
    }

    /** The look counts watches, then works: a watch hands over to its child while another work's end looks. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = ACCEPTABLE,
            desc = "watches were counted before the watch ended, or works after the child started")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1",
            expect = FORBIDDEN,
            desc = "works were counted before the child started, watches after the watch ended")
    @State
    public static class WatchHandOver {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.shared());
        private final Work watch = metrics.startWatch("watch");
        private final long other = metrics.begin();
        private long child;

        public WatchHandOver() {
            metrics.close();
        }

        @Actor
        public void handOver() {
            child = metrics.beginChild(watch);
            watch.succeed();
        }

        @Actor
        public void end() {
            metrics.end(other, Outcome.SUCCEEDED);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = metrics.isQuiescent() ? 1 : 0;
            metrics.end(child, Outcome.SUCCEEDED);
        }
    }

    /** A child that only asks before it counts. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 0", "0, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "the look came before the end or after the count, or the child found its parent ended")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the parent ended and the look passed between the question and the count")
    @State
    public static class WeakAskThenCount extends ClosedWithParent {
        @Actor
        public void child(II_Result r) {
            if (!parent.isEnded()) {
                gate.ledger.ofChildren(Gate.stripeOf(parent.ticket)).startShared();
                r.r1 = 1;
            }
        }

        @Actor
        public void end(II_Result r) {
            r.r2 = endAndLook() ? 1 : 0;
        }
    }

    /** Two stripes' counters: a parent on the first, its child on the second. */
    abstract static class ParentAndChild {
        final AtomicIntegerArray starts = new AtomicIntegerArray(new int[] {1, 0});
        final AtomicIntegerArray ends = new AtomicIntegerArray(2);

        final void startThenEnd() {
            starts.getAndIncrement(1);
            ends.getAndIncrement(0);
        }
    }

    /** The end of a token without its bookkeeping, so that little stands between the end and the look. */
    static class ClosedWithParent {
        final StripedGate gate = Stripes.shared();
        final Work parent = Stripes.metrics(gate).startWork();

        ClosedWithParent() {
            gate.close();
        }

        final boolean endAndLook() {
            parent.state = Work.ENDED;
            gate.end(parent.ticket, Outcome.SUCCEEDED);
            return gate.isQuiescent();
        }
    }
}
