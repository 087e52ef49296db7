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
    private final WorkMetrics metrics;
    private final StorageBackend backend;
    /** The work that the calls are parts of, admitted through a closed gate while it is live; null for calls of their own. */
    private final @Nullable Work parent;

    Tracking(WorkMetrics metrics, StorageBackend backend, @Nullable Work parent) {
        this.metrics = metrics;
        this.backend = backend;
        this.parent = parent;
    }

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

    <A, B, C, R extends @Nullable Object> R call(A a, B b, C c, long number, Call<A, B, C, R> call) {
        // Read once, so that the end has a shorter way to its stripe.
        WorkMetrics counted = metrics;
        long ticket = begin(counted);
        R result;
        try {
            result = call.apply(backend, a, b, c, number);
        } catch (Throwable t) {
            counted.end(ticket, Outcome.FAILED);
            throw t;
        }
        // Outside the try: an end that threw there would end twice.
        counted.end(ticket, Outcome.SUCCEEDED);
        return result;
    }

    <A> long count(A a, Count<A> call) {
        WorkMetrics counted = metrics;
        long ticket = begin(counted);
        long result;
        try {
            result = call.apply(backend, a);
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
    Watch watch(String prefix, long fromRevision, WatchListener listener) {
        Work token = metrics.startWatch("watch \"" + prefix + "\"");
        Watch watch;
        try {
            watch = backend.watch(prefix, fromRevision, listener);
        } catch (Throwable t) {
            token.fail();
            throw t;
        }
        var unused = watch.ended().whenComplete((ended, error) -> token.end(error));
        token.onCancel(watch::cancel).onDrain(() -> drainAfterTheCalls(watch));
        return watch;
    }

    private void drainAfterTheCalls(Watch watch) {
        var unused = metrics.workQuiescence().thenRun(watch::drain);
    }

    private long begin(WorkMetrics counted) {
        return parent == null ? counted.begin() : counted.beginChild(parent);
    }
}
