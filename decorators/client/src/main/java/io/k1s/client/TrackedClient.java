package io.k1s.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.Watch;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A client whose every operation is admitted, counted and drained.
 *
 * <p>Operations are counted work of one component of a {@link WorkRegistry}: each is one work from the defaulting to what the
 * storage answers, and throws {@link io.k1s.metrics.WorkRejectedException} when the component no longer admits; nothing of it
 * has then reached the storage. A watch is tracked until it ends: after the close it delivers what the admitted operations
 * committed, to the last of them, and ends with {@link io.k1s.storage.WatchEnded.Reason#CLOSING}; it is cancelled after the
 * watch grace.
 *
 * <p>The component must depend on that of the storage, so that what is admitted here can still write there. Thread-safe.
 */
public final class TrackedClient implements ObjectClient {
    private final WorkMetrics metrics;
    private final ObjectClient client;
    private final Tracking tracking;
    private final StatusClient status;

    private TrackedClient(WorkMetrics metrics, ObjectClient client, @Nullable Work parent) {
        this.metrics = metrics;
        this.client = client;
        this.tracking = new Tracking(metrics, client, parent);
        this.status = new TrackedStatus(tracking);
    }

    /**
     * Registers a client.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param client what is tracked
     * @param options what it depends on, the storage's component above all; its limit
     * @return the client to be used from now on
     * @throws IllegalArgumentException if the name is not allowed or taken
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedClient register(
            WorkRegistry registry, String component, ObjectClient client, ComponentOptions options) {
        Objects.requireNonNull(client, "client");
        return new TrackedClient(registry.component(component, options), client, null);
    }

    /** Returns the component that counts the operations. */
    public WorkMetrics metrics() {
        return metrics;
    }

    /**
     * Starts work that takes several operations; see {@link #within}.
     *
     * @param description what it does, for progress and reports
     * @return the token, to be ended exactly once
     * @throws io.k1s.metrics.WorkRejectedException if the component no longer admits work
     */
    public Work startWork(String description) {
        return metrics.startWork(description);
    }

    /**
     * Returns this client for the operations of one work: they are admitted as long as that work is live, through a closed
     * gate too, up to the hard deadline, and outside the limit. A watch outlives the work: it is no part of it, and refused
     * after the close.
     *
     * @param work from {@link #startWork}
     * @return a view, whose operations throw an IllegalArgumentException if the work is another component's
     */
    public ObjectClient within(Work work) {
        return new TrackedClient(metrics, client, Objects.requireNonNull(work, "work"));
    }

    @Override
    public <T extends HasMetadata> T get(ResourceType<T> type, ObjectKey key) {
        return tracking.call(type, key, key, (c, t, k, none) -> c.get(t, k));
    }

    @Override
    public <T extends HasMetadata> ObjectList<T> list(ResourceType<T> type, ObjectQuery query) {
        return tracking.call(type, query, query, (c, t, q, none) -> c.list(t, q));
    }

    @Override
    public <T extends HasMetadata> T create(ResourceType<T> type, T object) {
        return tracking.call(type, object, object, (c, t, o, none) -> c.create(t, o));
    }

    @Override
    public <T extends HasMetadata> T update(ResourceType<T> type, T object) {
        return tracking.call(type, object, object, (c, t, o, none) -> c.update(t, o));
    }

    @Override
    public <T extends HasMetadata> T patch(ResourceType<T> type, ObjectKey key, Patch patch) {
        return tracking.call(type, key, patch, (c, t, k, p) -> c.patch(t, k, p));
    }

    @Override
    public <T extends HasMetadata> T edit(ResourceType<T> type, ObjectKey key, UnaryOperator<T> change) {
        return tracking.call(type, key, change, (c, t, k, f) -> c.edit(t, k, f));
    }

    @Override
    public <T extends HasMetadata> T delete(ResourceType<T> type, ObjectKey key, DeleteOptions options) {
        return tracking.call(type, key, options, (c, t, k, o) -> c.delete(t, k, o));
    }

    @Override
    public StatusClient status() {
        return status;
    }

    @Override
    public <T extends HasMetadata> Watch watch(
            ResourceType<T> type, ObjectQuery query, String resourceVersion, ObjectListener<T> listener) {
        return tracking.watch(
                "watch " + type.qualifiedPlural() + " in " + query,
                () -> client.watch(type, query, resourceVersion, listener));
    }

    @Override
    public String toString() {
        return "tracked " + client + " (" + metrics.snapshot() + ")";
    }

    private record TrackedStatus(Tracking tracking) implements StatusClient {
        @Override
        public <T extends HasMetadata> T update(ResourceType<T> type, T object) {
            return tracking.call(
                    type, object, object, (c, t, o, none) -> c.status().update(t, o));
        }

        @Override
        public <T extends HasMetadata> T patch(ResourceType<T> type, ObjectKey key, Patch patch) {
            return tracking.call(type, key, patch, (c, t, k, p) -> c.status().patch(t, k, p));
        }

        @Override
        public <T extends HasMetadata> T edit(ResourceType<T> type, ObjectKey key, UnaryOperator<T> change) {
            return tracking.call(type, key, change, (c, t, k, f) -> c.status().edit(t, k, f));
        }
    }
}
