package io.k1s.metrics;

/**
 * What one thread would see of a component that holds one work, the shared one, from the beginning. Lincheck looks for an
 * order of the operations in which this gives the answers that the threads got.
 */
public class ComponentSpecification {
    private final long limit;
    private final int[] held = new int[8];
    private final int[] heldChildren = new int[8];
    private final int[] heldWatches = new int[8];
    private int roots;
    private int children;
    private int watches;
    private boolean sharedEnded;
    private boolean closed;
    private boolean sealed;

    public ComponentSpecification() {
        this(Long.MAX_VALUE);
    }

    ComponentSpecification(long limit) {
        this.limit = limit;
        this.roots = 1;
    }

    public String begin(int thread) {
        if (closed) {
            return "CLOSED";
        }
        if (roots == limit) {
            return "LIMIT";
        }
        roots++;
        held[thread]++;
        return "admitted";
    }

    public boolean end(int thread) {
        if (held[thread] == 0) {
            return false;
        }
        held[thread]--;
        roots--;
        return true;
    }

    public boolean beginChild(int thread) {
        if (sealed || sharedEnded) {
            return false;
        }
        children++;
        heldChildren[thread]++;
        return true;
    }

    public boolean endChild(int thread) {
        if (heldChildren[thread] == 0) {
            return false;
        }
        heldChildren[thread]--;
        children--;
        return true;
    }

    public boolean startWatch(int thread) {
        if (closed) {
            return false;
        }
        watches++;
        heldWatches[thread]++;
        return true;
    }

    public boolean endWatch(int thread) {
        if (heldWatches[thread] == 0) {
            return false;
        }
        heldWatches[thread]--;
        watches--;
        return true;
    }

    public boolean endShared() {
        if (sharedEnded) {
            return false;
        }
        sharedEnded = true;
        roots--;
        return true;
    }

    public void close() {
        closed = true;
    }

    public void closeNow() {
        closed = true;
        sealed = true;
    }

    public Quiet isQuiescent() {
        return Quiet.allowed(closed && roots + children + watches == 0);
    }

    /** Two works at a time. */
    public static final class LimitTwo extends ComponentSpecification {
        public LimitTwo() {
            super(2);
        }
    }
}
