package io.k1s.storage;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs a block of operations on all threads of a row at once: the caller's and as many more as it takes. They meet at a
 * barrier before they begin, spinning, since a thread that has to be woken comes late. A block that gets stuck ends the
 * process, with the stacks of all threads.
 */
final class Blocks {
    private static final long STUCK_MILLIS = 30_000;
    private static final int SPINS = 2_000;
    /** The fewest that a component has. */
    private static final int SLOTS = 16;

    /** By thread and arm. */
    private final Body[][] bodies;

    private final long[] nanos;
    private final AtomicInteger arrivals = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private volatile int round;
    private int arm;
    private int count;

    Blocks(Body[][] bodies) {
        this.bodies = bodies;
        this.nanos = new long[bodies.length];
        Set<Long> taken = new HashSet<>(Set.of(slot(Thread.currentThread())));
        for (int i = 1; i < bodies.length; i++) {
            int mine = i;
            Thread thread = daemon("bench-" + i, () -> follow(mine));
            while (!taken.add(slot(thread)) && taken.size() < SLOTS) {
                thread = daemon("bench-" + i, () -> follow(mine));
            }
            thread.start();
        }
        daemon("bench-watchdog", this::watch).start();
    }

    /**
     * Where a component looks first for the thread's stripe. The second of two threads with one such place takes a longer way: a
     * harness that has started a thread more, or one less, would measure it or not.
     */
    private static long slot(Thread thread) {
        return thread.getId() % SLOTS;
    }

    private static Thread daemon(String name, Runnable body) {
        Thread thread = new Thread(
                () -> {
                    try {
                        body.run();
                    } catch (Throwable t) {
                        t.printStackTrace();
                        Runtime.getRuntime().halt(1);
                    }
                },
                name);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns the time of one operation in ns, the mean over the threads. */
    double run(int ofArm, int operations) throws Exception {
        arm = ofArm;
        count = operations;
        meet();
        block(0);
        long sum = 0;
        for (long each : nanos) {
            sum += each;
        }
        finished.incrementAndGet();
        return (double) sum / nanos.length / operations;
    }

    private void follow(int thread) {
        while (true) {
            meet();
            try {
                block(thread);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void block(int thread) throws Exception {
        Body body = bodies[thread][arm];
        int operations = count;
        body.before(operations);
        meet();
        long start = System.nanoTime();
        body.run(operations);
        nanos[thread] = System.nanoTime() - start;
        meet();
        body.after(operations);
        meet();
    }

    /** A barrier: whoever comes last lets all go on. */
    private void meet() {
        int mine = round;
        if (arrivals.incrementAndGet() == bodies.length) {
            arrivals.set(0);
            round = mine + 1;
            return;
        }
        for (int spins = 0; round == mine; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /** Looks from time to time: what it watches is measured, and must not have to tell it anything. */
    private void watch() {
        try {
            for (int before = -1; before != finished.get(); ) {
                before = finished.get();
                Thread.sleep(STUCK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        System.err.println("no block ended in " + STUCK_MILLIS + " ms:");
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            System.err.println(thread);
            for (StackTraceElement frame : stack) {
                System.err.println("    " + frame);
            }
        });
        Runtime.getRuntime().halt(2);
    }
}
