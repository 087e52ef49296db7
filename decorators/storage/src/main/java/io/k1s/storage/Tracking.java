package io.k1s.storage;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import org.jspecify.annotations.Nullable;

/**
 * The one place where a storage call begins and ends as counted work. The operations get their arguments passed and capture
 * nothing, so that a call allocates nothing of its own.
 */
final class Tracking {
    private Tracking() {}

    /** A call with a result. What it does not need is null or 0. */
    @FunctionalInterface
    interface Call<A, B, C, R extends @Nullable Object> {
        R apply(StorageBackend backend, A a, B b, C c, long number);
    }

    /** A call that returns a number, unboxed. */
    @FunctionalInterface
    interface Count<A> {
        long apply(StorageBackend backend, A a);
    }

    static <A, B, C, R extends @Nullable Object> R call(
            TrackedStorage storage, A a, B b, C c, long number, Call<A, B, C, R> call) {
        // Read once, so that the end has a shorter way to its stripe.
        WorkMetrics counted = storage.metrics;
        long ticket = begin(counted, storage.parent);
        R result;
        try {
            result = call.apply(storage.backend, a, b, c, number);
        } catch (Throwable t) {
            counted.end(ticket, Outcome.FAILED);
            throw t;
        }
        // Outside the try: an end that threw there would end twice.
        counted.end(ticket, Outcome.SUCCEEDED);
        return result;
    }

    static <A> long count(TrackedStorage storage, A a, Count<A> call) {
        WorkMetrics counted = storage.metrics;
        long ticket = begin(counted, storage.parent);
        long result;
        try {
            result = call.apply(storage.backend, a);
        } catch (Throwable t) {
            counted.end(ticket, Outcome.FAILED);
            throw t;
        }
        counted.end(ticket, Outcome.SUCCEEDED);
        return result;
    }

    /**
     * A watch is tracked until it ends. After the close it is told when the last call has ended, so that it delivers what
     * that wrote, and it is cancelled when its grace is over.
     */
    static Watch watch(TrackedStorage storage, String prefix, long fromRevision, WatchListener listener) {
        WorkMetrics metrics = storage.metrics;
        Work token = metrics.startWatch("watch \"" + prefix + "\"");
        Watch watch;
        try {
            watch = storage.backend.watch(prefix, fromRevision, listener);
        } catch (Throwable t) {
            token.fail();
            throw t;
        }
        try {
            var unused = watch.ended().whenComplete((ended, error) -> token.end(error));
            token.onCancel(watch::cancel).onDrain(() -> drainAfterTheCalls(metrics, watch));
        } catch (Throwable t) {
            // For want of memory nobody has it.
            watch.cancel();
            token.close();
            throw t;
        }
        return watch;
    }

    private static void drainAfterTheCalls(WorkMetrics metrics, Watch watch) {
        var unused = metrics.workQuiescence().thenRun(watch::drain);
    }

    private static long begin(WorkMetrics counted, @Nullable Work parent) {
        return parent == null ? counted.begin() : counted.beginChild(parent);
    }
}
