package io.k1s.registry;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that ends the process when nothing else does. It is started while all is well, because threads may have run
 * out later, and does nothing at its deadline but halt: no lock, no log, no allocation that could fail.
 */
final class Watchdog {
    static final int EXIT_CODE = 76;

    /** What a hung shutdown gets after the hard deadline. */
    static final Duration GRACE = Duration.ofSeconds(1);

    /** What a step of a shutdown may take after the hard deadline, and what a process that was stopped is late by. */
    // In nanoseconds for the reason that ConfigSource has: every registry that is made loads this class.
    static final Duration HALF_OF_GRACE = Duration.ofNanos(GRACE.toNanos() / 2);

    private static final long GRACE_NANOS = GRACE.toNanos();
    private static final long LATE_NANOS = HALF_OF_GRACE.toNanos();

    private final ProcessControl process;
    private final Thread thread = new Thread(this::watch, "k1s-watchdog");
    private volatile boolean armed;
    /** Written before armed, read after it. */
    private long hardDeadlineNanos;

    Watchdog(ProcessControl process) {
        this.process = process;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Halts the process one second after the deadline, which is by {@link System#nanoTime}. The first call counts. */
    synchronized void arm(long deadlineNanos) {
        if (!armed) {
            hardDeadlineNanos = deadlineNanos;
            armed = true;
            LockSupport.unpark(thread);
        }
    }

    private void watch() {
        while (!armed) {
            LockSupport.park(this);
            dropInterrupt();
        }
        sleepUntil(hardDeadlineNanos);
        // The process may have been stopped across the deadline (SIGSTOP).
        long end = EventQueue.later(hardDeadlineNanos, System.nanoTime()) + GRACE_NANOS;
        sleepUntil(end);
        long now = System.nanoTime();
        if (now - end > LATE_NANOS) {
            // Or in the second after it: the shutdown has not had its chance of a last look.
            sleepUntil(now + GRACE_NANOS);
        }
        process.halt(EXIT_CODE);
    }

    private void sleepUntil(long endNanos) {
        for (long left = endNanos - System.nanoTime(); left > 0; left = endNanos - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
            dropInterrupt();
        }
    }

    /** An interrupted thread does not park, and would spin. There is nothing here that anybody may interrupt. */
    private static void dropInterrupt() {
        var unused = Thread.interrupted();
    }
}
