package io.k1s.storage;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A storage whose every call is admitted, counted and drained, and which is closed only after the last one.
 *
 * <p>Calls are counted work of one component of a {@link WorkRegistry}, and throw {@link WorkRejectedException} when that no
 * longer admits; nothing of such a call has then reached the storage. A watch is tracked until it ends: after the close it
 * delivers what the admitted calls committed, to the last of them, and ends with {@link WatchEnded.Reason#CLOSING}; it is
 * cancelled after the watch grace.
 *
 * <p>Work that takes several calls, and must not be cut between them, passes its token:
 *
 * <pre>{@code
 * try (Work move = store.startWork("move a to b")) {
 *     StorageBackend inMove = store.within(move);
 *     inMove.create("b", inMove.delete("a", Preconditions.none()).value(), Duration.ZERO);
 *     move.succeed();
 * }
 * }</pre>
 *
 * <p>Thread-safe. A tracked call allocates nothing more than the call itself.
 */
public final class TrackedStorage implements StorageBackend {
    // For Tracking, here rather than in an object of its own: a call then looks at one line less.
    final WorkMetrics metrics;
    final StorageBackend backend;
    /** The work that the calls are parts of, admitted through a closed gate while it is live; null for calls of their own. */
    final @Nullable Work parent;

    private final WorkRegistry registry;

    private TrackedStorage(WorkRegistry registry, WorkMetrics metrics, StorageBackend backend, @Nullable Work parent) {
        this.registry = registry;
        this.metrics = metrics;
        this.backend = backend;
        this.parent = parent;
    }

    /**
     * Registers a storage that depends on nothing. The registry owns it from now on, and closes it once it has drained.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param backend what is tracked
     * @return the storage to be used from now on
     * @throws IllegalArgumentException if the name is not allowed or taken, or the storage is another component's
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedStorage register(WorkRegistry registry, String component, StorageBackend backend) {
        return register(registry, component, backend, ComponentOptions.defaults());
    }

    /**
     * Registers a storage. The registry owns it from now on, and closes it once it has drained.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param backend what is tracked
     * @param options what it depends on, its limit; it must not own another resource
     * @return the storage to be used from now on
     * @throws IllegalArgumentException if the name is not allowed or taken, or the storage is another component's
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedStorage register(
            WorkRegistry registry, String component, StorageBackend backend, ComponentOptions options) {
        Objects.requireNonNull(backend, "backend");
        WorkMetrics metrics = registry.component(component, options.closing(backend));
        return new TrackedStorage(registry, metrics, backend, null);
    }

    /**
     * Returns the component that counts the calls.
     *
     * @return the component
     */
    public WorkMetrics metrics() {
        return metrics;
    }

    /**
     * Starts work that takes several calls; see {@link #within}.
     *
     * @param description what it does, for progress and reports
     * @return the token, to be ended exactly once
     * @throws WorkRejectedException if the component no longer admits work
     */
    public Work startWork(String description) {
        return metrics.startWork(description);
    }

    /**
     * Returns this storage for the calls of one work: they are admitted as long as that work is live, through a closed gate
     * too, up to the hard deadline, and outside the limit. A watch outlives the work: it is no part of it, and refused after
     * the close.
     *
     * @param work from {@link #startWork}
     * @return a view, whose calls throw an IllegalArgumentException if the work is another component's; closing it is
     *     refused
     */
    public StorageBackend within(Work work) {
        return new TrackedStorage(registry, metrics, backend, Objects.requireNonNull(work, "work"));
    }

    @Override
    public String name() {
        return backend.name();
    }

    @Override
    public KeyValue create(String key, byte[] value, Duration ttl) {
        return Tracking.call(this, key, value, ttl, 0, (store, k, v, t, none) -> store.create(k, v, t));
    }

    @Override
    public KeyValue get(String key) {
        return Tracking.call(this, key, key, key, 0, (store, k, none, nor, no) -> store.get(k));
    }

    @Override
    public ListResult list(ListOptions options) {
        return Tracking.call(this, options, options, options, 0, (store, o, none, nor, no) -> store.list(o));
    }

    @Override
    public KeyValue update(String key, byte[] value, long expectedRevision) {
        return Tracking.call(this, key, value, key, expectedRevision, (store, k, v, none, r) -> store.update(k, v, r));
    }

    @Override
    public KeyValue guaranteedUpdate(String key, UpdateFunction function) {
        return Tracking.call(this, key, function, key, 0, (store, k, f, none, no) -> store.guaranteedUpdate(k, f));
    }

    @Override
    public KeyValue delete(String key, Preconditions preconditions) {
        return Tracking.call(this, key, preconditions, key, 0, (store, k, p, none, no) -> store.delete(k, p));
    }

    @Override
    public Watch watch(String prefix, long fromRevision, WatchListener listener) {
        return Tracking.watch(this, prefix, fromRevision, listener);
    }

    @Override
    public long count(String prefix) {
        return Tracking.count(this, prefix, StorageBackend::count);
    }

    @Override
    public void compact(long revision) {
        Tracking.call(this, this, this, this, revision, (store, none, nor, no, r) -> {
            store.compact(r);
            return none;
        });
    }

    @Override
    public long revision() {
        return Tracking.count(this, this, (store, none) -> store.revision());
    }

    /**
     * Closes the gate, waits for what was admitted (at most the graceful timeout), closes the storage, and takes the
     * component out of the registry. Closing again does nothing, or tells of the same failure.
     *
     * @throws StorageException if work did not end in time: the storage is then left open, since closing it under running
     *     calls could lose data; or if closing it failed
     * @throws IllegalStateException if called inside work of this component, or on a view
     */
    @Override
    public void close() {
        if (parent != null) {
            throw new IllegalStateException("this is the view of work \"" + parent.description()
                    + "\"; close the storage itself, after that work");
        }
        try {
            registry.closeComponent(metrics).ifPresent(this::requireClosed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException(
                    "interrupted while storage \"" + metrics.name() + "\" was draining; it is left open", e);
        }
    }

    private void requireClosed(ShutdownReport.Component report) {
        if (report.drained() && report.errors().isEmpty()) {
            return;
        }
        StorageException failure = new StorageException("storage \"" + metrics.name() + "\" is "
                + (report.drained()
                        ? "drained, but closing it failed"
                        : "left open: " + report.left() + " calls and watches did not end in time "
                                + report.stragglers()));
        report.errors().forEach(failure::addSuppressed);
        throw failure;
    }

    @Override
    public String toString() {
        return "tracked " + backend.name() + " (" + metrics.snapshot() + ")";
    }
}
