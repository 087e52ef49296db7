package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One piece of admitted work, or one open watch: the token that is ended exactly once.
 *
 * <p>The first of {@link #succeed}, {@link #fail}, {@link #cancel}, {@link #end} and {@link #close} ends it; every later
 * one has no effect. But for a close, which may follow an end, it returns false and is counted as
 * {@link WorkSnapshot#repeatedEnds()}. A token that is never ended keeps its component from draining, and is named as what held
 * it up.
 *
 * <p>Thread-safe: the token may be ended on any thread. What the ending thread did before happens before
 * {@link WorkMetrics#awaitQuiescence} returns true. Ending is lock-free.
 */
public final class Work implements AutoCloseable {
    /** The order of the starts, oldest first. (Ages that are read while sorting would move under the sort.) */
    public static final Comparator<Work> OLDEST_FIRST = (a, b) -> Long.signum(a.admittedNanos() - b.admittedNanos());

    static final int LIVE = 1;
    static final int ENDED = 2;

    private static final VarHandle STATE = field("state", int.class);
    private static final VarHandle DRAIN_HANDLERS = field("drainHandlers", Handlers.class);
    private static final VarHandle CANCEL_HANDLERS = field("cancelHandlers", Handlers.class);
    private static final VarHandle THREAD = field("thread", Thread.class);
    private static final VarHandle BOUND = field("bound", boolean.class);

    private final WorkMetrics owner;
    private final boolean watch;
    private final @Nullable String description;
    /*
     * Where it was started, until it says where it runs. Published with the token, and written after that by runsHere alone:
     * the thread first, then bound, which is read first. Read through their handles: a volatile field would cost every token
     * a fence when it is made.
     */
    @SuppressWarnings("UnusedVariable")
    private Thread thread;

    @SuppressWarnings("UnusedVariable")
    private boolean bound;

    /** When it was made, which is before it waited at a limit: see {@link #admittedNanos}. */
    private final long startNanos = System.nanoTime();
    /** Made when first needed, as is the next: most work is short and never told anything. */
    private volatile @Nullable Handlers drainHandlers;

    private volatile @Nullable Handlers cancelHandlers;

    /** Written before {@link #state} turns LIVE, read after. */
    long ticket;

    /** Where {@link ActiveWork} has it. Written before it can be seen there, read by whoever unlists it. */
    int slot;

    /*
     * NEW -> LIVE -> ENDED, or NEW -> ENDED when it is not admitted. Turns ENDED before the end is counted, which is what a
     * child's admission relies on; turns back to LIVE when there was no stack left to count the end. The transitions that
     * clean up after an Error are bare assignments, which need no stack.
     */
    volatile int state;

    /** How {@link WorkMetrics#call} has ended it when there was no stack left to count the end: whoever looks later counts it. */
    volatile @Nullable Outcome owed;

    Work(WorkMetrics owner, boolean watch, @Nullable String description, boolean bound) {
        this.owner = owner;
        this.watch = watch;
        this.description = description;
        this.thread = Thread.currentThread();
        this.bound = bound;
    }

    WorkMetrics owner() {
        return owner;
    }

    /**
     * Ends it as {@link Outcome#SUCCEEDED}.
     *
     * @return false if it had already ended
     */
    public boolean succeed() {
        return endAs(Outcome.SUCCEEDED);
    }

    /**
     * Ends it as {@link Outcome#FAILED}.
     *
     * @return false if it had already ended
     */
    public boolean fail() {
        return endAs(Outcome.FAILED);
    }

    /**
     * Ends it as {@link Outcome#CANCELLED}.
     *
     * @return false if it had already ended
     */
    public boolean cancel() {
        return endAs(Outcome.CANCELLED);
    }

    /**
     * Ends it by how a stage completed, as in {@code stage.whenComplete((value, error) -> work.end(error))}.
     *
     * @param error what the work failed with: null is a success, a {@link CancellationException} a cancellation, also when
     *     it is the cause of a {@link CompletionException}, which is how a dependent stage sees it
     * @return false if it had already ended
     */
    public boolean end(@Nullable Throwable error) {
        if (error == null) {
            return succeed();
        }
        // No other is asked for its cause, not even one derived from it: that can throw.
        Throwable cause = error.getClass() == CompletionException.class ? error.getCause() : null;
        Throwable reason = cause == null ? error : cause;
        return reason instanceof CancellationException ? cancel() : fail();
    }

    /** Ends it as {@link Outcome#FAILED} unless it has ended: a block that forgot to say how it ended did not succeed. */
    @Override
    public void close() {
        if (!isEnded()) {
            fail();
        }
    }

    /**
     * Tells whether it has ended.
     *
     * @return true once it has
     */
    public boolean isEnded() {
        return state == ENDED;
    }

    /** Whether it has ended, or only its end is still to be counted. */
    boolean isOver() {
        return owed != null || isEnded();
    }

    boolean isLive() {
        return state == LIVE;
    }

    /**
     * Starts a part of this work, in the same component. It is admitted through a closed gate, as long as this work is
     * live and the hard deadline has not come, and does not count against the limit.
     *
     * @param childDescription what the part does, for progress and reports
     * @return the part, which must be ended too
     * @throws WorkRejectedException if this work has ended, or everything is refused since the hard deadline
     */
    public Work startChild(String childDescription) {
        return owner.startChild(this, childDescription);
    }

    /**
     * Says that from now on this work runs on this thread, and ends here: then its stack is shown when it holds up a
     * shutdown, and waiting for that shutdown here is refused. For what queues work, or cannot put it into one
     * {@link WorkMetrics#run}.
     *
     * @return this
     */
    public Work runsHere() {
        THREAD.setVolatile(this, Thread.currentThread());
        BOUND.setVolatile(this, true);
        return this;
    }

    /**
     * Registers what asks a long-running work to come to its end when its component closes: a watch that delivers what is
     * committed and ends. Runs once, on the thread that closes, or at once after that. {@link WorkMetrics#closeNow} alone runs
     * none. It must not block.
     *
     * @param handler called under no lock
     * @return this
     */
    public Work onDrain(Runnable handler) {
        drainHandlers().add(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    /**
     * Registers what cuts this work short when it is asked to stop: at the soft deadline, or after a watch's grace. A
     * component's youngest work is asked first. The work still has to be ended by whoever runs it.
     *
     * @param handler called under no lock, once; at once when the request was made before
     * @return this
     */
    public Work onCancel(Runnable handler) {
        cancelHandlers().add(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    /**
     * Runs the handlers of {@link #onCancel}. Every one of them runs, whatever another throws.
     *
     * @throws RuntimeException the first one that a handler threw, the others suppressed
     */
    public void requestCancel() {
        if (!isEnded()) {
            cancelHandlers().fire();
        }
    }

    void requestDrain() {
        if (!isEnded()) {
            drainHandlers().fire();
        }
    }

    /**
     * Tells whether it has said how it can be cancelled.
     *
     * @return true once {@link #onCancel} was called
     */
    public boolean isCancellable() {
        Handlers handlers = cancelHandlers;
        return handlers != null && handlers.isUsed();
    }

    /**
     * Returns the name of the component that admitted it.
     *
     * @return the component's name
     */
    public String component() {
        return owner.name();
    }

    /**
     * Returns what it does, on one printable line of at most 200 characters, with what looks like a credential masked.
     *
     * @return the description, or "unnamed"
     */
    public String description() {
        // Made fit to print by whoever reads it: most descriptions are never read.
        return description == null ? "unnamed" : Printable.masked(description);
    }

    /**
     * Tells whether it is a watch, counted in {@link WorkSnapshot#watchers()}.
     *
     * @return true for a watch
     */
    public boolean isWatch() {
        return watch;
    }

    /**
     * Returns how long ago it was admitted, by the monotonic clock: what it waited at the limit is not part of it.
     *
     * @return the age
     */
    public Duration age() {
        return Duration.ofNanos(System.nanoTime() - admittedNanos());
    }

    private long admittedNanos() {
        return Sampling.givenAt(ticket, startNanos);
    }

    /**
     * Returns the thread that started it, or that it said it runs on. A work bound to its thread (see {@link #isBound()})
     * runs there.
     *
     * @return the thread
     */
    public Thread thread() {
        return (Thread) THREAD.getVolatile(this);
    }

    /**
     * Tells whether it was started by {@link WorkMetrics#run} or {@link WorkMetrics#call}, or said so by {@link #runsHere},
     * and so runs on {@link #thread()} to its end.
     *
     * @return false for work that may be ended on any thread
     */
    public boolean isBound() {
        return (boolean) BOUND.getVolatile(this);
    }

    /** Not the identity's, which the JVM makes up on first use: tokens can go to a hash table, and live shortly. */
    @Override
    public int hashCode() {
        long mixed = startNanos * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32);
    }

    @Override
    public String toString() {
        return component() + ": " + description() + (isEnded() ? " (ended)" : "");
    }

    boolean endAs(Outcome outcome) {
        if (!STATE.compareAndSet(this, LIVE, ENDED)) {
            owner.countRepeatedEnd();
            return false;
        }
        boolean look;
        try {
            look = owner.countEnd(this, outcome);
        } catch (Throwable t) {
            // Out of stack before the end was counted: still live, still listed, and can still be ended.
            state = LIVE;
            throw t;
        }
        owner.unlist(this, look);
        return true;
    }

    void endIfOwed() {
        Outcome outcome = owed;
        if (outcome != null && isLive()) {
            endAs(outcome);
        }
    }

    private Handlers drainHandlers() {
        Handlers handlers = drainHandlers;
        return handlers != null ? handlers : made(DRAIN_HANDLERS);
    }

    private Handlers cancelHandlers() {
        Handlers handlers = cancelHandlers;
        return handlers != null ? handlers : made(CANCEL_HANDLERS);
    }

    private Handlers made(VarHandle field) {
        Handlers mine = new Handlers();
        Object other = field.compareAndExchange(this, null, mine);
        return other == null ? mine : (Handlers) other;
    }

    private static VarHandle field(String name, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(Work.class, name, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
