package io.k1s.metrics;

import java.util.LinkedList;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Admission and its count, as one step. Two kinds: {@link StripedGate}, which shares no word between stripes, and
 * {@link CountedGate}, which has one shared word and in exchange an exact peak, or a limit too small to be split.
 *
 * <p>A ticket names the stripe of the start, and carries the time of one that is a sample or had to wait. Negative tickets are
 * rejections.
 */
abstract sealed class Gate permits StripedGate, CountedGate {
    static final long REJECTED_CLOSED = -1;
    static final long REJECTED_LIMIT = -2;
    static final long REJECTED_PARENT_ENDED = -3;

    /* A ticket: 63 rejected | 62..8 the time, and how many starts it stands for, see Sampling | 7..0 stripe */
    private static final int STRIPE_MASK = (1 << 8) - 1;

    /** In fenced mode an end and whoever waits for it can miss each other; so who waits looks again, at doubling distance. */
    static final long FIRST_LOOK_MILLIS = 1;

    static final long LAST_LOOK_MILLIS = 500;

    private static final long SCAN_NANOS = 1_000_000;

    final Ledger ledger;
    final Listeners listeners = new Listeners();
    final Peak peak = new Peak();
    /** The lock of every slow path: closing, borrowing, waiting at the limit. No end takes it but to wake a waiter. */
    final ReentrantLock lock;

    final long limit;
    /** Who waits at the limit, in the order in which they came; under the lock. */
    @SuppressWarnings("JdkObsolete") // an ArrayDeque that finds no memory to grow has forgotten all who are in it
    private final Queue<Condition> line = new LinkedList<>();

    /** Whether anybody does; written under the lock. */
    private volatile boolean waitedFor;
    /** When the peak was last looked at; a hint that keeps such looks apart. */
    private volatile long scannedAt = System.nanoTime();

    Gate(Ledger ledger, long limit) {
        this.ledger = ledger;
        this.lock = ledger.lock;
        this.limit = limit;
    }

    /** Admits and counts in one step: returns the ticket, or a negative code. */
    abstract long begin();

    /** Like {@link #begin()}, past those who wait; under the lock. */
    abstract long beginQueued();

    /** Like {@link #begin()} for work inside {@code parent}: admitted as long as the parent is live and not sealed. */
    abstract long beginChild(Work parent);

    /** Records the outcome, then counts the end. Returns true when the caller must call {@link #wake} and look for quiescence. */
    abstract boolean end(Stripe stripe, boolean mine, Outcome outcome);

    /** Likewise, for who has only the ticket. */
    final boolean end(long ticket, Outcome outcome) {
        Stripe stripe = ledger.of(ticket);
        return end(stripe, stripe.isOwnedBy(Thread.currentThread()), outcome);
    }

    /** After the return no root work is admitted. Thread-safe, idempotent. */
    abstract void close();

    /** After the return nothing is admitted. Thread-safe, idempotent. */
    abstract void seal();

    /** Closed, and nothing in flight: final once true. */
    abstract boolean isQuiescent();

    /** Whether it is closed. */
    abstract boolean isShut();

    /** Whether an end can be missed by the close, so that somebody has to look again later. */
    abstract boolean canMissAnEnd();

    /** Sends every start to the lock, and has every end call {@link #wake}; under the lock. */
    abstract void divert();

    /** Undoes {@link #divert}; under the lock. */
    abstract void restore();

    /** Raises an observed peak to what is in flight now; under the lock. */
    abstract void observePeak();

    /** The most roots that can be in flight. */
    final long rootLimit() {
        return limit == OneWordGate.UNLIMITED ? Long.MAX_VALUE : limit;
    }

    final boolean isAnyoneWaiting() {
        return waitedFor;
    }

    /**
     * Begins as soon as there is room below the limit: first come, first served. Returns a ticket, or the code of a rejection
     * when the time has passed, the gate has closed, or the thread is interrupted, which it then still is.
     */
    final long awaitRoom(long nanos) {
        lock.lock();
        try {
            if (isShut()) {
                return REJECTED_CLOSED;
            }
            Condition place = lock.newCondition();
            try {
                // Registered before it looks: an end is either seen by the look, or sees that somebody waits.
                line.add(place);
                if (line.size() == 1) {
                    waitedFor = true;
                    divert();
                }
                return beginInTurn(place, nanos);
            } finally {
                line.remove(place);
                if (line.isEmpty()) {
                    waitedFor = false;
                    restore();
                } else {
                    // There may be room for the next one too, or a wake-up came that was not used.
                    wake();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return REJECTED_LIMIT;
        } finally {
            lock.unlock();
        }
    }

    private long beginInTurn(Condition place, long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        long pause = canMissAnEnd() ? TimeUnit.MILLISECONDS.toNanos(FIRST_LOOK_MILLIS) : Long.MAX_VALUE;
        for (; ; ) {
            boolean first = line.peek() == place;
            long ticket = first || isShut() ? beginQueued() : REJECTED_LIMIT;
            long now = System.nanoTime();
            long left = deadline - now;
            if (ticket != REJECTED_LIMIT || left <= 0) {
                return ticket < 0 ? ticket : Sampling.stamped(ticket, now);
            }
            place.awaitNanos(first ? Math.min(left, pause) : left);
            if (canMissAnEnd()) {
                pause = Math.min(2 * pause, TimeUnit.MILLISECONDS.toNanos(LAST_LOOK_MILLIS));
            }
        }
    }

    /** Tells the first of those who wait that there may be room. */
    final void wake() {
        if (waitedFor) {
            lock.lock();
            try {
                Condition first = line.peek();
                if (first != null) {
                    first.signal();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Tells all who wait that the gate has closed; under the lock. */
    final void wakeAll() {
        line.forEach(Condition::signal);
    }

    /** Takes the sample that is due, by whoever may write the stripe's plan. Returns what the ticket carries. */
    final long sample(Stripe stripe, long start) {
        long stamp = Sampling.take(stripe, start);
        long now = stripe.sampledAt;
        if ((start <= Sampling.EACH_UP_TO || now - scannedAt > SCAN_NANOS) && lock.tryLock()) {
            try {
                scannedAt = now;
                observePeak();
            } finally {
                lock.unlock();
            }
        }
        return listeners.isEmpty() ? 0 : stamp;
    }

    static int stripeOf(long ticket) {
        return (int) ticket & STRIPE_MASK;
    }
}
