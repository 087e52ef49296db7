package io.k1s.jdk;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An executor whose every task is tracked work from its submission to its end: what was queued when a shutdown began is still
 * run, and the executor is shut down after the last task.
 *
 * <ul>
 *   <li>A task that comes too late is refused with a {@link WorkRejectedException}, which is a
 *       {@link RejectedExecutionException}; so is one beyond the component's limit, which counts queued tasks too.
 *   <li>A task that a running task submits is a part of it: admitted after the close as well, until the hard deadline, and
 *       outside the limit.
 *   <li>Nothing is interrupted before the soft deadline. Then queued tasks are dropped, the last one first: their futures are
 *       cancelled. Then running ones are interrupted. A {@link java.util.concurrent.CompletableFuture} that waits for a dropped
 *       task never completes.
 *   <li>A cancelled task is counted as cancelled, when it has left its thread. A future completes after its work has ended.
 * </ul>
 *
 * <p>Tasks are handed to the executor one by one as a {@link java.util.concurrent.FutureTask}, {@code invokeAll} and
 * {@code invokeAny} too, so a pool that sorts its tasks cannot be tracked. Nor can one that drops tasks silently, which would
 * leave work that never ends. A periodic job is not a task: let it call {@link WorkMetrics#run} of {@link #metrics()}.
 *
 * <p>Thread-safe. Works over any executor, of virtual threads too.
 */
public final class TrackedExecutorService extends AbstractExecutorService implements AutoCloseable {
    private final WorkMetrics metrics;
    private final ExecutorService executor;
    private final ComponentClose closing;
    /** The task of this executor that this thread runs, whose parts its submissions are; a program has few executors. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable TrackedTask<?>> current = new ThreadLocal<>();
    /** The task that this thread has made and not executed: it is inside what it executes next, as invokeAny has it. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable TrackedTask<?>> made = new ThreadLocal<>();
    /** Set while this thread asks tasks to cancel that are to come back instead. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable List<Runnable>> handedBack = new ThreadLocal<>();

    private TrackedExecutorService(WorkRegistry registry, WorkMetrics metrics, ExecutorService executor) {
        this.metrics = metrics;
        this.executor = executor;
        this.closing = new ComponentClose(registry, metrics);
        var unused = metrics.quiescence().thenRun(executor::shutdown);
    }

    /**
     * Registers an executor that depends on nothing. The registry owns it from now on, and shuts it down once it has drained.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param executor what runs the tasks
     * @return the executor to be used from now on
     * @throws IllegalArgumentException if the name is not allowed or taken, the executor is another component's, or it
     *     drops tasks silently
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedExecutorService register(WorkRegistry registry, String component, ExecutorService executor) {
        return register(registry, component, executor, ComponentOptions.defaults());
    }

    /**
     * Registers an executor. The registry owns it from now on, and shuts it down once it has drained.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param executor what runs the tasks
     * @param options what the tasks call, the limit of queued and running tasks; it must not own another resource
     * @return the executor to be used from now on
     * @throws IllegalArgumentException if the name is not allowed or taken, the executor is another component's, or it
     *     drops tasks silently
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedExecutorService register(
            WorkRegistry registry, String component, ExecutorService executor, ComponentOptions options) {
        refuseSilentDrops(component, Objects.requireNonNull(executor, "executor"));
        WorkMetrics metrics = registry.component(component, options.closing(executor, () -> shutDown(executor)));
        return new TrackedExecutorService(registry, metrics, executor);
    }

    private static void refuseSilentDrops(String component, ExecutorService executor) {
        if (executor instanceof ThreadPoolExecutor pool) {
            Object policy = pool.getRejectedExecutionHandler();
            if (policy instanceof ThreadPoolExecutor.DiscardPolicy
                    || policy instanceof ThreadPoolExecutor.DiscardOldestPolicy) {
                throw new IllegalArgumentException("the executor of component \"" + component + "\" has a "
                        + policy.getClass().getSimpleName()
                        + ", which drops tasks without a sign, so that their work would never end;"
                        + " allowed is a policy that throws or runs the task, such as AbortPolicy or CallerRunsPolicy");
            }
        }
    }

    /** Returns when its threads have ended: what they still do belongs to the close. The registry bounds the wait. */
    private static void shutDown(ExecutorService executor) throws InterruptedException {
        executor.shutdown();
        var unused = executor.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    }

    /**
     * Returns the component that counts the tasks.
     *
     * @return the component
     */
    public WorkMetrics metrics() {
        return metrics;
    }

    @Override
    public void execute(Runnable command) {
        Objects.requireNonNull(command, "command");
        TrackedTask<?> carried = made.get();
        made.remove();
        enqueue(
                command instanceof TrackedTask<?> task && task.isFreshOf(this)
                        ? task
                        : TrackedTask.command(this, command, carried));
    }

    /**
     * Like {@link #execute(Runnable)}, under a name of its own instead of that of its class.
     *
     * @param description what it does, for progress and reports
     * @param command the task
     * @throws WorkRejectedException if the component no longer admits work, or is at its limit
     * @throws RejectedExecutionException if the executor refuses it
     */
    public void execute(String description, Runnable command) {
        enqueue(TrackedTask.command(this, Objects.requireNonNull(command, "command"), null)
                .describedAs(description));
    }

    /**
     * Like {@link #submit(Callable)}, under a name of its own instead of that of its class.
     *
     * @param description what it does, for progress and reports
     * @param task the task
     * @param <T> the result's type
     * @return its result to come
     * @throws WorkRejectedException if the component no longer admits work, or is at its limit
     * @throws RejectedExecutionException if the executor refuses it
     */
    public <T extends @Nullable Object> Future<T> submit(String description, Callable<T> task) {
        TrackedTask<T> tracked = TrackedTask.future(this, Objects.requireNonNull(task, "task"));
        enqueue(tracked.describedAs(description));
        return tracked;
    }

    private void enqueue(TrackedTask<?> task) {
        TrackedTask<?> running = current.get();
        Work work = running == null
                ? metrics.startWork(task.description())
                : running.work().startChild(task.description());
        try {
            task.admit(work);
            executor.execute(task);
        } catch (Throwable t) {
            task.refused();
            if (!(t instanceof RejectedExecutionException) || !task.isHandedBack()) {
                throw t;
            }
            // In the list of shutdownNow. Told that it was refused as well, its caller might run it once more.
        }
    }

    /** Marks a task as the one that this thread runs. */
    void enter(TrackedTask<?> task) {
        current.set(task);
    }

    void leaveTo(@Nullable TrackedTask<?> outer) {
        if (outer == null) {
            current.remove();
        } else {
            current.set(outer);
        }
    }

    @Nullable
    TrackedTask<?> current() {
        return current.get();
    }

    /** Where a task goes that is asked to cancel on this thread now, if it is still queued; null if it is to be dropped. */
    @Nullable
    List<Runnable> handedBack() {
        return handedBack.get();
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return made(TrackedTask.future(this, runnable, value));
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return made(TrackedTask.future(this, callable));
    }

    private <T extends @Nullable Object> TrackedTask<T> made(TrackedTask<T> task) {
        made.set(task);
        return task;
    }

    /**
     * Closes the gate, and does not wait: tasks that are queued or running, and what they submit, are finished. Then the
     * executor is shut down.
     */
    @Override
    public void shutdown() {
        metrics.close();
    }

    /**
     * Refuses every task from now on, has the executor interrupt those that run, and hands back those that were queued, as
     * cancelled work. What one that runs returns in spite of the interrupt is its result.
     *
     * <p>An executor that queues commands of its own making, with the tasks inside, hands those back. They are in the list too,
     * before the tasks, where each future is a command that runs it. Whoever runs the whole list runs each task once.
     *
     * @return the commands and futures that never ran; running one of them now is not tracked
     */
    @Override
    public List<Runnable> shutdownNow() {
        metrics.closeNow();
        List<Runnable> neverRun = new ArrayList<>();
        for (Runnable queued : executor.shutdownNow()) {
            if (!(queued instanceof TrackedTask<?> task)) {
                neverRun.add(queued);
                // A task may be inside.
                handedBack.set(neverRun);
            } else {
                task.handBackTo(neverRun);
            }
        }
        // Some executors hand back nothing of what they drop. What runs was interrupted, and may have a result yet.
        try {
            metrics.activeWork().stream().filter(work -> !work.isBound()).forEach(TrackedExecutorService::drop);
        } finally {
            handedBack.remove();
        }
        return neverRun;
    }

    private static void drop(Work queued) {
        try {
            queued.requestCancel();
        } catch (RuntimeException e) {
            // A cancel of the user's own. The others are to be dropped too, and the list is to come back.
        }
    }

    @Override
    public boolean isShutdown() {
        return metrics.isClosed() || executor.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return executor.isTerminated();
    }

    /**
     * Waits until the executor is terminated, as {@link #isTerminated()} tells: after the last task, once this was closed; or
     * earlier, when somebody else has shut it down.
     *
     * @throws IllegalStateException if called inside a task of this executor, which would wait for itself
     */
    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        // Refused where it would wait for itself. It waits for nothing: the last task's end shuts the executor down.
        var unused = metrics.awaitQuiescence(Duration.ZERO);
        return executor.awaitTermination(timeout, unit);
    }

    /**
     * Closes the gate, waits for the tasks that were admitted (at most the graceful timeout), shuts the executor down, and
     * takes the component out of the registry. Closing again does nothing, or tells of the same failure. Interrupts no task.
     *
     * @throws IllegalStateException if tasks did not end in time: the executor is then left open; if shutting it down failed;
     *     or if called inside a task of this executor
     */
    @Override
    public void close() {
        closing.run();
    }

    @Override
    public String toString() {
        return "tracked " + executor + " (" + metrics.snapshot() + ")";
    }
}
