package io.k1s.registry;

import io.k1s.bench.Estimate;
import io.k1s.bench.Jvm;
import io.k1s.metrics.Outcome;
import io.k1s.metrics.WorkMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One process of the drain set: from the last end on one thread to the return of the wait on another. */
final class DrainProcess {
    static final List<String> DESIGNS = List.of("awaitQuiescence", "CountDownLatch", "Phaser");

    private static final long TIMEOUT_SECONDS = 20;
    private static final long ASLEEP_NANOS = 50_000;

    private volatile long returned;

    private interface Last {
        void end();

        boolean await() throws Exception;
    }

    private static final class OurLast implements Last {
        private final WorkMetrics metrics = WorkMetrics.create("drained");
        private final long ticket = metrics.begin();

        OurLast() {
            metrics.close();
        }

        @Override
        public void end() {
            metrics.end(ticket, Outcome.SUCCEEDED);
        }

        @Override
        public boolean await() throws InterruptedException {
            return metrics.awaitQuiescence(Duration.ofSeconds(TIMEOUT_SECONDS));
        }
    }

    private static final class LatchLast implements Last {
        private final CountDownLatch latch = new CountDownLatch(1);

        @Override
        public void end() {
            latch.countDown();
        }

        @Override
        public boolean await() throws InterruptedException {
            return latch.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static final class PhaserLast implements Last {
        private final Phaser phaser = new Phaser(1);

        @Override
        public void end() {
            phaser.arriveAndDeregister();
        }

        @Override
        public boolean await() throws Exception {
            return phaser.awaitAdvanceInterruptibly(0, TIMEOUT_SECONDS, TimeUnit.SECONDS) != 0;
        }
    }

    /** Arguments: how many of each, the seed. */
    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        DrainProcess process = new DrainProcess();
        List<Supplier<Last>> designs = List.of(OurLast::new, LatchLast::new, PhaserLast::new);
        double[][] nanos = new double[designs.size()][rounds];
        List<Integer> order = new ArrayList<>(List.of(0, 1, 2));
        Random random = new Random(Long.parseLong(args[1]));
        // Twice, and the second time counts.
        for (int i = -rounds; i < rounds; i++) {
            Collections.shuffle(order, random);
            for (int design : order) {
                nanos[design][Math.floorMod(i, rounds)] =
                        process.wake(designs.get(design).get());
            }
        }
        double[] toLatch = new double[rounds];
        double[] phaserToLatch = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            toLatch[i] = nanos[0][i] / nanos[1][i];
            phaserToLatch[i] = nanos[2][i] / nanos[1][i];
        }
        Jvm.result(
                DESIGNS.get(0),
                Estimate.median(nanos[0]),
                DESIGNS.get(1),
                Estimate.median(nanos[1]),
                DESIGNS.get(2),
                Estimate.median(nanos[2]),
                DESIGNS.get(0) + " ratio",
                Estimate.median(toLatch),
                DESIGNS.get(1) + " ratio",
                1.0,
                DESIGNS.get(2) + " ratio",
                Estimate.median(phaserToLatch));
    }

    private double wake(Last last) throws Exception {
        Thread waiter = new Thread(() -> {
            try {
                returned = last.await() ? System.nanoTime() : Long.MIN_VALUE;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        returned = Long.MIN_VALUE;
        waiter.start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (waiter.getState() != Thread.State.TIMED_WAITING) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the waiter is " + waiter.getState());
            }
            Thread.onSpinWait();
        }
        long asleep = System.nanoTime() + ASLEEP_NANOS;
        while (System.nanoTime() < asleep) {
            Thread.onSpinWait();
        }
        long begin = System.nanoTime();
        last.end();
        waiter.join();
        if (returned == Long.MIN_VALUE) {
            throw new IllegalStateException(
                    "the last end woke nobody: " + last.getClass().getSimpleName());
        }
        return returned - begin;
    }
}
