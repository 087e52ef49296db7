package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The stripes of one component, made when they are first needed ({@link Stripe#NONE} stands there before), and who uses which.
 *
 * <p>A platform thread owns the stripe in one of the two slots of its id, if one is free. Virtual threads, and threads that
 * found both taken, use the shared stripes; children of live work have shared stripes of their own, since they do not count
 * against a limit. Finding a stripe is wait-free; making one, or changing its owner, takes the lock.
 */
final class Ledger {
    /** Children are told apart by their stripe alone. */
    private static final int CHILD_STRIPES = 4;

    /** A ticket has eight bits for the stripe. */
    private static final int MAX_STRIPES = 1 << 8;

    /** Slots, and stripes, in which every thread finds that it has none. */
    static final Stripe[] NOBODYS = nobodys(MAX_STRIPES);

    /** 2^32 divided by the golden ratio (Knuth, TAOCP 3, 6.4): neighbours land far from each other. */
    private static final int SPREAD = 0x9E3779B9;

    private static final VarHandle STRIPES = MethodHandles.arrayElementVarHandle(Stripe[].class);

    final ReentrantLock lock = new ReentrantLock();
    /** By index, which a ticket holds: the owned ones, the shared ones, those of children. Written once each, under the lock. */
    final Stripe[] stripes;
    /** The owned ones again, where their owners look, at the same index, until the component closes. Written under the lock. */
    final Stripe[] slots;

    private final int owned;
    private final int shared;
    private final boolean lending;
    private final long firstSample;
    /** No thread gets a stripe any more; under the lock. */
    private boolean frozen;
    /** See {@link #made()}; under the lock. */
    private int made;

    /** Sizes by the processors: a thread of a usual pool finds a slot of its own, two on shared stripes rarely meet. */
    Ledger(boolean lending, boolean sampling) {
        this(
                defaultOwned(Runtime.getRuntime().availableProcessors()),
                defaultShared(Runtime.getRuntime().availableProcessors()),
                lending,
                sampling);
    }

    /**
     * With sizes that are powers of two.
     *
     * @param lending whether the shared stripes hold starts that are lent, as {@link StripedGate} wants it
     */
    Ledger(int owned, int shared, boolean lending, boolean sampling) {
        this.owned = owned;
        this.shared = shared;
        this.lending = lending;
        this.firstSample = sampling ? 1 : Stripe.NEVER;
        this.slots = nobodys(owned);
        this.stripes = nobodys(owned + shared + CHILD_STRIPES);
    }

    private static Stripe[] nobodys(int length) {
        Stripe[] array = new Stripe[length];
        Arrays.fill(array, Stripe.NONE);
        return array;
    }

    static int defaultOwned(int processors) {
        return powerOfTwo(8 * processors, 16, 128);
    }

    static int defaultShared(int processors) {
        return powerOfTwo(2 * processors, 4, MAX_STRIPES / 4);
    }

    private static int powerOfTwo(int wanted, int least, int most) {
        return Math.max(least, Math.min(most, Integer.highestOneBit(wanted - 1) << 1));
    }

    /** How many there can be. */
    int stripes() {
        return stripes.length;
    }

    /** How many there are. Under the lock. */
    int made() {
        return made;
    }

    /** The stripe that this thread owns; null if it owns none, or the component is closed. */
    @Nullable
    Stripe mine() {
        Thread current = Thread.currentThread();
        if (ThreadFacts.isVirtual(current)) {
            return null;
        }
        Stripe stripe = read(slots, slotOf(current));
        if (stripe.isOwnedBy(current)) {
            return stripe;
        }
        stripe = read(slots, otherSlotOf(current));
        return stripe.isOwnedBy(current) ? stripe : null;
    }

    /** Whether {@link #claim} could have a stripe for this thread. A hint: cheap, and without the lock. */
    boolean isClaimable() {
        Thread current = Thread.currentThread();
        return !ThreadFacts.isVirtual(current)
                && (read(slots, slotOf(current)).owner() == null
                        || read(slots, otherSlotOf(current)).owner() == null);
    }

    /** Makes a free or abandoned slot this thread's. Returns null if both are taken, or the thread cannot own one. */
    @Nullable
    Stripe claim() {
        Thread current = Thread.currentThread();
        if (ThreadFacts.isVirtual(current)) {
            return null;
        }
        Stripe stripe = claim(slotOf(current), current);
        return stripe != null ? stripe : claim(otherSlotOf(current), current);
    }

    /** Makes the slot this thread's, under whatever id; open to tests. */
    @Nullable
    Stripe claim(int slot, Thread owner) {
        lock.lock();
        try {
            Stripe stripe = stripes[slot];
            if (frozen || !stripe.isAbandoned()) {
                return null;
            }
            if (stripe == Stripe.NONE) {
                stripe = make(slot, false, Stripe.RECALLED);
            }
            stripe.adopt(owner);
            STRIPES.setRelease(slots, slot, stripe);
            return stripe;
        } finally {
            lock.unlock();
        }
    }

    /** A shared stripe: the n-th that this thread may try. */
    Stripe shared(int n) {
        int at = owned + (((int) ThreadFacts.hint(Thread.currentThread()) + n) & (shared - 1));
        Stripe stripe = at(at);
        return stripe != Stripe.NONE ? stripe : made(at, lending, Stripe.RECALLED);
    }

    /** The stripe for children of a work of this stripe; any number does. */
    Stripe ofChildren(int parent) {
        int at = owned + shared + (parent & (CHILD_STRIPES - 1));
        Stripe stripe = at(at);
        return stripe != Stripe.NONE ? stripe : made(at, false, Stripe.NEVER);
    }

    boolean isOfChildren(int index) {
        return index >= owned + shared;
    }

    private Stripe made(int at, boolean lent, long firstTrip) {
        lock.lock();
        try {
            Stripe stripe = stripes[at];
            return stripe != Stripe.NONE ? stripe : make(at, lent, frozen ? Stripe.CLOSED : firstTrip);
        } finally {
            lock.unlock();
        }
    }

    private Stripe make(int at, boolean lent, long trip) {
        Stripe stripe = new Stripe(at, lent, trip);
        stripe.nextSample = firstSample;
        STRIPES.setRelease(stripes, at, stripe);
        made++;
        return stripe;
    }

    /** The stripe at the index; {@link Stripe#NONE} if nobody has needed it. */
    Stripe at(int index) {
        return read(stripes, index);
    }

    /** The stripe that a ticket names. */
    Stripe of(long ticket) {
        Stripe stripe = at(Gate.stripeOf(ticket));
        if (stripe == Stripe.NONE) {
            throw new IllegalArgumentException("ticket " + ticket + " was not given by this component");
        }
        return stripe;
    }

    /** Lets no thread have a stripe from now on, or find its own. Under the lock. */
    void freeze() {
        frozen = true;
        for (int i = 0; i < slots.length; i++) {
            STRIPES.setRelease(slots, i, Stripe.NONE);
        }
    }

    long starts() {
        return starts(0, stripes.length);
    }

    /** Everything that leaves the set of works in flight: the outcomes and the undone starts. */
    long ends() {
        return ends(0, stripes.length);
    }

    /**
     * What the counters say, ends first, so that a work that ends in between is not missing from both sides.
     *
     * @param limit the most roots that can be in flight: more are starts on their way to rejection
     */
    Counts counts(long limit) {
        Counts roots = counts(0, owned + shared, limit);
        Counts children = counts(owned + shared, stripes.length, Long.MAX_VALUE);
        return new Counts(
                roots.succeeded + children.succeeded,
                roots.failed + children.failed,
                roots.cancelled + children.cancelled,
                roots.inFlight + children.inFlight);
    }

    private Counts counts(int from, int to, long limit) {
        long succeeded = ended(from, to, Outcome.SUCCEEDED);
        long failed = ended(from, to, Outcome.FAILED);
        long cancelled = ended(from, to, Outcome.CANCELLED);
        long undone = undone(from, to);
        return new Counts(
                succeeded,
                failed,
                cancelled,
                Math.min(limit, starts(from, to) - succeeded - failed - cancelled - undone));
    }

    /**
     * What was in flight together at some moment during the call, or less: starts first, so that what ends in between makes it
     * lower, never higher.
     */
    long overlapping(long limit) {
        int roots = owned + shared;
        long rootStarts = starts(0, roots);
        long childStarts = starts(roots, stripes.length);
        return Math.min(limit, rootStarts - ends(0, roots)) + childStarts - ends(roots, stripes.length);
    }

    /** The owners of the stripes on which work is in flight, as far as they live. */
    List<Thread> busyOwners() {
        List<Thread> busy = new ArrayList<>();
        for (int i = 0; i < owned; i++) {
            Stripe stripe = at(i);
            long ends = stripe.ends();
            Thread owner = stripe.starts() == ends ? null : stripe.owner();
            if (owner != null) {
                busy.add(owner);
            }
        }
        return busy;
    }

    private long starts(int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += at(i).starts();
        }
        return sum;
    }

    private long ends(int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += at(i).ends();
        }
        return sum;
    }

    private long ended(int from, int to, Outcome outcome) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += at(i).ended(outcome);
        }
        return sum;
    }

    private long undone(int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += at(i).undone();
        }
        return sum;
    }

    /** What stands in one of the arrays. */
    static Stripe read(Stripe[] array, int index) {
        return (Stripe) STRIPES.getAcquire(array, index);
    }

    private int slotOf(Thread thread) {
        return slotOf(thread, owned - 1);
    }

    static int slotOf(Thread thread, int mask) {
        return (int) ThreadFacts.hint(thread) & mask;
    }

    /** Where who finds that one taken may be instead: off by an odd number, in which every bit of the id has its part. */
    private int otherSlotOf(Thread thread) {
        int id = (int) ThreadFacts.hint(thread);
        int odd = ((id * SPREAD) >>> 24) | 1;
        return (id ^ odd) & (owned - 1);
    }

    /** The sums of the counters. */
    record Counts(long succeeded, long failed, long cancelled, long inFlight) {}
}
