package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads end one token: one of them does. First two results: which. */
final class EndOnce {
    private EndOnce() {}

    /** The look at the state and the end are one compare-and-set. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "the first compare-and-set ended it, the other found it ended")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = FORBIDDEN,
            desc = "both found it live before either had ended it")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = FORBIDDEN,
            desc = "each failed because of the other: live for ever")
    @State
    public static class Model {
        private final AtomicBoolean ended = new AtomicBoolean();

        @Actor
        public void succeed(II_Result r) {
            r.r1 = ended.compareAndSet(false, true) ? 1 : 0;
        }

        @Actor
        public void fail(II_Result r) {
            r.r2 = ended.compareAndSet(false, true) ? 1 : 0;
        }
    }

    /** Third result: how many were counted as repeated. Fourth: one end was counted, and the component drained. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 0, 1, 1", "0, 1, 1, 1"},
            expect = ACCEPTABLE,
            desc = "the first compare-and-set ended it, the other found it ended and was counted")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "both found it live before either had ended it, or each left it to the other")
    @State
    public static class Token {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.shared());
        private final long before = metrics.snapshot().ended();
        private final Work work = metrics.startWork();

        public Token() {
            metrics.close();
        }

        @Actor
        public void succeed(IIII_Result r) {
            r.r1 = work.succeed() ? 1 : 0;
        }

        @Actor
        public void fail(IIII_Result r) {
            r.r2 = work.fail() ? 1 : 0;
        }

        @Arbiter
        public void after(IIII_Result r) {
            WorkSnapshot s = metrics.snapshot();
            r.r3 = (int) s.repeatedEnds();
            r.r4 = s.ended() - before == 1 && metrics.isQuiescent() ? 1 : 0;
        }
    }

    /** The shipped token, ended by reading its state and then writing it. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "both found it live before either had ended it: one work ends twice")
    @State
    public static class WeakReadThenWrite {
        private final Work work = Stripes.metrics(Stripes.shared()).startWork();

        @Actor
        public void succeed(II_Result r) {
            r.r1 = end();
        }

        @Actor
        public void fail(II_Result r) {
            r.r2 = end();
        }

        private int end() {
            if (!work.isLive()) {
                return 0;
            }
            work.state = Work.ENDED;
            return 1;
        }
    }
}
