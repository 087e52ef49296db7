package io.k1s.registry;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The mailbox of a shutdown: anybody adds, one thread handles. An interrupt does not end its waits, and is kept. */
final class EventQueue {
    private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
    private boolean interrupted;

    void add(Runnable event) {
        events.add(event);
    }

    /** Handles what is there; if nothing is, waits for it at most this long. */
    void handle(long nanos) {
        for (Runnable event = next(nanos); event != null; event = events.poll()) {
            event.run();
        }
    }

    /** Handles events until the future is done, or the deadline has passed; an event may have moved that. */
    boolean await(CompletableFuture<?> future, LongSupplier deadlineNanos) {
        // Not whenComplete, which wraps the error: a wrapper asks that for its text, which may block.
        var unused = future.handle((value, error) -> events.add(() -> {}));
        while (!future.isDone()) {
            long left = deadlineNanos.getAsLong() - System.nanoTime();
            if (left <= 0) {
                return future.isDone();
            }
            handle(left);
        }
        return true;
    }

    /** Waits on a thread without a mailbox of its own; likewise, an interrupt does not end the wait, and is kept. */
    static boolean await(CompletableFuture<?> future, Duration atMost) {
        EventQueue waiting = new EventQueue();
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean done = waiting.await(future, () -> deadline);
        waiting.restoreInterrupt();
        return done;
    }

    /** Of two times by nanoTime, which may overflow between them. */
    static long earlier(long one, long other) {
        return one - other < 0 ? one : other;
    }

    /** Likewise. */
    static long later(long one, long other) {
        return one - other > 0 ? one : other;
    }

    /** Gives the interrupts that came during the waits back to the thread. */
    void restoreInterrupt() {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable Runnable next(long nanos) {
        try {
            return events.poll(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Nobody stops a shutdown half-way.
            interrupted = true;
            return events.poll();
        }
    }
}
