package io.k1s.storage.support;

import java.time.Duration;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys that expire, in the order in which they do, and the thread that deletes them. The thread is a daemon, started
 * with the first lease and gone when {@link #close} returns. Time is {@link System#nanoTime}.
 */
public final class TtlQueue implements AutoCloseable {

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String threadName;
    private final Consumer<Lease> expire;
    private final long origin = System.nanoTime();

    /** Guards what follows. Taken inside the store's write lock, never the other way round: expiring holds no lock. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final TreeSet<Lease> leases =
            new TreeSet<>(Comparator.comparingLong((Lease l) -> l.deadline).thenComparingLong(l -> l.number));
    private long lastNumber;
    private boolean closed;
    private @Nullable Thread thread;

    /** One key's life. Compared by identity: a key created again has another lease. */
    public static final class Lease {

        private final String key;
        private final long number;
        // Nanoseconds since the queue's origin, so that plain comparison is right. Changed only outside the set.
        private long deadline;

        private Lease(String key, long number, long deadline) {
            this.key = key;
            this.number = number;
            this.deadline = deadline;
        }

        /** Returns the key that expires. */
        public String key() {
            return key;
        }
    }

    /** Makes an empty queue. What expires runs on its thread; if it throws, it is tried again a second later. */
    public TtlQueue(String threadName, Consumer<Lease> expire) {
        this.threadName = threadName;
        this.expire = expire;
    }

    /**
     * Makes a lease that ends after a time from now, or at once if that is not positive. It counts from {@link #add} on.
     * Two steps, so that what can fail, the start of the thread, happens before the store commits.
     */
    public Lease prepare(String key, Duration left) {
        lock.lock();
        try {
            if (thread == null && !closed) {
                Thread started = new Thread(this::run, threadName);
                started.setDaemon(true);
                started.start();
                thread = started;
            }
            return new Lease(key, ++lastNumber, now() + left.toNanos());
        } finally {
            lock.unlock();
        }
    }

    /** Lets a lease take effect. */
    public void add(Lease lease) {
        lock.lock();
        try {
            leases.add(lease);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a lease, if there is one. */
    public void remove(@Nullable Lease lease) {
        if (lease == null) {
            return;
        }
        lock.lock();
        try {
            leases.remove(lease);
        } finally {
            lock.unlock();
        }
    }

    /** Stops expiring. Returns when the thread is gone; interrupts do not cut that short and are kept. */
    @Override
    public void close() {
        Thread stopping;
        lock.lock();
        try {
            closed = true;
            changed.signal();
            stopping = thread;
        } finally {
            lock.unlock();
        }
        if (stopping != null) {
            joinUninterruptibly(stopping);
        }
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    thread.join();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        for (Lease due = awaitNext(); due != null; due = awaitNext()) {
            try {
                expire.accept(due);
            } catch (Throwable t) {
                // An Error too: without this thread no key would expire any more.
                due.deadline = now() + RETRY_NANOS;
                add(due);
            }
        }
    }

    private @Nullable Lease awaitNext() {
        lock.lock();
        try {
            while (!closed) {
                long left = leases.isEmpty() ? Long.MAX_VALUE : leases.first().deadline - now();
                if (left <= 0) {
                    return leases.pollFirst();
                }
                try {
                    left = changed.awaitNanos(left);
                } catch (InterruptedException e) {
                    // Nobody but close may stop this thread, and close does not interrupt.
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private long now() {
        return System.nanoTime() - origin;
    }
}
