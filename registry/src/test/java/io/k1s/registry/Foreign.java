package io.k1s.registry;

import io.k1s.testing.Patience;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A component that counts its own work, and lets a test decide how it behaves. */
class Foreign implements WorkTrackingComponent {
    final AtomicLong active = new AtomicLong();
    final AtomicInteger stops = new AtomicInteger();
    final AtomicInteger counts = new AtomicInteger();
    final AtomicInteger cancels = new AtomicInteger();
    final CompletableFuture<Void> drained = new CompletableFuture<>();

    static Foreign idle() {
        Foreign foreign = new Foreign();
        foreign.drained.complete(null);
        return foreign;
    }

    static Foreign busy() {
        Foreign foreign = new Foreign();
        foreign.active.set(1);
        return foreign;
    }

    /** Nobody learns how much it has in flight. */
    static Foreign uncountable() {
        return new Foreign() {
            @Override
            public long activeWorkCount() {
                throw new IllegalStateException("cannot count");
            }
        };
    }

    void end() {
        active.set(0);
        drained.complete(null);
    }

    @Override
    public boolean isWorkInProgress() {
        return activeWorkCount() > 0;
    }

    /** Returns when somebody has asked that often for the count. */
    void counted(int times) {
        Patience.until(() -> counts.get() >= times);
    }

    @Override
    public long activeWorkCount() {
        counts.incrementAndGet();
        return active.get();
    }

    @Override
    public CompletionStage<?> stopAcceptingWork() throws Exception {
        stops.incrementAndGet();
        return drained;
    }

    @Override
    public void requestCancel() throws Exception {
        cancels.incrementAndGet();
    }
}
