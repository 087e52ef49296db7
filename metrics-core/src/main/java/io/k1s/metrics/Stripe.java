package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/** Keeps the words of a stripe away from whatever lies before it. */
abstract class StripeFrontPad {
    byte b00, b01, b02, b03, b04, b05, b06, b07, b08, b09, b0a, b0b, b0c, b0d, b0e, b0f;
    byte b10, b11, b12, b13, b14, b15, b16, b17, b18, b19, b1a, b1b, b1c, b1d, b1e, b1f;
    byte b20, b21, b22, b23, b24, b25, b26, b27, b28, b29, b2a, b2b;
}

/**
 * The words. Those that a start and an end use come first, within the 128 bytes that an instruction reaches by a short offset.
 * The starts and the trip are a line apart, so that no test of the two can be right by their sharing one.
 */
abstract class StripeWords extends StripeFrontPad {
    /** Starts, or what a lending stripe was granted in all. */
    long starts;

    long succeeded;
    long failed;
    long cancelled;
    long elsewhereSucceeded;
    long elsewhereFailed;
    long elsewhereCancelled;

    /**
     * See {@link ThreadFacts#id}; 0 if nobody's. Written under the lock. A thread reads itself here, or in {@link #owner}, only
     * if it has written itself, so neither order nor, below 2^32 threads, the unity of the two halves is needed; anything else
     * that it may see is not it.
     */
    long ownerId;

    long trip;
    long undone;
    /** See {@link StripedGate}; written under the lock alone. */
    long allowance;
    /** Up to this start the last recall has taken all for admitted; under the lock. */
    long decided;
    /** The number of the start that is sampled next: the owner's, or under the lock. */
    long nextSample;

    /** Written under the lock. */
    WeakReference<Thread> owner = Stripe.NOBODY;
}

/** Keeps the words of a stripe away from whatever lies behind it. */
abstract class StripeBackPad extends StripeWords {
    byte c00, c01, c02, c03, c04, c05, c06, c07, c08, c09, c0a, c0b, c0c, c0d, c0e, c0f;
    byte c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c1a, c1b, c1c, c1d, c1e, c1f;
    byte c20, c21, c22, c23, c24, c25, c26, c27, c28, c29, c2a, c2b, c2c, c2d, c2e, c2f;
}

/**
 * The counters of some threads in one component: starts, ends by outcome, and the trip word. Counters only grow; what is in
 * flight is a difference, so nothing is ever decremented and nothing can go negative.
 *
 * <p>An <em>owned</em> stripe belongs to one platform thread, the only one to write its starts and its ends; who ends work of
 * it elsewhere has words of their own. The others are <em>shared</em>, written by atomic read-modify-write. Every operation is
 * wait-free.
 */
final class Stripe extends StripeBackPad {
    /** Trip values: anything positive is the first start that takes the slow path. */
    static final long NEVER = Long.MAX_VALUE;

    /** Every start takes the slow path. */
    static final long RECALLED = 0;

    /** Below zero, every end tells too. */
    static final long WAITED_FOR = -1;

    static final long CLOSED = -2;

    private static final VarHandle STARTS = word("starts");
    private static final VarHandle SUCCEEDED = word("succeeded");
    private static final VarHandle FAILED = word("failed");
    private static final VarHandle CANCELLED = word("cancelled");
    private static final VarHandle ELSEWHERE_SUCCEEDED = word("elsewhereSucceeded");
    private static final VarHandle ELSEWHERE_FAILED = word("elsewhereFailed");
    private static final VarHandle ELSEWHERE_CANCELLED = word("elsewhereCancelled");
    private static final VarHandle UNDONE = word("undone");
    private static final VarHandle TRIP = word("trip");
    private static final VarHandle OWNER_ID = word("ownerId");

    static final WeakReference<Thread> NOBODY = new WeakReference<>(null);

    /** Stands where there is no stripe: nobody's, and nothing is ever counted in it. */
    static final Stripe NONE = new Stripe(-1, false, NEVER);

    /** Where it stands in the ledger, which is what a ticket says. */
    final int index;

    /** Whether {@link #trip} holds starts that are lent, and {@link #starts} those and all that were lent before. */
    private final boolean lending;

    /** What was undone before the last recall read the starts; under the lock. */
    long undoneBefore;

    // Of the sampling: the owner's, or under the lock.
    int sampleScale;
    long sampledAt;

    Stripe(int index, boolean lending, long trip) {
        this.index = index;
        this.lending = lending;
        this.trip = trip;
    }

    /* By the id where there is one: a start then has one load less to wait for. Otherwise not by refersTo: the first compiler,
     * which short programs run with, calls into the VM for it. That get() keeps the referent alive means nothing where it is
     * the current thread. */
    boolean isOwnedBy(Thread thread) {
        return ThreadFacts.HAVE_ID ? ownerId == ThreadFacts.id(thread) : owner.get() == thread;
    }

    boolean isLending() {
        return lending;
    }

