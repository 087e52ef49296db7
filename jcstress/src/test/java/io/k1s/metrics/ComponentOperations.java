package io.k1s.metrics;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.LongStream;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * Operations on a component, of which a test chooses some. Every thread ends what it began; the shared work, or watch, which
 * is there from the beginning, is ended by all.
 */
public abstract class ComponentOperations {
    final WorkMetrics metrics;
    final Work shared;
    private final Gate gate;
    private final Ledger ledger;
    private final boolean counted;
    private final Tickets roots = new Tickets();
    private final Tickets children = new Tickets();

    ComponentOperations(Gate gate, boolean watch) {
        this.metrics = new WorkMetrics(WorkMetrics.builder("checked"), gate);
        this.gate = gate;
        this.ledger = gate.ledger;
        this.counted = gate instanceof CountedGate;
        if (watch) {
            this.shared = metrics.startWatch("shared");
        } else {
            // As startWork() does, but not listed: the order in a table of identity hash codes differs from run to
            // run, and Lincheck has to repeat what it found.
            this.shared = new Work(metrics, false, null, false);
            shared.ticket = metrics.begin();
            shared.state = Work.LIVE;
        }
    }

    String begin(int thread) {
        try {
            roots.push(thread, metrics.begin());
            return "admitted";
        } catch (WorkRejectedException e) {
            return e.reason().name();
        }
    }

    boolean end(int thread) {
        return roots.end(thread, metrics);
    }

    boolean beginChild(int thread) {
        try {
            children.push(thread, metrics.beginChild(shared));
            return true;
        } catch (WorkRejectedException e) {
            return false;
        }
    }

    boolean endChild(int thread) {
        return children.end(thread, metrics);
    }

    @Operation
    public void close() {
        shut(false);
    }

    /** In fenced mode closing starts a timer, which Lincheck cannot schedule; it has no store buffers either, which it is for. */
    final void shut(boolean sealed) {
        if (!Fence.ASYMMETRIC) {
            metrics.shutGates(sealed);
        } else if (sealed) {
            metrics.closeNow();
        } else {
            metrics.close();
        }
    }

    @Operation
    public Quiet isQuiescent() {
        boolean quiescent = metrics.isQuiescent();
        // The striped ledger can hold starts that are just being rejected; the counted one is final.
        check(!quiescent || !counted || ledger.starts() == ledger.ends(), "quiescent before all outcomes are recorded");
        return Quiet.of(quiescent);
    }

    /** With all threads at rest the ledger adds up, and quiescence that is reached has been announced. */
    @Validate
    public void quiescenceIsAnnounced() {
        WorkSnapshot seen = metrics.snapshot();
        long live = roots.count() + children.count() + (shared.isEnded() || shared.isWatch() ? 0 : 1);
        check(seen.inFlight() == live, "in flight " + seen.inFlight() + ", live " + live);
        long begun = roots.begun() + children.begun() + (shared.isWatch() ? 0 : 1);
        check(seen.totalStarted() == begun, "started " + seen.totalStarted() + ", admitted " + begun);
        boolean drained = metrics.isClosed() && live == 0 && seen.watchers() == 0;
        check(
                drained == isAnnounced(),
                "quiescent " + metrics.isQuiescent() + ", closed " + metrics.isClosed() + ", " + seen);
    }

    /** On the real memory an owner's end can be missed in fenced mode: then whoever looks next finds it. Nowhere else. */
    private boolean isAnnounced() {
        if (gate.canMissAnEnd() && Lincheck.isOnRealMemory()) {
            metrics.tellOfTheEnd();
        }
        return metrics.isQuiescent();
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalStateException(message);
        }
    }

    /** The tickets that a thread holds; touched by that thread alone. */
    private static final class Tickets {
        private final Deque<Long>[] held = arrays();
        private final long[] begun = new long[held.length];

        @SuppressWarnings("unchecked")
        private static Deque<Long>[] arrays() {
            Deque<Long>[] made = new Deque[8];
            for (int i = 0; i < made.length; i++) {
                made[i] = new ArrayDeque<>();
            }
            return made;
        }

        void push(int thread, long ticket) {
            held[thread].push(ticket);
            begun[thread]++;
        }

        boolean end(int thread, WorkMetrics metrics) {
            Long ticket = held[thread].poll();
            if (ticket == null) {
                return false;
            }
            metrics.end(ticket, Outcome.SUCCEEDED);
            return true;
        }

        long begun() {
            return LongStream.of(begun).sum();
        }

        long count() {
            long count = 0;
            for (Deque<Long> each : held) {
                count += each.size();
            }
            return count;
        }
    }
}
