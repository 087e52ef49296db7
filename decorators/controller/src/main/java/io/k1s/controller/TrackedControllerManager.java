package io.k1s.controller;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.kubernetes.client.extended.controller.Controller;
import io.kubernetes.client.extended.controller.reconciler.Reconciler;
import io.kubernetes.client.extended.controller.reconciler.Request;
import io.kubernetes.client.extended.workqueue.RateLimitingQueue;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Controllers as one component of a {@link WorkRegistry}, whose works are their reconciles.
 *
 * <pre>{@code
 * var manager = TrackedControllerManager.register(registry, "controllers", dependsOn("client"));
 * manager.add(ControllerBuilder.defaultBuilder(informers)
 *         .withWorkQueue(manager.queue())
 *         .watch(queue -> ControllerBuilder.controllerWatchBuilder(V1Pod.class, queue).build())
 *         .withReconciler(manager.track("Pod", reconciler))
 *         .build());
 * manager.run();
 * }</pre>
 *
 * <p>When the component closes, the controllers take no further request. Those in progress are finished, and only then does
 * what the component depends on close. What is queued is not begun: it is counted as {@link #queuedUnprocessed()}, and found
 * again by the next start. Nothing is interrupted before the soft deadline.
 *
 * <p>(The library's own {@code ControllerManager} returns from {@code shutdown} while reconciles run. It may be added here as
 * one controller.)
 *
 * <p>Thread-safe.
 */
public final class TrackedControllerManager implements Controller {
    private final WorkRegistry registry;
    private final WorkMetrics metrics;
    private final List<Controller> controllers = new CopyOnWriteArrayList<>();
    private final List<TrackedReconciler> reconcilers = new CopyOnWriteArrayList<>();
    private final List<RequestQueue> queues = new CopyOnWriteArrayList<>();
    private final ExecutorService delays;
    private final ControllerThreads threads;

    private final Runnable afterwards;

    private TrackedControllerManager(
            WorkRegistry registry, String component, ComponentOptions options, Runnable afterwards) {
        this.registry = registry;
        this.afterwards = afterwards;
        this.delays = Executors.newCachedThreadPool(new Daemons(component + "-delays"));
        this.threads = new ControllerThreads(component);
        this.metrics = registry.component(component, options.closing(this::stopThreads));
    }

    /**
     * Registers a manager without controllers.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param options what the reconcilers call, the client's component above all; it must not own another resource
     * @throws IllegalArgumentException if the name is not allowed or taken
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedControllerManager register(WorkRegistry registry, String component, ComponentOptions options) {
        return register(registry, component, options, () -> {});
    }

    /** Has something run after the controllers have returned. */
    static TrackedControllerManager register(
            WorkRegistry registry, String component, ComponentOptions options, Runnable afterwards) {
        return new TrackedControllerManager(registry, component, options, afterwards);
    }

    /** Returns the component that counts the reconciles. */
    public WorkMetrics metrics() {
        return metrics;
    }

    /**
     * Decorates a reconciler, for a controller that is to be added.
     *
     * @param kind what is reconciled, as it is named in progress and reports
     * @param reconciler what reconciles
     */
    public TrackedReconciler track(String kind, Reconciler reconciler) {
        TrackedReconciler tracked = TrackedReconciler.of(metrics, kind, reconciler);
        reconcilers.add(tracked);
        return tracked;
    }

    /** Makes a queue for a controller that is to be added: what is left in it is counted, and its thread keeps no process alive. */
    public RateLimitingQueue<Request> queue() {
        return newQueue();
    }

    RequestQueue newQueue() {
        RequestQueue queue = new RequestQueue(delays);
        queues.add(queue);
        return queue;
    }

    /** Adds a controller. It must get its requests reconciled by what {@link #track} returned. */
    public void add(Controller controller) {
        controllers.add(Objects.requireNonNull(controller, "controller"));
    }

    /**
     * Runs the controllers that were added, each on a thread of its own, and does not wait for them.
     *
     * @throws io.k1s.metrics.WorkRejectedException if the component has closed
     */
    public void start() {
        Work running = metrics.startWatch("controllers");
        // One handler for each: all of them run, whatever another throws. Before the threads, which may not all start.
        controllers.forEach(controller -> running.onDrain(controller::shutdown));
        running.onDrain(running::succeed);
        controllers.forEach(threads::run);
    }

    /**
     * Runs the controllers that were added until the component has closed and the last reconcile has ended. An interrupt ends
     * the wait alone, and is kept.
     *
     * @throws io.k1s.metrics.WorkRejectedException if the component has closed
     */
    @Override
    public void run() {
        start();
        try {
            boolean unused = metrics.awaitQuiescence(Duration.ofNanos(Long.MAX_VALUE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Has the controllers take no further request, waits for the reconciles in progress (at most the graceful timeout), and
     * takes the component out of the registry. Again, it has no effect, or tells of the same failure.
     *
     * @throws IllegalStateException if reconciles did not end in time, and so are left running; if stopping the controllers
     *     failed; or if called inside a reconcile, which would wait for itself
     */
    @Override
    public void shutdown() {
        try {
            registry.closeComponent(metrics).ifPresent(this::require);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while component \"" + metrics.name() + "\" was draining", e);
        }
    }

    /**
     * Counts the requests for which no reconcile has begun: queued ones, delayed ones, and those that came too late. After the
     * drain it is what was left to the next start.
     */
    public long queuedUnprocessed() {
        return queues.stream().mapToLong(RequestQueue::unprocessed).sum()
                + reconcilers.stream().mapToLong(TrackedReconciler::unprocessed).sum();
    }

    /** Called by the registry after the drain. */
    private void stopThreads() throws InterruptedException {
        delays.shutdownNow();
        threads.join();
        afterwards.run();
    }

    private void require(ShutdownReport.Component report) {
        if (!report.drained() || !report.errors().isEmpty()) {
            @Nullable
            Throwable cause = report.errors().isEmpty() ? null : report.errors().get(0);
            throw new IllegalStateException(
                    "component \"" + metrics.name() + "\" "
                            + (report.drained()
                                    ? "has drained, but stopping its controllers failed"
                                    : "did not drain in time: " + report.left() + " left " + report.stragglers()),
                    cause);
        }
    }
}
