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
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A snapshot adds up while work goes on. The next work starts before the first one ends, so at every moment one or two are in
 * flight. Results: in flight by the snapshot; started since before both actors by it; failed, and in flight, when both are done.
 */
final class SnapshotConservation {
    private SnapshotConservation() {}

    /** Ends are read before starts, so an end is never read without the start that came before it. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0",
            expect = ACCEPTABLE,
            desc = "read before the next start, or after the first end")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "2, 0",
            expect = ACCEPTABLE,
            desc = "read between the start and the end, or the ends before the end and the starts after the start")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the end was read and the start before it was not")
    @State
    public static class Model {
        private final AtomicInteger starts = new AtomicInteger(1);
        private final AtomicInteger ends = new AtomicInteger();

        @Actor
        public void handOver() {
            starts.getAndIncrement();
            ends.getAndIncrement();
        }

        @Actor
        public void read(II_Result r) {
            int ended = ends.get();
            r.r1 = starts.get() - ended;
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0, 1, 1",
            expect = ACCEPTABLE,
            desc = "read before the next start")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "2, 1, 1, 1",
            expect = ACCEPTABLE,
            desc = "read between the start and the end, or the ends before the end and the starts after the start")
    @org.openjdk.jcstress.annotations.Outcome(id = "1, 1, 1, 1", expect = ACCEPTABLE, desc = "read after the first end")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the end was read and the start before it was not, or a work is in no column")
    @State
    public static class Striped extends HandOver {
        public Striped() {
            super(Stripes.shared());
        }

        @Actor
        public void handOver() {
            startThenEnd();
        }

        @Actor
        public void read(IIII_Result r) {
            snapshot(r);
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    /** The owner's path, whose starts and ends are plain additions. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0, 1, 1",
            expect = ACCEPTABLE,
            desc = "read before the next start")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "2, 1, 1, 1",
            expect = ACCEPTABLE,
            desc = "read between the start and the end, or the ends before the end and the starts after the start")
    @org.openjdk.jcstress.annotations.Outcome(id = "1, 1, 1, 1", expect = ACCEPTABLE, desc = "read after the first end")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the end was read and the start before it was not, or a work is in no column")
    @State
    public static class Owned {
        private final StripedGate gate = Stripes.unlimited();
        private final Stripe stripe = Stripes.owned(gate, 0);
        private final WorkMetrics metrics = Stripes.metrics(gate);
        private final long before;

        public Owned() {
            gate.beginOwned(stripe);
            before = metrics.snapshot().totalStarted();
        }

        @Actor
        public void handOver() {
            gate.beginOwned(stripe);
            gate.end(stripe, true, Outcome.FAILED);
        }

        @Actor
        public void read(IIII_Result r) {
            readBoth(metrics, before, r);
        }

        @Arbiter
        public void after(IIII_Result r) {
            readResult(metrics, r);
        }
    }

    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 0, 1, 1",
            expect = ACCEPTABLE,
            desc = "read before the next start")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "2, 1, 1, 1",
            expect = ACCEPTABLE,
            desc = "read between the start and the end, or the ends before the end and the starts after the start")
    @org.openjdk.jcstress.annotations.Outcome(id = "1, 1, 1, 1", expect = ACCEPTABLE, desc = "read after the first end")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the end was read and the start before it was not, or a work is in no column")
    @State
    public static class Counted extends HandOver {
        public Counted() {
            super(Stripes.counted(OneWordGate.UNLIMITED));
        }

        @Actor
        public void handOver() {
            startThenEnd();
        }

        @Actor
        public void read(IIII_Result r) {
            snapshot(r);
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    /** The shipped counters, read in the other order. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = {"1, 0", "2, 0"},
            expect = ACCEPTABLE,
            desc = "the next start and the first end did not both come between the two sums")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "starts read, then the next started and the first ended, then ends read")
    @State
    public static class WeakStartsFirst {
        private final Gate gate = Stripes.shared();
        private final long first = gate.begin();

        @Actor
        public void handOver() {
            gate.begin();
            gate.end(first, Outcome.SUCCEEDED);
        }

        @Actor
        public void read(II_Result r) {
            long starts = gate.ledger.starts();
            r.r1 = (int) (starts - gate.ledger.ends());
        }
    }

    /**
     * Results: admitted, started, rejected and in flight by the snapshot after both. The first start of a thread, which counts
     * before it takes the lock.
     */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(
            id = "1, 1, 0, 1",
            expect = ACCEPTABLE,
            desc = "counted before the close, and still in flight")
    @org.openjdk.jcstress.annotations.Outcome(
            id = "0, 0, 1, 0",
            expect = ACCEPTABLE,
            desc = "refused after the close, or undone when the close came between count and look")
    @org.openjdk.jcstress.annotations.Outcome(
            expect = FORBIDDEN,
            desc = "the start that the close met is missing, or is in two columns")
    @State
    public static class StartAgainstClose {
        private final WorkMetrics metrics = Stripes.metrics(Stripes.unlimited());
        private long ticket;

        @Actor
        public void start(IIII_Result r) {
            try {
                ticket = metrics.begin();
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
        public void after(IIII_Result r) {
            WorkSnapshot seen = metrics.snapshot();
            r.r2 = (int) seen.totalStarted();
            r.r3 = (int) seen.rejected();
            r.r4 = (int) seen.inFlight();
            if (r.r1 == 1) {
                // Nobody needs to look for it any more.
                metrics.end(ticket, Outcome.SUCCEEDED);
            }
        }
    }

    private static void readBoth(WorkMetrics metrics, long before, IIII_Result r) {
        WorkSnapshot seen = metrics.snapshot();
        r.r1 = (int) seen.inFlight();
        r.r2 = (int) (seen.totalStarted() - before);
    }

    private static void readResult(WorkMetrics metrics, IIII_Result r) {
        WorkSnapshot seen = metrics.snapshot();
        r.r3 = (int) seen.errors();
        r.r4 = (int) seen.inFlight();
    }

    abstract static class HandOver {
        private final WorkMetrics metrics;
        private final long first;
        private final long before;

        HandOver(Gate gate) {
            this.metrics = Stripes.metrics(gate);
            this.first = metrics.begin();
            this.before = metrics.snapshot().totalStarted();
        }

        final void startThenEnd() {
            metrics.begin();
            metrics.end(first, Outcome.FAILED);
        }

        final void snapshot(IIII_Result r) {
            readBoth(metrics, before, r);
        }

        final void result(IIII_Result r) {
            readResult(metrics, r);
        }
    }
}
