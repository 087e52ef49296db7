package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The close finds every token that it has let in: one that starts meanwhile is rejected, or told to drain. A token that is
 * told runs a handler that comes later at once, which is how the end of each test sees it.
 */
final class ListedAgainstClose {
    private ListedAgainstClose() {}

    /** Lists before it asks the gate, so a close that it did not meet reads the list later. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "listed before the close read the list")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "rejected: the gate was shut before it was asked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = FORBIDDEN,
            desc = "asked before the gate was shut, and the list was read before the token was in it")
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
            r.r2 = words.get(WORK);
        }

        @Arbiter
        public void after(II_Result r) {
            // A token that was rejected is nobody's to tell.
            r.r2 &= r.r1;
        }
    }

    /** First result: admitted. Second: told. The token gets a slot. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "listed before the close read the list")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "rejected: the gate was shut before it was asked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = FORBIDDEN,
            desc = "admitted, and the close read its slot before it was listed")
    @State
    public static class Slot {
        private final Starting starting = new Starting(Stripes.shared(), 0);

        @Actor
        public void start(II_Result r) {
            r.r1 = starting.start();
        }

        @Actor
        public void close() {
            starting.metrics.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = starting.told();
        }
    }

    /** The same by the owner of a stripe, whose look at the gate is an opaque load where the close has the heavy fence. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "listed before the close read the list")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "rejected: the gate was shut before it was asked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = FORBIDDEN,
            desc = "admitted, and the close read its slot before it was listed")
    @State
    public static class OwnedSlot {
        private final Starting starting = new Starting(Stripes.unlimited(), 0);
        private final Stripes.Owning owning = new Stripes.Owning();

        @Actor
        public void start(II_Result r) {
            owning.own(starting.metrics);
            r.r1 = starting.start();
        }

        @Actor
        public void close() {
            owning.await();
            starting.metrics.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = starting.told();
        }
    }

    /** The same for a token that finds all slots of its stripe taken. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "listed in the overflow before the close read it")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "rejected: the gate was shut before it was asked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = FORBIDDEN,
            desc = "admitted, and the close read the overflow before it was listed there")
    @State
    public static class Overflow {
        private final Starting starting = new Starting(Stripes.shared(), 8);

        @Actor
        public void start(II_Result r) {
            r.r1 = starting.start();
        }

        @Actor
        public void close() {
            starting.metrics.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = starting.told();
        }
    }

    /** The same with one word. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "listed before the close read the list")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "rejected: the gate was shut before it was asked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = FORBIDDEN,
            desc = "admitted, and the close read its slot before it was listed")
    @State
    public static class CountedSlot {
        private final Starting starting = new Starting(Stripes.counted(OneWordGate.UNLIMITED), 0);

        @Actor
        public void start(II_Result r) {
            r.r1 = starting.start();
        }

        @Actor
        public void close() {
            starting.metrics.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = starting.told();
        }
    }

    /** The shipped list and gate, used by someone who asks the gate first and then lists. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "listed before the close read the list")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE,
            desc = "rejected: the gate was shut before it was asked")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "admitted, then the whole close, then listed: nobody tells it")
    @State
    public static class WeakAdmitThenList {
        private final Gate gate = Stripes.shared();
        private final ActiveWork active = new ActiveWork(4);
        private final Work work = new Work(WorkMetrics.create("stress"), false, "work", false);

        @Actor
        public void start(II_Result r) {
            if (gate.begin() >= 0) {
                active.add(work);
                r.r1 = 1;
            }
        }

        @Actor
        public void close(II_Result r) {
            gate.close();
            r.r2 = active.all().contains(work) ? 1 : 0;
        }

        @Arbiter
        public void after(II_Result r) {
            // A token that was rejected is nobody's to tell.
            r.r2 &= r.r1;
        }
    }

    /** Two threads of one stripe look for a slot: each is listed. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "the second found the first one's slot taken, and took the next")
    @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "both took the same slot")
    @State
    public static class OneStripe {
        private final ActiveWork active = new ActiveWork(1);
        private final WorkMetrics metrics = WorkMetrics.create("stress");
        private final Work one = new Work(metrics, false, "one", false);
        private final Work other = new Work(metrics, false, "other", false);

        @Actor
        public void one() {
            active.add(one);
        }

        @Actor
        public void other() {
            active.add(other);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = active.all().contains(one) ? 1 : 0;
            r.r2 = active.all().contains(other) ? 1 : 0;
        }
    }

    /** One slot becomes free while another thread looks for one: whoever stays is listed, whoever goes is not. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 1",
            expect = ACCEPTABLE,
            desc = "the slot was freed before the other looked for one, or after it had found the next")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the other took the slot before it was freed, and was unlisted with it, or left it taken")
    @State
    public static class FreedSlot {
        private final ActiveWork active = new ActiveWork(1);
        private final WorkMetrics metrics = WorkMetrics.create("stress");
        private final Work goes = new Work(metrics, false, "goes", false);
        private final Work comes = new Work(metrics, false, "comes", false);

        public FreedSlot() {
            active.add(goes);
        }

        @Actor
        public void goes() {
            active.remove(goes);
        }

        @Actor
        public void comes() {
            active.add(comes);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = active.all().contains(goes) ? 1 : 0;
            r.r2 = active.all().contains(comes) ? 1 : 0;
        }
    }

    /** A component and the token that starts. */
    private static final class Starting {
        private final WorkMetrics metrics;
        private final List<Work> before = new ArrayList<>();
        private volatile Work admitted;

        Starting(Gate gate, int before) {
            this.metrics = new WorkMetrics(WorkMetrics.builder("stress"), gate, new ActiveWork(1));
            for (int i = 0; i < before; i++) {
                this.before.add(metrics.startWork());
            }
        }

        int start() {
            try {
                admitted = metrics.startWork();
                return 1;
            } catch (WorkRejectedException e) {
                return 0;
            }
        }

        int told() {
            int[] told = new int[1];
            if (admitted != null) {
                admitted.onDrain(() -> told[0] = 1);
                admitted.succeed();
            }
            // Where an end orders nothing, what stays in flight is looked at again and again, and so fills the heap.
            before.forEach(Work::succeed);
            return told[0];
        }
    }
}
