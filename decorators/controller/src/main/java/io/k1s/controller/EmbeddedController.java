package io.k1s.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.client.ObjectKey;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a controller of an {@link EmbeddedRuntime} is told about. To be set up before the runtime starts, by one thread. */
public final class EmbeddedController {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedController.class);

    private final EmbeddedRuntime runtime;
    private final String kind;
    private final RequestQueue queue;

    EmbeddedController(EmbeddedRuntime runtime, String kind, RequestQueue queue) {
        this.runtime = runtime;
        this.kind = kind;
        this.queue = queue;
    }

    /**
     * Has changes of the objects in a cache ask for reconciles. The cache has changed before the reconcile begins.
     *
     * @param cache from {@link EmbeddedRuntime#cache}
     * @param requests which ones; what it throws is logged, and the change asks for none
     * @return this
     * @throws IllegalArgumentException if the cache is another runtime's
     */
    public <T extends HasMetadata> EmbeddedController on(ObjectCache<T> cache, Requests<T> requests) {
        Objects.requireNonNull(requests, "requests");
        BiConsumer<@Nullable T, @Nullable T> handler = (before, now) -> enqueue(cache, requests, before, now);
        runtime.informer(cache).onChange(handler);
        return this;
    }

    private <T extends HasMetadata> void enqueue(
            ObjectCache<T> cache, Requests<T> requests, @Nullable T before, @Nullable T now) {
        try {
            requests.of(before, now).forEach(queue::add);
        } catch (Throwable t) {
            // An Error too: one mapping whose class is missing is not to keep the events from everybody else.
            LOG.atError()
                    .addKeyValue("controller", kind)
                    // Not the object, which can hold secrets.
                    .addKeyValue("object", ObjectKey.of(Objects.requireNonNull(now == null ? before : now)))
                    .addKeyValue("kind", cache.type().qualifiedPlural())
                    .setCause(t)
                    .log("a change asks for no reconcile, because of an exception");
        }
    }
}
