package io.k1s.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The end of the one shutdown: its result, those who wait for it, and the exit that follows.
 *
 * <p>Everybody who asked has a future of their own, completed on a thread of its own: a callback that blocks keeps nobody
 * else from the report, and the exit only so long.
 */
final class Termination {
    private static final Duration HURRIED_CALLBACK_TIME = Duration.ofMillis(500);

    private final Isolation isolation;
    private final CompletableFuture<ShutdownReport> result = new CompletableFuture<>();
    /** Completed after the result, with those who are being told. */
    private final CompletableFuture<List<Told>> told = new CompletableFuture<>();

    private final CompletableFuture<@Nullable Void> hurried = new CompletableFuture<>();

    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by lock, as are the next two. */
    private final List<ShutdownFuture<ShutdownReport>> callers = new ArrayList<>();

    private boolean over;
    private @Nullable Runnable exit;

    Termination(Isolation isolation) {
        this.isolation = isolation;
    }

    /** Returns a future of its own for this caller. */
    CompletableFuture<ShutdownReport> future(WorkRegistry registry) {
        ShutdownFuture<ShutdownReport> mine = new ShutdownFuture<>(registry);
        lock.lock();
        try {
            if (!result.isDone()) {
                callers.add(mine);
                return mine;
            }
        } finally {
            lock.unlock();
        }
        copyResult(mine);
        return mine;
    }

    Optional<ShutdownReport> await(Duration timeout) throws InterruptedException {
        try {
            result.get(Texts.saturatedNanos(timeout), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // The wait and the report can pass each other: what counts is how it is now.
            if (!result.isDone()) {
                return Optional.empty();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("the shutdown failed", e.getCause());
        }
        return Optional.of(result.join());
    }

    boolean isReported() {
        return result.isDone();
    }

    /** Waits for the report; null if the shutdown itself failed. */
    @Nullable
    ShutdownReport awaitReport() {
        try {
            return result.join();
        } catch (CompletionException e) {
            return null;
        }
    }

    void complete(ShutdownReport report) {
        result.complete(report);
    }

    void fail(Throwable error) {
        result.completeExceptionally(error);
    }

    /** Hands the result to all callers, and counts the listeners, who are being told, among them. */
    void tellCallers(List<CompletableFuture<Void>> alsoTold) {
        List<ShutdownFuture<ShutdownReport>> waiting;
        lock.lock();
        try {
            waiting = List.copyOf(callers);
            callers.clear();
        } finally {
            lock.unlock();
        }
        List<Told> all = new ArrayList<>(waiting.stream().map(this::tell).toList());
        alsoTold.forEach(arrived -> all.add(new Told(new AtomicReference<>(), arrived)));
        told.complete(all);
    }

    private Told tell(ShutdownFuture<ShutdownReport> caller) {
        AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
        return new Told(thread, isolation.start(() -> {
            thread.set(Thread.currentThread());
            copyResult(caller);
        }));
    }

    private void copyResult(CompletableFuture<ShutdownReport> caller) {
        // Not whenComplete, which wraps the error: a wrapper asks that for its text.
        var unused = result.handle(
                (report, error) -> error == null ? caller.complete(report) : caller.completeExceptionally(error));
    }

    /** Waits for the callers' callbacks, at most this long, and only a moment once somebody is in a hurry. */
    void awaitCallbacks(Duration atMost) {
        long start = System.nanoTime();
        CompletableFuture<Long> hurriedEnd =
                hurried.thenApply(none -> System.nanoTime() - start + HURRIED_CALLBACK_TIME.toNanos());
        CompletableFuture<?> returned = told.thenCompose(all -> CompletableFuture.allOf(
                all.stream().filter(Told::isRunning).map(Told::done).toArray(CompletableFuture<?>[]::new)));
        EventQueue waiting = new EventQueue();
        var unused = hurriedEnd.whenComplete((end, error) -> waiting.add(() -> {}));
        waiting.await(returned, () -> start + Math.min(atMost.toNanos(), hurriedEnd.getNow(Long.MAX_VALUE)));
        waiting.restoreInterrupt();
    }

    /** Callbacks get a moment only from now on: enough to write a report, not to hold up somebody who is impatient. */
    void hurry() {
        hurried.complete(null);
    }

    /** Runs the code once everything here is over; at once if it is. */
    void exitAfterwards(Runnable exitAction) {
        lock.lock();
        try {
            if (!over) {
                exit = exitAction;
                return;
            }
        } finally {
            lock.unlock();
        }
        exitAction.run();
    }

    void exit() {
        Runnable then;
        lock.lock();
        try {
            over = true;
            then = exit;
        } finally {
            lock.unlock();
        }
        if (then != null) {
            then.run();
        }
    }

    /** One caller who is being told: on which thread, and whether the callbacks have returned. */
    private record Told(AtomicReference<@Nullable Thread> thread, CompletableFuture<Void> done) {
        /** A callback that called System.exit never returns, and the exit must not wait for it. */
        boolean isRunning() {
            Thread at = thread.get();
            return !done.isDone() && (at == null || !ExitingThreads.isExiting(at));
        }
    }
}
