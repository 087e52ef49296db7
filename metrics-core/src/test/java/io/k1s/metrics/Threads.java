package io.k1s.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Threads that start together and are joined; what any of them threw fails the test. */
final class Threads {
    /** Long enough for a loaded machine; only a hang takes it. Whoever breaks the code to see a test fail wants less. */
    static final long PATIENCE_SECONDS = Long.getLong("k1s.test.patience", 60);

    private static final Thread SOMEBODY_ELSE = new Thread(Threads::waitForEver, "somebody else");

    static {
        SOMEBODY_ELSE.setDaemon(true);
        SOMEBODY_ELSE.start();
    }

    private Threads() {}

    /** A thread that lives and does nothing. */
    static Thread somebodyElse() {
        return SOMEBODY_ELSE;
    }

    private static void waitForEver() {
        while (true) {
            LockSupport.park();
        }
    }

    @FunctionalInterface
    interface Task {
        void run() throws Exception;
    }

    static void together(Task... tasks) throws InterruptedException {
        CyclicBarrier start = new CyclicBarrier(tasks.length);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (Task task : tasks) {
            Thread thread = new Thread(() -> {
                try {
                    start.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                    task.run();
                } catch (Throwable t) {
                    failures.add(t);
                }
            });
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            join(thread);
        }
        if (!failures.isEmpty()) {
            AssertionError error = new AssertionError("a thread failed", failures.poll());
            failures.forEach(error::addSuppressed);
            throw error;
        }
    }

    static void elsewhere(Task task) throws InterruptedException {
        together(task);
    }

    static void join(Thread thread) throws InterruptedException {
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        if (thread.isAlive()) {
            AssertionError hang = new AssertionError("still running: " + thread);
            hang.setStackTrace(thread.getStackTrace());
            throw hang;
        }
    }

    /** Returns once the thread has parked or blocked, so that it is known to wait. */
    static void awaitWaiting(Thread thread) {
        until(
                () -> thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING,
                thread + " waits");
    }

    /** Returns once it is so. */
    static void until(BooleanSupplier condition, String expected) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("never came true: " + expected);
            }
            Thread.onSpinWait();
        }
    }
}
