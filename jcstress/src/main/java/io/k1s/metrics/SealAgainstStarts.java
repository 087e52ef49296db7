package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A close for everything is one step: no child is admitted after a root was rejected for it, and no root after a child. First
 * result: the root was admitted. Second: the child of a work in flight was.
 */
final class SealAgainstStarts {
    private SealAgainstStarts() {}

    /** Roots and children ask one word. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both asked before the close")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "closed between the two")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both asked after the close")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "the word was open again")
    @State
    public static class Model {
        private static final int CLOSED = 1;
        private static final int SEALED = 2;

        private final AtomicInteger word = new AtomicInteger();

        @Actor
        public void start(II_Result r) {
            r.r1 = word.get() < CLOSED ? 1 : 0;
            r.r2 = word.get() < SEALED ? 1 : 0;
        }

        @Actor
        public void seal() {
            word.set(SEALED);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both began before the close")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "closed between the two")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both came after the close")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "closed for roots before it was for children")
    @State
    public static class Owned {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.owned(gate, 0);
        private final Work parent = Stripes.metrics(gate).startWork();

        @Actor
        public void start(II_Result r) {
            r.r1 = gate.beginOwned(stripe) >= 0 ? 1 : 0;
            r.r2 = gate.beginChild(parent) >= 0 ? 1 : 0;
        }

        @Actor
        public void seal() {
            gate.seal();
        }
    }

    /** On a shared stripe a root is rejected without the lock. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both began before the close")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "closed between the two")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both came after the close")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "closed for roots before it was for children")
    @State
    public static class Shared extends Parent {
        public Shared() {
            super(Stripes.shared());
        }

        @Actor
        public void start(II_Result r) {
            r.r1 = root();
            r.r2 = child();
        }

        @Actor
        public void seal() {
            gate.seal();
        }
    }

    /** The child first. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both began before the close")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "closed between the two")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both came after the close")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "closed for children before it was for roots")
    @State
    public static class ChildFirst extends Parent {
        public ChildFirst() {
            super(Stripes.shared());
        }

        @Actor
        public void start(II_Result r) {
            r.r2 = child();
            r.r1 = root();
        }

        @Actor
        public void seal() {
            gate.seal();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both began before the close")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "closed between the two")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both came after the close")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "closed for roots before it was for children")
    @State
    public static class Counted extends Parent {
        public Counted() {
            super(Stripes.counted(OneWordGate.UNLIMITED));
        }

        @Actor
        public void start(II_Result r) {
            r.r1 = root();
            r.r2 = child();
        }

        @Actor
        public void seal() {
            gate.seal();
        }
    }

    /** The shipped gate, closed in two steps. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both began before the close")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "closed between the two")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both came after the close")
    @Outcome(
            id = "0, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the root was rejected after the first step, and the child admitted before the second")
    @State
    public static class WeakCloseThenSeal extends Parent {
        public WeakCloseThenSeal() {
            super(Stripes.shared());
        }

        @Actor
        public void start(II_Result r) {
            r.r1 = root();
            r.r2 = child();
        }

        @Actor
        public void seal() {
            gate.close();
            gate.seal();
        }
    }

    /** A work in flight, for a child. */
    abstract static class Parent {
        final Gate gate;
        private final Work parent;

        Parent(Gate gate) {
            this.gate = gate;
            this.parent = Stripes.metrics(gate).startWork();
        }

        final int root() {
            return gate.begin() >= 0 ? 1 : 0;
        }

        final int child() {
            return gate.beginChild(parent) >= 0 ? 1 : 0;
        }
    }
}
