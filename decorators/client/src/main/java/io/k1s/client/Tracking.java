package io.k1s.client;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.storage.Watch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one place where an operation of a client begins and ends as counted work. The operations get their arguments passed and
 * capture nothing, so that an operation allocates nothing of its own.
 */
final class Tracking {
    private final WorkMetrics metrics;
    private final ObjectClient client;
    /** The work that the operations are parts of, admitted through a closed gate while it is live; null for none. */
    private final @Nullable Work parent;

    Tracking(WorkMetrics metrics, ObjectClient client, @Nullable Work parent) {
        this.metrics = metrics;
        this.client = client;
        this.parent = parent;
    }

    /** An operation of up to three arguments. */
    @FunctionalInterface
    interface Operation<A, B, C, R> {
        R apply(ObjectClient client, A a, B b, C c);
    }

    <A, B, C, R> R call(A a, B b, C c, Operation<A, B, C, R> operation) {
        long ticket = parent == null ? metrics.begin() : metrics.beginChild(parent);
        R result;
        try {
            result = operation.apply(client, a, b, c);
        } catch (Throwable t) {
            metrics.end(ticket, Outcome.FAILED);
            throw t;
        }
        // Outside the try: an end that threw there would end twice.
        metrics.end(ticket, Outcome.SUCCEEDED);
        return result;
    }

    /**
     * A watch is tracked until it ends. After the close it is told when the last operation has ended, so that it delivers what
     * that wrote, and it is cancelled when its grace is over.
     */
    Watch watch(String description, Supplier<Watch> opened) {
        Work token = metrics.startWatch(description);
        Watch watch;
        try {
            watch = opened.get();
        } catch (Throwable t) {
            token.fail();
            throw t;
        }
        try {
            var unused = watch.ended().whenComplete((ended, error) -> token.end(error));
            token.onCancel(watch::cancel).onDrain(() -> drainAfterTheOperations(watch));
        } catch (Throwable t) {
            // For want of memory nobody has it.
            watch.cancel();
            token.close();
            throw t;
        }
        return watch;
    }

    private void drainAfterTheOperations(Watch watch) {
        var unused = metrics.workQuiescence().thenRun(watch::drain);
    }
}