    /** Who owns it; null if nobody does, or it is gone. */
    @Nullable
    Thread owner() {
        return owner.get();
    }

    /** Whether its owner has ended. Under the lock. */
    boolean isAbandoned() {
        Thread thread = owner();
        return thread == null || !thread.isAlive();
    }

    /**
     * Makes a thread the owner. Under the lock, by that thread, of a stripe that is new or abandoned: what the dead thread
     * wrote is ordered before by its having ended, where that could be asked; where the collector has cleared the reference,
     * the atomic reads stand at the end of the order of its writes.
     */
    void adopt(Thread thread) {
        STARTS.getAndAdd(this, 0L);
        SUCCEEDED.getAndAdd(this, 0L);
        FAILED.getAndAdd(this, 0L);
        CANCELLED.getAndAdd(this, 0L);
        owner = new WeakReference<>(thread);
        OWNER_ID.setOpaque(this, ThreadFacts.id(thread));
    }

    /** Counts a start, and orders it before the look at the trip that follows. By the owner; returns its number, from 1. */
    long start() {
        if (Fence.ASYMMETRIC) {
            long number = starts + 1;
            STARTS.setOpaque(this, number);
            return number;
        }
        return startShared();
    }

    /** The trip after {@link #start}. */
    long tripOfStart() {
        return Fence.ASYMMETRIC ? (long) TRIP.getOpaque(this) : trip();
    }

    /** The number of the start that {@link #start} counted last; by the owner. */
    long lastStart() {
        return starts;
    }

    /** Counts a start where something else decides; by the owner. */
    long count() {
        long number = starts + 1;
        STARTS.setOpaque(this, number);
        return number;
    }

    /** Counts a start by anyone. */
    long startShared() {
        return (long) STARTS.getAndAdd(this, 1L) + 1;
    }

    /** Raises, or lowers, what a lending stripe was granted in all; under the lock. */
    void grant(long more) {
        STARTS.setVolatile(this, starts + more);
    }

    /** Takes back all that a lending stripe holds, and has its trip say why. Under the lock. */
    void withdraw(long reason) {
        grant(-Math.max(0, swapTrip(reason)));
    }

    /** Counts a start as gone that was not admitted. */
    void undo() {
        UNDONE.getAndAdd(this, 1L);
    }

    /** Counts an end; by the owner. */
    void end(Outcome outcome) {
        // Not a switch, which looks the outcome up in a table even where the compiler knows it.
        if (outcome == Outcome.SUCCEEDED) {
            SUCCEEDED.setRelease(this, succeeded + 1);
        } else if (outcome == Outcome.FAILED) {
            FAILED.setRelease(this, failed + 1);
        } else {
            CANCELLED.setRelease(this, cancelled + 1);
        }
    }

    /** Counts an end; by anyone. */
    void endElsewhere(Outcome outcome) {
        switch (outcome) {
            case SUCCEEDED -> ELSEWHERE_SUCCEEDED.getAndAdd(this, 1L);
            case FAILED -> ELSEWHERE_FAILED.getAndAdd(this, 1L);
            case CANCELLED -> ELSEWHERE_CANCELLED.getAndAdd(this, 1L);
        }
    }

    /** All starts; of a lending stripe under the lock, or once nothing is lent any more. */
    long starts() {
        long granted = (long) STARTS.getVolatile(this);
        return lending ? granted - Math.max(0, trip()) : granted;
    }

    long ended(Outcome outcome) {
        return switch (outcome) {
            case SUCCEEDED -> (long) SUCCEEDED.getVolatile(this) + (long) ELSEWHERE_SUCCEEDED.getVolatile(this);
            case FAILED -> (long) FAILED.getVolatile(this) + (long) ELSEWHERE_FAILED.getVolatile(this);
            case CANCELLED -> (long) CANCELLED.getVolatile(this) + (long) ELSEWHERE_CANCELLED.getVolatile(this);
        };
    }

    long undone() {
        return (long) UNDONE.getVolatile(this);
    }

    /** Works that have ended, however they did. */
    long outcomes() {
        return ended(Outcome.SUCCEEDED) + ended(Outcome.FAILED) + ended(Outcome.CANCELLED);
    }

    /** Everything that leaves the set of works in flight: the outcomes and the undone starts. */
    long ends() {
        return outcomes() + undone();
    }

    long trip() {
        return (long) TRIP.getVolatile(this);
    }

    /** As weak as an end of the owner's may look: see {@link StripedGate}. */
    long tripOfEnd() {
        return (long) TRIP.getOpaque(this);
    }

    void trip(long value) {
        TRIP.setVolatile(this, value);
    }

    boolean casTrip(long expected, long next) {
        return TRIP.compareAndSet(this, expected, next);
    }

    /** Replaces the trip and returns what stood there. */
    long swapTrip(long next) {
        return (long) TRIP.getAndSet(this, next);
    }

    private static VarHandle word(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(StripeWords.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
