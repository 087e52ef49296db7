package io.k1s.metrics;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Gates with stripes that have been used before, so that what is stressed is the steady path and not the first start. Who makes
 * the state is not the actor, so an actor takes an owner's path by naming the stripe, or makes itself the owner first and has
 * the others wait for that ({@link Owning}).
 */
final class Stripes {
    /** Owns stripes, so that others do not; never ends. */
    static final Thread OTHER = new Parked();

    static final Thread ANOTHER = new Parked();

    /** Has owned stripes, and has ended. */
    private static final Thread DEAD = ended();

    /** Long enough that it never passes but where a wake-up was lost. */
    static final long PATIENCE_NANOS = Duration.ofSeconds(20).toNanos();

    private Stripes() {}

    /** Two slots, one shared stripe, no samples. */
    static StripedGate unlimited() {
        return limited(OneWordGate.UNLIMITED);
    }

    static StripedGate limited(long limit) {
        return new StripedGate(new Ledger(2, 1, true, false), limit);
    }

    /** A stripe in that slot, with a start and an end behind it, and with what it was lent for that. */
    static Stripe owned(StripedGate gate, int slot) {
        Stripe stripe = gate.ledger.claim(slot, OTHER);
        gate.beginOwned(stripe);
        gate.end(stripe, true, Outcome.SUCCEEDED);
        return stripe;
    }

    /** A stripe whose owner has ended, and left one work. */
    static Stripe abandoned(StripedGate gate, int slot) {
        Stripe stripe = gate.ledger.claim(slot, DEAD);
        gate.beginOwned(stripe);
        return stripe;
    }

    /** Takes all slots: whoever begins shares a stripe, which has a start and an end behind it. */
    static <G extends Gate> G shared(G gate) {
        gate.ledger.claim(0, OTHER);
        gate.ledger.claim(1, OTHER);
        gate.end(gate.begin(), Outcome.SUCCEEDED);
        return gate;
    }

    static StripedGate shared() {
        return shared(unlimited());
    }

    static CountedGate counted(long limit) {
        return shared(new CountedGate(new Ledger(2, 1, false, false), limit));
    }

    static WorkMetrics metrics(Gate gate) {
        return new WorkMetrics(WorkMetrics.builder("stress"), gate);
    }

    /**
     * Whether quiescence is announced. Where an end orders nothing, the component looks again after a while, and so it may take
     * that while; everywhere else it has to be known by now. Not awaitQuiescence, which looks for itself when its time is up.
     */
    static boolean isAnnounced(WorkMetrics metrics) {
        if (Fence.ASYMMETRIC || metrics.isQuiescent()) {
            return metrics.isQuiescent();
        }
        try {
            metrics.quiescence().toCompletableFuture().get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** An actor becomes the owner of a stripe, as whoever starts work does, before the race begins. */
    static final class Owning {
        private volatile boolean done;

        /** By the actor: with a start and an end behind it. */
        void own(WorkMetrics metrics) {
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            done = true;
        }

        /** By the other one. */
        void await() {
            while (!done) {
                Thread.onSpinWait();
            }
        }
    }

    private static Thread ended() {
        Thread thread = new Thread("ended");
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return thread;
    }

    private static final class Parked extends Thread {
        Parked() {
            super("owner of stripes");
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            while (true) {
                LockSupport.park();
            }
        }
    }
}
