package io.k1s.jdk;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.Work;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A task on its way through an executor, and the one place where its work ends: when its body has returned, just before its
 * future completes, or when it will never run.
 */
final class TrackedTask<V extends @Nullable Object> extends FutureTask<V> {
    /**
     * FRESH -> QUEUED -> RUNNING -> ENDED; QUEUED -> ENDED when cancelled or refused; handed back, QUEUED -> RELEASED as itself,
     * QUEUED -> REPLACED as something else, by which alone it is run.
     */
    private enum State {
        FRESH,
        QUEUED,
        RUNNING,
        ENDED,
        RELEASED,
        REPLACED
    }

    private final TrackedExecutorService owner;
    /** What the user gave: a command, or the body of a future. */
    private final Object body;
    /** Whether its exceptions go to the thread that runs it, as those of a command do, and not to a future. */
    private final boolean isCommand;
    /** The future inside the command, which the command's own end does not complete. */
    private final @Nullable TrackedTask<?> carried;

    private final AtomicReference<State> state = new AtomicReference<>(State.FRESH);
    private String description;
    /** Written before it is QUEUED. */
    private @Nullable Work work;
    /** Written and read by the thread that runs it, as is the next. */
    private @Nullable Throwable thrown;

    private @Nullable Outcome ofCarried;

    private TrackedTask(
            TrackedExecutorService owner,
            Callable<V> callable,
            Object body,
            boolean isCommand,
            @Nullable TrackedTask<?> carried) {
        super(callable);
        this.owner = owner;
        this.body = body;
        this.isCommand = isCommand;
        this.carried = carried;
        this.description = body instanceof TrackedTask<?> task
                ? task.description
                : nameOf(body.getClass().getName());
    }

    static TrackedTask<@Nullable Object> command(
            TrackedExecutorService owner, Runnable command, @Nullable TrackedTask<?> carried) {
        return new TrackedTask<>(owner, Executors.callable(command), command, true, carried);
    }

    static <V extends @Nullable Object> TrackedTask<V> future(TrackedExecutorService owner, Callable<V> callable) {
        return new TrackedTask<>(owner, callable, callable, false, null);
    }

    static <V> TrackedTask<V> future(TrackedExecutorService owner, Runnable runnable, V value) {
        return new TrackedTask<>(owner, Executors.callable(runnable, value), runnable, false, null);
    }

    /** A lambda's own name says nothing more than the class that it is in. */
    private static String nameOf(String type) {
        int lambda = type.indexOf("$$Lambda");
        return lambda < 0 ? "task " + type : "task of " + type.substring(0, lambda);
    }

    TrackedTask<V> describedAs(String text) {
        description = Objects.requireNonNull(text, "description");
        return this;
    }

    String description() {
        return description;
    }

    /** Whether it was made by this executor, and has no work of its own yet. */
    boolean isFreshOf(TrackedExecutorService executor) {
        return owner == executor && state.get() == State.FRESH;
    }

    /** Of one that was admitted. */
    Work work() {
        return Objects.requireNonNull(work);
    }

    void admit(Work admitted) {
        work = admitted;
        state.set(State.QUEUED);
        admitted.onCancel(this::cut);
    }

    /** At the soft deadline: interrupts it, or drops it and tells those who wait for it. */
    private void cut() {
        List<Runnable> handedBack = owner.handedBack();
        // Not as itself: a thread of the executor may have it already, inside what was queued, and be about to run it.
        if (handedBack != null && handBackTo(handedBack, super::run)) {
            return;
        }
        if (carried != null) {
            // First: when the command is cancelled it is handed out as done, and who gets it waits for its result.
            carried.cancel(true);
        }
        try {
            if (body instanceof Future<?> future) {
                future.cancel(true);
            }
        } finally {
            cancel(true);
        }
    }

    /** The executor did not take it. */
    void refused() {
        endUnlessRun(State.ENDED);
    }

    /** Takes out of the tracking what the executor has given back. */
    void handBackTo(List<Runnable> neverRun) {
        handBackTo(neverRun, this);
    }

    /** Adds what the user can run, a command as it was given; false if it is not queued any more. */
    private boolean handBackTo(List<Runnable> neverRun, Runnable asFuture) {
        Runnable left = isCommand ? (Runnable) body : asFuture;
        return endUnlessRun(left == this ? State.RELEASED : State.REPLACED) && neverRun.add(left);
    }

    /** Whether it was handed back. */
    boolean isHandedBack() {
        State now = state.get();
        return now == State.RELEASED || now == State.REPLACED;
    }

    /** Cancelled in the queue, its work ends here; while it runs, when its body has left. */
    @Override
    protected void done() {
        if (isCancelled()) {
            endUnlessRun(State.ENDED);
        }
    }

    private boolean endUnlessRun(State next) {
        if (state.compareAndSet(State.QUEUED, next)) {
            Objects.requireNonNull(work).cancel();
            return true;
        }
        return false;
    }

    @Override
    public void run() {
        if (state.compareAndSet(State.QUEUED, State.RUNNING)) {
            runTracked(Objects.requireNonNull(work));
        } else if (state.get() == State.FRESH) {
            runCarried();
        } else if (state.get() == State.RELEASED) {
            super.run();
        }
    }

    private void runTracked(Work running) {
        TrackedTask<?> outer = owner.current();
        try {
            running.runsHere();
            owner.enter(this);
            super.run();
        } catch (Throwable t) {
            // For want of memory: what the body throws does not come here. Who waits for the future is told too.
            setException(t);
            throw t;
        } finally {
            owner.leaveTo(outer);
            // Cancelled just before: the body did not run.
            end(running, Outcome.CANCELLED);
        }
        if (isCommand && thrown != null) {
            TrackedTask.<RuntimeException>rethrow(thrown);
        }
    }

    /** Inside a command that carries it, as invokeAny does: the work is the command's, how it ends is said here. */
    private void runCarried() {
        super.run();
        TrackedTask<?> carrier = owner.current();
        if (carrier != null) {
            carrier.ofCarried = outcome();
        }
    }

    @Override
    protected void set(V value) {
        endTracked();
        super.set(value);
    }

    @Override
    protected void setException(Throwable t) {
        thrown = t;
        endTracked();
        super.setException(t);
    }

    private void endTracked() {
        Work running = work;
        if (running != null) {
            end(running, outcome());
        }
    }

    private Outcome outcome() {
        boolean cancelled = isCancelled() || (body instanceof Future<?> future && future.isCancelled());
        Outcome own = cancelled ? Outcome.CANCELLED : thrown == null ? Outcome.SUCCEEDED : Outcome.FAILED;
        Outcome carried = ofCarried;
        return own == Outcome.SUCCEEDED && carried != null ? carried : own;
    }

    /** Only the thread that runs it gets here. */
    private void end(Work running, Outcome outcome) {
        if (running.isEnded()) {
            return;
        }
        state.set(State.ENDED);
        var unused = switch (outcome) {
            case SUCCEEDED -> running.succeed();
            case FAILED -> running.fail();
            case CANCELLED -> running.cancel();
        };
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void rethrow(Throwable t) throws E {
        throw (E) t;
    }
}
