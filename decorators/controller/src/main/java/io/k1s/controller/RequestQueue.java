package io.k1s.controller;

import io.kubernetes.client.extended.controller.reconciler.Request;
import io.kubernetes.client.extended.workqueue.DefaultRateLimitingQueue;
import io.kubernetes.client.extended.workqueue.ratelimiter.DefaultControllerRateLimiter;
import io.kubernetes.client.extended.workqueue.ratelimiter.RateLimiter;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * A work queue that knows what it has been asked for and has not handed out, also after it was shut down: then it hands out
 * nothing any more, and counts what still comes. Thread-safe.
 */
final class RequestQueue extends DefaultRateLimitingQueue<Request> {
    private final RateLimiter<Request> limiter;
    /** The objects for which no reconcile has begun since the last request: queued, delayed, or too late. Guarded by this. */
    private final Set<Request> waiting = new HashSet<>();

    /**
     * Makes an empty queue.
     *
     * @param delays runs the delays, on one thread until the queue is shut down; to be stopped by an interrupt
     */
    RequestQueue(ExecutorService delays) {
        this(delays, new DefaultControllerRateLimiter<>());
    }

    private RequestQueue(ExecutorService delays, RateLimiter<Request> limiter) {
        super(delays, limiter);
        this.limiter = limiter;
    }

    @Override
    public synchronized void add(Request request) {
        waiting.add(request);
        super.add(request);
    }

    @Override
    public synchronized void addAfter(Request request, Duration delay) {
        waiting.add(request);
        if (waitingForAddQueue.remainingCapacity() == 0) {
            // It would be dropped in silence: too early is better than never.
            super.add(request);
        } else {
            super.addAfter(request, delay);
        }
    }

    @Override
    public synchronized void addRateLimited(Request request) {
        addAfter(request, limiter.when(request));
    }

    @Override
    public synchronized @Nullable Request get() throws InterruptedException {
        Request next = super.get();
        if (next == null || isShuttingDown()) {
            // The library hands out what is queued although it is shutting down.
            return null;
        }
        waiting.remove(next);
        return next;
    }

    /** Counts the objects for which no reconcile has begun since it was last asked for. */
    synchronized int unprocessed() {
        return waiting.size();
    }
}
