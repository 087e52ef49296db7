package io.k1s.registry;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A registered component: either a {@link WorkMetrics} or somebody's own {@link WorkTrackingComponent}. */
final class Tracked {
    /** How long a handler that blocks delays those that are asked to cancel after it. */
    private static final Duration CANCEL_PATIENCE = Duration.ofMillis(100);

    private final String name;
    private final ComponentOptions options;
    private final @Nullable WorkMetrics metrics;
    private final @Nullable WorkTrackingComponent foreign;
    private final @Nullable ForeignStop foreignStop;
    private final RecentLatencies latencies = new RecentLatencies();
    private final Set<Work> askedToCancel = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closeClaimed = new AtomicBoolean();
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
    private volatile @Nullable Drain drain;

    private Tracked(
            String name,
            ComponentOptions options,
            @Nullable WorkMetrics metrics,
            @Nullable WorkTrackingComponent foreign) {
        this.name = name;
        this.options = options;
        this.metrics = metrics;
        this.foreign = foreign;
        this.foreignStop = foreign == null ? null : new ForeignStop(name, foreign);
    }

    static Tracked of(WorkMetrics metrics, ComponentOptions options) {
        Tracked tracked = new Tracked(metrics.name(), options, metrics, null);
        metrics.addListener(tracked.latencies);
        return tracked;
    }

    static Tracked of(String name, WorkTrackingComponent foreign, ComponentOptions options) {
        return new Tracked(name, options, null, foreign);
    }

    String name() {
        return name;
    }

    ComponentOptions options() {
        return options;
    }

    /** What must not be another component's too. A lambda that captures nothing is one object wherever it comes from. */
    List<Object> owned() {
        List<Object> owned = new ArrayList<>();
        if (foreign != null) {
            owned.add(foreign);
        }
        Object resource = options.owned();
        if (resource != null && !resource.getClass().isHidden()) {
            owned.add(resource);
        }
        return owned;
    }

    /** Counts the work without trusting the component to answer. */
    CompletableFuture<Long> askActiveCount(Isolation isolation) {
        if (metrics != null) {
            return CompletableFuture.completedFuture(activeCount());
        }
        CompletableFuture<Long> answer = new CompletableFuture<>();
        var unused = isolation.start(() -> answer.complete(activeCount())).handle((none, error) -> {
            if (error != null) {
                answer.completeExceptionally(error);
            }
            return true;
        });
        return answer;
    }

    /** Works and watches that have not ended. */
    long activeCount() {
        if (metrics != null) {
            WorkSnapshot ledger = metrics.snapshot();
            return ledger.inFlight() + ledger.watchers();
        }
        return Objects.requireNonNull(foreign).activeWorkCount();
    }

    boolean isWorkInProgress() {
        return foreign != null ? foreign.isWorkInProgress() : activeCount() > 0;
    }

    /**
     * Stops admission elsewhere and tells {@code drained} about quiescence, or why it cannot be stopped. What handlers threw
     * on the way goes to {@code errors}; one that never returns does not hide the quiescence. A foreign component is stopped
     * once: whoever else asks is told the same.
     *
     * @return completes when the stopping itself has returned
     */
    CompletableFuture<Void> stop(
            Isolation isolation, CompletableFuture<@Nullable Void> drained, Consumer<Throwable> errors) {
        if (drain == null) {
            drain = new Drain(System.nanoTime(), ended(), drained);
        }
        if (metrics != null) {
            WorkMetrics own = metrics;
            var unused = own.quiescence().whenComplete((none, error) -> drained.complete(null));
            return isolation.start(() -> collect(own::close, errors));
        }
        return Objects.requireNonNull(foreignStop).stop(isolation, drained);
    }

    /** Tells of an end that nobody told of, because an Error or a callback kept its thread from that. Runs what depends on it. */
    void look() throws InterruptedException {
        if (metrics != null) {
            var unused = metrics.awaitQuiescence(Duration.ZERO);
        }
    }

    /** Nothing is admitted any more, children included. A foreign component has no such step. */
    void seal() {
        if (metrics != null) {
            metrics.closeNow();
        }
    }

    /**
     * Asks the youngest first: what waits in a queue is told before what it waits for, whose end would let it start, and a part
     * before its whole. One that blocks delays the others only so long, and the next that does by half of that.
     *
     * @return completes when all that was asked has returned
     */
    CompletableFuture<Void> requestCancel(Isolation isolation, boolean watchesOnly, Consumer<Throwable> errors) {
        List<CompletableFuture<Void>> calls = new ArrayList<>();
        return isolation
                .start(() -> {
                    Duration patience = CANCEL_PATIENCE;
                    List<Work> youngestFirst = new ArrayList<>(activeWork());
                    Collections.reverse(youngestFirst);
                    for (Work work : youngestFirst) {
                        if (work.isWatch() || !watchesOnly) {
                            askedToCancel.add(work);
                            CompletableFuture<Void> call = isolation.start(() -> collect(work::requestCancel, errors));
                            calls.add(call);
                            if (!EventQueue.await(call, patience)) {
                                patience = patience.dividedBy(2);
                            }
                        }
                    }
                    if (foreign != null && !watchesOnly) {
                        collect(foreign::requestCancel, errors);
                    }
                })
                .thenCompose(none -> CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new)));
    }

    boolean hasAskedToCancel(Work work) {
        return askedToCancel.contains(work);
    }

    List<Work> activeWork() {
        return metrics == null ? List.of() : metrics.activeWork();
    }

    boolean isInsideWork() {
        return metrics != null && metrics.isInsideWork();
    }

    /** Null before it was asked to stop. */
    @Nullable
    Drain drain() {
        return drain;
    }

    /** Works that have ended; 0 for one that counts its own work. */
    long ended() {
        return snapshot().map(WorkSnapshot::ended).orElse(0L);
    }

    /** Empty for one that counts its own work, and without detailed metrics. */
    RecentLatencies latencies() {
        return latencies;
    }

    boolean isCountedBy(WorkMetrics other) {
        return metrics == other;
    }

    Optional<WorkMetrics> metrics() {
        return Optional.ofNullable(metrics);
    }

    Optional<WorkSnapshot> snapshot() {
        return metrics().map(WorkMetrics::snapshot);
    }

    /**
     * Closes the resource elsewhere, if there is one and nobody has. Whoever else asks gets the same future: what this
     * component needs for closing must not go before it is closed.
     */
    CompletableFuture<@Nullable Void> closeOnce(Isolation isolation) {
        AutoCloseable resource = options.resource();
        if (resource != null && closeClaimed.compareAndSet(false, true)) {
            var unused = isolation.start(resource::close).handle((none, error) -> Isolation.relay(error, closed));
        } else if (resource == null) {
            closed.complete(null);
        }
        return closed;
    }

    /** When its drain began, what had ended before, and what completes when it is over. */
    record Drain(long startNanos, long endedBefore, CompletableFuture<?> drained) {
        boolean isOver() {
            return drained.isDone() && !drained.isCompletedExceptionally();
        }
    }

    private static void collect(Isolation.Action action, Consumer<Throwable> errors) {
        try {
            action.run();
        } catch (Throwable t) {
            errors.accept(t);
        }
    }
}
