package io.k1s.storage.rocksdb;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.storage.StorageClosedException;
import java.time.Duration;

/**
 * The gate in front of native code. A native call after or during the close of its database aborts the JVM, so each one
 * is admitted here, and the handles are closed only after {@link #closeAndDrain}.
 */
final class NativeGuard {

    private final String storeName;
    private final WorkMetrics calls =
            WorkMetrics.builder("rocksdb native calls").sampling(false).build();

    NativeGuard(String storeName) {
        this.storeName = storeName;
    }

    /** Admits native calls until {@link #end}. */
    long begin() {
        try {
            return calls.begin();
        } catch (WorkRejectedException e) {
            throw new StorageClosedException(storeName);
        }
    }

    void end(long ticket) {
        calls.end(ticket, Outcome.SUCCEEDED);
    }

    /** Refuses calls from now on and waits for those under way. An interrupt does not cut that short and is kept. */
    boolean closeAndDrain(Duration atMost) {
        calls.close();
        boolean interrupted = false;
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            while (true) {
                try {
                    return calls.awaitQuiescence(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
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
}
