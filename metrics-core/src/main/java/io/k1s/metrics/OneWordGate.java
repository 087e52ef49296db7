package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A gate whose count and state share one word: exact, linearizable, and a line that all threads share.
 *
 * <p>Entering is one compare-and-set that fails at the limit and after the close, so a close that has returned is
 * followed by no entry, the count never exceeds the limit, and no entry is refused below it (adding first and undoing
 * later would refuse spuriously). Children do not count against the limit; more than {@link #UNLIMITED} of them are
 * refused, because one more would carry into the state. Lock-free.
 */
final class OneWordGate {
    /** As many as the word can count; what "no limit" means. */
    static final long UNLIMITED = (1L << 30) - 1;

    /*
     *   63 sealed | 62 closed | 61 diverted | 60 zero | 59..30 children | 29..0 roots
     *
     * open -> closed (roots are refused) -> sealed (children too); never back. Diverted (roots have to queue) comes and goes.
     */
    static final long ROOT = 1L;
    private static final int CHILD_SHIFT = 30;
    static final long CHILD = 1L << CHILD_SHIFT;
    private static final long COUNTS = (1L << 60) - 1;
    private static final long DIVERTED = 1L << 61;
    private static final long CLOSED = 1L << 62;
    private static final long SEALED = 1L << 63;

    private static final VarHandle WORD = field();

    private final long limit;
    private volatile long word;

    OneWordGate(long limit) {
        this.limit = limit;
    }

    /** Returns the number inside after entering, or one of {@link Gate}'s negative codes. */
    long enter() {
        return enter(DIVERTED);
    }

    /** Like {@link #enter()}, by whoever the others have to queue behind. */
    long enterQueued() {
        return enter(0);
    }

    private long enter(long obstacle) {
        for (; ; ) {
            long w = word;
            if ((w & CLOSED) != 0) {
                return Gate.REJECTED_CLOSED;
            }
            if ((w & obstacle) != 0 || roots(w) >= limit) {
                return Gate.REJECTED_LIMIT;
            }
            if (casWord(w, w + ROOT)) {
                return inside(w) + 1;
            }
        }
    }

    /** Like {@link #enter()}, through a closed gate too, and outside the limit. */
    long enterChild() {
        for (; ; ) {
            long w = word;
            if ((w & SEALED) != 0) {
                return Gate.REJECTED_CLOSED;
            }
            if (children(w) == UNLIMITED) {
                return Gate.REJECTED_LIMIT;
            }
            if (casWord(w, w + CHILD)) {
                return inside(w) + 1;
            }
        }
    }

    /** Returns true when somebody waits: for the last one to leave a closed gate, or for room below the limit. */
    boolean exit(boolean child) {
        long before = (long) WORD.getAndAdd(this, child ? -CHILD : -ROOT);
        return (before & (CLOSED | DIVERTED)) != 0;
    }

    /** Like {@link #exit} of so many {@link #ROOT}s and {@link #CHILD}ren. */
    void exitAll(long sum) {
        WORD.getAndAdd(this, -sum);
    }

    /** Has roots queue, or no longer. */
    void divert(boolean on) {
        if (on) {
            WORD.getAndBitwiseOr(this, DIVERTED);
        } else {
            WORD.getAndBitwiseAnd(this, ~DIVERTED);
        }
    }

    void close() {
        WORD.getAndBitwiseOr(this, CLOSED);
    }

    void seal() {
        WORD.getAndBitwiseOr(this, CLOSED | SEALED);
    }

    boolean isClosed() {
        return (word & CLOSED) != 0;
    }

    boolean isQuiescent() {
        long w = word;
        return (w & CLOSED) != 0 && (w & COUNTS) == 0;
    }

    long inside() {
        return inside(word);
    }

    private static long inside(long w) {
        return roots(w) + children(w);
    }

    private static long children(long w) {
        return (w & COUNTS) >>> CHILD_SHIFT;
    }

    private static long roots(long w) {
        return w & UNLIMITED;
    }

    private boolean casWord(long expected, long next) {
        return WORD.compareAndSet(this, expected, next);
    }

    private static VarHandle field() {
        try {
            return MethodHandles.lookup().findVarHandle(OneWordGate.class, "word", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
