package io.k1s.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.client.ObjectQuery;
import io.k1s.client.ResourceType;
import io.k1s.client.TrackedClient;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.WorkRegistry;
import io.kubernetes.client.extended.controller.DefaultController;
import io.kubernetes.client.extended.controller.reconciler.Reconciler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;

/**
 * Controllers over a {@link io.k1s.storage.StorageBackend}, without a cluster: the library's controllers and work queues, fed by
 * the watches of a {@link TrackedClient}.
 *
 * <pre>{@code
 * var runtime = EmbeddedRuntime.register(registry, "controllers", client);
 * ObjectCache<Item> items = runtime.cache(ITEM, ObjectQuery.all(), item -> item.getSpec().category());
 * runtime.controller("Item", 2, reconciler)
 *         .on(items, (before, now) -> now == null ? List.of() : List.of(Requests.to(ObjectKey.of(now))));
 * runtime.start();
 * }</pre>
 *
 * <p>Every object that is there at the start asks for a reconcile, then every change. No change is lost: when a watch falls
 * behind what the storage keeps, the objects are listed again, and whatever differs asks for a reconcile. Changes of one object
 * that come faster than its reconciles ask for one together.
 *
 * <p>It is two components. One has the reconciles, and behaves as a {@link TrackedControllerManager}; it depends on the other,
 * {@code <component>-events}, whose works go from an event to the enqueued request, and which depends on that of the client. So
 * reconciles end first; then the events of what they wrote are delivered, and counted as {@link #queuedUnprocessed()}; then the
 * client closes.
 *
 * <p>To be set up by one thread, then safe for use by any.
 */
public final class EmbeddedRuntime {
    private static final long NO_LIMIT = 1_000_000_000;
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final TrackedClient client;
    private final WorkMetrics events;
    private final TrackedControllerManager manager;
    private final List<Informer<?>> informers = new CopyOnWriteArrayList<>();
    private final List<ScheduledThreadPoolExecutor> pools = new CopyOnWriteArrayList<>();
    private ThreadFactory threads;
    private Duration retry = RETRY;

    private EmbeddedRuntime(WorkRegistry registry, String component, TrackedClient client) {
        String below = client.metrics().name();
        String eventsName = component + "-events";
        this.client = client;
        this.threads = new Daemons(component);
        this.events =
                registry.component(eventsName, ComponentOptions.dependsOn(below).maxConcurrentOps(NO_LIMIT));
        this.manager = TrackedControllerManager.register(
                registry, component, ComponentOptions.dependsOn(eventsName, below), this::stopWorkers);
    }

    /**
     * Registers a runtime without controllers.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry, as must be the same with {@code -events}
     * @param client what the controllers watch, and write by
     * @throws IllegalArgumentException if a name is not allowed or taken
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static EmbeddedRuntime register(WorkRegistry registry, String component, TrackedClient client) {
        return new EmbeddedRuntime(registry, component, client);
    }

    /** Has the reconciles of the controllers that are added from now on run on such threads; virtual ones will do. */
    public EmbeddedRuntime threads(ThreadFactory factory) {
        threads = factory;
        return this;
    }

    /** Changes how long to wait after objects could not be read. */
    EmbeddedRuntime retry(Duration delay) {
        retry = delay;
        return this;
    }

    /**
     * Adds a cache.
     *
     * @param type the type of the objects
     * @param query which of them
     * @param index what they can be looked up by: a value of each, depending on the object alone
     */
    public <T extends HasMetadata> ObjectCache<T> cache(
            ResourceType<T> type, ObjectQuery query, Function<? super T, String> index) {
        Informer<T> informer = new Informer<>(client, query, events, new ObjectCache<>(type, index), retry.toMillis());
        informers.add(informer);
        return informer.cache();
    }

    /**
     * Adds a controller, which is then to be told what asks for its reconciles.
     *
     * @param kind what it reconciles, as it is named in progress and reports
     * @param workers how many reconciles may run at once, never two of the same object; 1 or more
     * @param reconciler what reconciles: one object, by its name, from what it then is
     */
    public EmbeddedController controller(String kind, int workers, Reconciler reconciler) {
        if (workers < 1) {
            throw new IllegalArgumentException(
                    "controller \"" + kind + "\" has " + workers + " workers; 1 or more are allowed");
        }
        RequestQueue queue = manager.newQueue();
        @SuppressWarnings("unchecked") // it asks nobody whether it is ready
        DefaultController controller = new DefaultController(kind, manager.track(kind, reconciler), queue);
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(workers, threads);
        // Otherwise a controller that is shut down while it starts waits for its workers for ever.
        pool.setContinueExistingPeriodicTasksAfterShutdownPolicy(true);
        pools.add(pool);
        controller.setWorkerCount(workers);
        controller.setWorkerThreadPool(pool);
        manager.add(controller);
        return new EmbeddedController(this, kind, queue);
    }

    /**
     * Fills the caches, watches, and starts the controllers. Returns when every object that is there has asked for its
     * reconcile.
     *
     * @throws io.k1s.metrics.WorkRejectedException if a component of it, or the client, no longer admits work
     */
    public void start() {
        informers.forEach(Informer::start);
        manager.start();
    }

    /** Returns the component that counts the reconciles. */
    public WorkMetrics metrics() {
        return manager.metrics();
    }

    /** Returns the component that counts the events. */
    public WorkMetrics events() {
        return events;
    }

    /**
     * Counts the requests for which no reconcile has begun; exact when both components have drained.
     *
     * @see TrackedControllerManager#queuedUnprocessed
     */
    public long queuedUnprocessed() {
        return manager.queuedUnprocessed();
    }

    @SuppressWarnings("unchecked") // by the type of its cache
    <T extends HasMetadata> Informer<T> informer(ObjectCache<T> cache) {
        for (Informer<?> informer : informers) {
            if (informer.cache() == cache) {
                return (Informer<T>) informer;
            }
        }
        throw new IllegalArgumentException("the cache of " + cache + " is of another runtime than component \""
                + metrics().name() + "\"");
    }

    private void stopWorkers() {
        pools.forEach(ScheduledThreadPoolExecutor::shutdownNow);
    }
}
