package io.k1s.registry;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One caller's view of the shutdown's result, or what the caller derived from it. Waiting for it inside tracked work, for
 * itself that is, is refused.
 */
final class ShutdownFuture<T extends @Nullable Object> extends CompletableFuture<T> {
    private final WorkRegistry registry;

    ShutdownFuture(WorkRegistry registry) {
        this.registry = registry;
    }

    @Override
    public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
        return new ShutdownFuture<>(registry);
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        refuseInsideWork();
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        refuseInsideWork();
        return super.get(timeout, unit);
    }

    @Override
    public T join() {
        refuseInsideWork();
        return super.join();
    }

    private void refuseInsideWork() {
        if (!isDone()) {
            registry.refuseInsideWork();
        }
    }
}
