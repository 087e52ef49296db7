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
 * component that is not quiescent then never becomes it.
 */
final class LastEventWakes {
    private LastEventWakes() {}

    /** First result: admitted. Second: quiescent in the end. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "admitted, ended, drained")
    @org.openjdk.jcstress.annotations.Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "rejected, drained")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the close met the start, and nobody looked after its undo or end")
    @State
    public static class RejectionAgainstScan {
        private final WorkMetrics metrics = new WorkMetrics(WorkMetrics.builder("stress"), new StripedGate(4, false));

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
            r.r2 = metrics.isQuiescent() ? 1 : 0;
        }
    }

    /** The shipped gate, used by someone who does not look after a rejection. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 1", "0, 1"},
            expect = ACCEPTABLE,
            desc = "drained")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the close met a start that was undone later, unseen: parked for ever")
    @org.openjdk.jcstress.annotations.Outcome(id = "1, 0", expect = FORBIDDEN, desc = "an end always looks")
    @State
    public static class WeakSilentRejection {
        private final Gate gate = new StripedGate(4, false);
        private volatile boolean quiescent;

        @Actor
        public void start(II_Result r) {
            long ticket = gate.begin();
            if (ticket >= 0) {
                r.r1 = 1;
                if (gate.end(ticket, Outcome.SUCCEEDED)) {
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
        private final WorkMetrics metrics = new WorkMetrics(WorkMetrics.builder("stress"), new StripedGate(4, false));
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
            r.r1 = metrics.isQuiescent() ? 1 : 0;
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
        private final StripedGate gate = new StripedGate(4, false);
        private final int stripe = Gate.stripeOf(gate.begin());
        private volatile boolean quiescent;

        @Actor
        public void end() {
            boolean closed = gate.ledger.trip(stripe) < 0;
            gate.ledger.end(stripe, Outcome.SUCCEEDED);
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
        private final WorkMetrics metrics = new WorkMetrics(WorkMetrics.builder("stress"), new StripedGate(4, false));
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
            r.r1 = metrics.isQuiescent() ? 1 : 0;
        }
    }

    /** The stage, and not awaitQuiescence, which looks for itself when its time is up. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "woken, and saw the effect")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "woken before the effect was visible")
    @org.openjdk.jcstress.annotations.Outcome(id = "-1", expect = FORBIDDEN, desc = "never woken")
    @State
    public static class EndAgainstAwait {
        private final WorkMetrics metrics = new WorkMetrics(WorkMetrics.builder("stress"), new StripedGate(4, false));
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
    @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "quiescent with an open watch")
    @State
    public static class WorksUnderAnOpenWatch {
        private final WorkMetrics metrics = new WorkMetrics(WorkMetrics.builder("stress"), new StripedGate(4, false));
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
