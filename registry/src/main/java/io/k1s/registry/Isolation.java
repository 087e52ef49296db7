package io.k1s.registry;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs other people's code on daemon threads of its own, so that what blocks there blocks nothing else. Threads are made
 * when needed and go away when idle. If none can be made, the caller's thread runs the code itself: a shutdown without
 * threads left is better than none.
 */
final class Isolation {
    private static final long IDLE_SECONDS = 5;

    private final AtomicInteger threads = new AtomicInteger();
    private final Executor pool;
    private final Supplier<Executor> lanes;

    Isolation() {
        this.pool = pool(Integer.MAX_VALUE, new SynchronousQueue<>());
        this.lanes = () -> pool(1, new LinkedBlockingQueue<>());
    }

    /** For tests that make thousands of registries, whose idle threads would stay behind. */
    Isolation(Executor everywhere) {
        this.pool = everywhere;
        this.lanes = () -> everywhere;
    }

    private Executor pool(int max, BlockingQueue<Runnable> queue) {
        ThreadPoolExecutor made =
                new ThreadPoolExecutor(max == 1 ? 1 : 0, max, IDLE_SECONDS, TimeUnit.SECONDS, queue, code -> {
                    Thread thread = new Thread(code, "k1s-callback-" + threads.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        made.allowCoreThreadTimeOut(true);
        return made;
    }

    /** Returns a lane of its own, in which one piece of code runs after the other. */
    Serial serial() {
        return new Serial(lanes.get());
    }

    /** Code that may throw anything. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    /** Starts the code; the future carries what it threw. */
    CompletableFuture<Void> start(Action code) {
        return start(pool, code);
    }

    static CompletableFuture<Void> start(Executor executor, Action code) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable task = () -> {
            try {
                code.run();
                done.complete(null);
            } catch (Throwable t) {
                done.completeExceptionally(t);
            }
        };
        try {
            executor.execute(task);
        } catch (OutOfMemoryError noThread) {
            task.run();
        }
        return done;
    }

    /**
     * Completes the other as this one ended. Called from {@code handle}: what depends on a stage otherwise,
     * {@code whenComplete} for example, wraps its error, and a wrapper asks that for its text, on whatever thread.
     *
     * @return whether it was the first
     */
    static boolean relay(@Nullable Throwable error, CompletableFuture<@Nullable Void> other) {
        if (error == null) {
            return other.complete(null);
        }
        // No other is asked for its cause, not even one derived from it: that can throw.
        Throwable cause = error.getClass() == CompletionException.class ? error.getCause() : null;
        return other.completeExceptionally(cause != null ? cause : error);
    }

    /** A lane: code runs in the order in which it was started, and what it throws is dropped. */
    static final class Serial {
        private final Executor lane;

        private Serial(Executor lane) {
            this.lane = lane;
        }

        void start(Action code) {
            var unused = Isolation.start(lane, code);
        }

        /** Completes when what was started so far is over. */
        CompletableFuture<Void> over() {
            return Isolation.start(lane, () -> {});
        }

        /** Waits for what was started so far, at most this long; an interrupt does not end the wait, and is kept. */
        void flush(Duration atMost) {
            // If somebody blocks the lane, there is no way to say so.
            var unused = EventQueue.await(over(), atMost);
        }
    }
}
