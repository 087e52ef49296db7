package io.k1s.controller.josdk;

import io.k1s.metrics.WorkMetrics;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The executor of an operator's reconciliations, each of which is a work. Started and stopped by the SDK. */
final class ReconcileExecutor extends AbstractExecutorService {
    private static final ThreadLocal<@Nullable String> NEXT = new ThreadLocal<>();

    private final ExecutorService executor;
    private volatile @Nullable WorkMetrics metrics;

    ReconcileExecutor(ExecutorService executor) {
        this.executor = executor;
    }

    /** What runs the reconciliations. */
    ExecutorService theirs() {
        return executor;
    }

    /** Before the operator starts. */
    void trackBy(WorkMetrics component) {
        metrics = component;
    }

    /** Whether a shutdown has begun, or the operator is stopped. */
    boolean isClosed() {
        return Objects.requireNonNull(metrics).isClosed();
    }

    /** Names what this thread submits next. */
    static void nameNext(String name) {
        NEXT.set(name);
    }

    @Override
    public void execute(Runnable command) {
        String name = NEXT.get();
        NEXT.remove();
        executor.execute(
                new Reconcile(Objects.requireNonNull(metrics), name == null ? command.toString() : name, command));
    }

    @Override
    public void shutdown() {
        executor.shutdown();
    }

    /** The SDK stops it when the gate has been closed: what comes back is run into that, and so counted as unprocessed. */
    @Override
    public List<Runnable> shutdownNow() {
        List<Runnable> notBegun = executor.shutdownNow();
        // Other things can be queued in an executor that is not the operator's alone.
        notBegun.stream().filter(Reconcile.class::isInstance).forEach(Runnable::run);
        return notBegun;
    }

    @Override
    public boolean isShutdown() {
        return executor.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return executor.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return executor.awaitTermination(timeout, unit);
    }
}
