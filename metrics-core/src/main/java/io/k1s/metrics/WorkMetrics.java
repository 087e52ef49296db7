package io.k1s.metrics;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one component, which are at once its admission gate: the metrics are the work tracking.
 *
 * <p>Guarantees:
 *
 * <ul>
 *   <li>Admission and its count are one atomic step. Nothing but children of live work is admitted after {@link #close}
 *       returns, nothing at all after {@link #closeNow} returns.
 *   <li>What was admitted is drained or reported: {@link #awaitQuiescence} returns true only when everything admitted has
 *       ended, and all its effects happen before that return. No wake-up is lost.
 *   <li>The ledger adds up: see {@link WorkSnapshot}.
 *   <li>With a limit, no more works than that are in flight, and none is rejected below it. (A start that races an end
 *       may be rejected until that end has returned.) Children are exempt.
 * </ul>
 *
 * <p>Thread-safe. With tickets, starting and ending work allocates nothing, and shares no memory with other threads: it is
 * wait-free on a platform thread, lock-free on a virtual one or when there are very many. What takes a lock, for a moment, is
 * a thread's first start, a start for which a portion of the limit has to be lent, a rejection, a snapshot and closing; for
 * threads without counters of their own also each start that is a sample; and while somebody waits at the limit every start
 * and every end. With an exact peak or a limit of up to 64 all threads share one word instead, and starting and ending is
 * lock-free but while somebody waits.
 */
public final class WorkMetrics implements AutoCloseable {
    /** A limit up to here is not lent out in portions: they would be single starts. */
    private static final long SMALL_LIMIT = 64;

    private final String name;
    private final long limit;
    private final PeakTracking peakTracking;
    private final Gate gate;
    /**
     * The arrays of the ledger, if the gate is a {@link StripedGate}; otherwise nobody finds a stripe here, and all goes to
     * the gate. What a start and an end take is, for the most part, how many references they have to follow to the stripe, and
     * how many bytes of code that is.
     */
    private final Stripe[] slots;

    private final Stripe[] stripes;
    private final int slotMask;
    private final OneWordGate watches = new OneWordGate(OneWordGate.UNLIMITED);
    private final ActiveWork tokens;
    private final long maxWaitNanos;
    private final AtomicLong rejections = new AtomicLong();
    private final AtomicLong repeatedEnds = new AtomicLong();
    private final CompletableFuture<@Nullable Void> workQuiescence = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> quiescence = new CompletableFuture<>();

    private WorkMetrics(Builder builder) {
        this(
                builder,
                builder.limit > SMALL_LIMIT && builder.peakTracking == PeakTracking.OBSERVED
                        ? new StripedGate(builder.limit, builder.sampling)
                        : new CountedGate(builder.limit, builder.sampling));
    }

    /** For tests that choose the gate. */
    WorkMetrics(Builder builder, Gate gate) {
        this(
                builder,
                gate,
                new ActiveWork(Ledger.defaultShared(Runtime.getRuntime().availableProcessors())));
    }

    /** For tests that choose the list too. */
    WorkMetrics(Builder builder, Gate gate, ActiveWork tokens) {
        this.name = builder.name;
        this.limit = builder.limit;
        this.maxWaitNanos = builder.maxWaitNanos;
        this.peakTracking = builder.peakTracking;
        this.gate = gate;
        boolean striped = gate instanceof StripedGate;
        this.slots = striped ? gate.ledger.slots : Ledger.NOBODYS;
        this.stripes = striped ? gate.ledger.stripes : Ledger.NOBODYS;
        this.slotMask = slots.length - 1;
        this.tokens = tokens;
    }

    /**
     * Returns a component without a limit, its peak observed.
     *
     * @param name what it is called in reports: 1 to 100 printable characters
     * @return the component, admitting
     * @throws IllegalArgumentException if the name is not allowed
     */
    public static WorkMetrics create(String name) {
        return builder(name).build();
    }

    /**
     * Returns a builder of a component.
     *
     * @param name what it is called in reports: 1 to 100 printable characters
     * @return the builder
     * @throws IllegalArgumentException if the name is not allowed
     */
    public static Builder builder(String name) {
        return new Builder(Names.requireComponentName(name));
    }

    /**
     * Returns the name of the component.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Admits and counts one work, for decorators of short calls: no object is made, nothing is listed. The ticket must
     * reach {@link #end} exactly once, on any thread, and must not leave the decorator: neither a lost nor a reused ticket
     * can be detected. Programs use {@link #run}, {@link #call} and {@link #startWork}.
     *
     * @return the ticket
     * @throws WorkRejectedException if the component is closed or at its limit
     */
    public long begin() {
        Stripe counted = null;
        long ticket;
        try {
            Thread current = Thread.currentThread();
            int slot = Ledger.slotOf(current, slotMask);
            Stripe stripe = Ledger.read(slots, slot);
            if (!stripe.isOwnedBy(current)) {
                ticket = gate.begin();
            } else if (StripedGate.beginFreely(stripe)) {
                // The stripe's index, without reading it: that would put off the end.
                return slot;
            } else {
                counted = stripe;
                ticket = ((StripedGate) gate).beginTripped(stripe);
            }
        } catch (Throwable t) {
            if (counted != null) {
                // Without a ticket nobody would ever end this start.
                counted.undo();
            }
            countRejection();
            // A recall may have taken the start for admitted.
            gate.wake();
            throw t;
        }
        return ticket >= 0 ? ticket : beginAtTheLimit(ticket);
    }

    /**
     * Like {@link #begin()}, for a part of {@code parent}: admitted through a closed gate while the parent is live, and
     * outside the limit.
     *
     * @param parent live work of this component
     * @return the ticket
     * @throws WorkRejectedException if the parent has ended, or {@link #closeNow} was called
     * @throws IllegalArgumentException if the parent is another component's
     */
    public long beginChild(Work parent) {
        if (parent.owner() != this) {
            throw new IllegalArgumentException("work \"" + parent.description() + "\" belongs to component \""
                    + parent.component() + "\", not to \"" + name
                    + "\": only work of the same component can be a parent; let \"" + parent.component()
                    + "\" depend on \"" + name + "\" instead");
        }
        long ticket;
        try {
            ticket = gate.beginChild(parent);
        } catch (Throwable t) {
            countRejection();
            throw t;
        }
        if (ticket < 0) {
            throw rejection(ticket);
        }
        return ticket;
    }

    /**
     * Ends the work of a ticket.
     *
     * @param ticket from {@link #begin} or {@link #beginChild}, not ended before
     * @param outcome how it ended
     */
    public void end(long ticket, Outcome outcome) {
        if (countEnd(ticket, Objects.requireNonNull(outcome, "outcome"))) {
            tellOfTheEnd();
        }
    }

    /** Listeners first: what they are told happens before the quiescence. */
    private boolean countEnd(long ticket, Outcome outcome) {
        if (Sampling.isTimed(ticket)) {
            gate.listeners.timed(Sampling.nanos(ticket), Sampling.weight(ticket));
        }
        Stripe stripe = Ledger.read(stripes, Gate.stripeOf(ticket));
        if (stripe.isOwnedBy(Thread.currentThread())) {
            return StripedGate.countEnd(stripe, true, outcome);
        }
        return stripe != Stripe.NONE ? StripedGate.countEnd(stripe, false, outcome) : gate.end(ticket, outcome);
    }

    /**
     * Starts work that ends elsewhere, without a name.
     *
     * @return the token, to be ended exactly once
     * @throws WorkRejectedException if the component is closed or at its limit
     */
    public Work startWork() {
        return start(null, false);
    }

    /**
     * Starts work that ends elsewhere, on whatever thread.
     *
     * @param description what it does, for progress and reports
     * @return the token, to be ended exactly once
     * @throws WorkRejectedException if the component is closed or at its limit
     */
    public Work startWork(String description) {
        return start(Objects.requireNonNull(description, "description"), false);
    }

    /**
     * Starts a watch: work that ends only when it is told to, and so is counted apart, in
     * {@link WorkSnapshot#watchers()}. Give it an {@link Work#onDrain} handler, which is told when the component closes.
     *
     * @param description what it watches
     * @return the token, to be ended exactly once; how it ends is not counted
     * @throws WorkRejectedException if the component is closed
     */
    public Work startWatch(String description) {
        return admit(new Work(this, true, Objects.requireNonNull(description, "description"), false), null);
    }

    /**
     * Runs named work on this thread: admitted before it starts, ended when it returns or throws.
     *
     * @param description what it does, for progress and reports
     * @param body the work
     * @param <E> what the work throws
     * @throws E what the work threw, unchanged
     * @throws WorkRejectedException if the component is closed or at its limit; the body was not called
     */
    public <E extends Exception> void run(String description, Body<E> body) throws E {
        Objects.requireNonNull(body, "body");
        call(description, () -> {
            body.run();
            return this;
        });
    }

    /**
     * Like {@link #run}, with a result.
     *
     * @param description what it does, for progress and reports
     * @param body the work
     * @param <T> the result's type
     * @param <E> what the work throws
     * @return what the work returned
     * @throws E what the work threw, unchanged
     * @throws WorkRejectedException if the component is closed or at its limit; the body was not called
     */
    public <T extends @Nullable Object, E extends Exception> T call(String description, ResultBody<T, E> body)
            throws E {
        Objects.requireNonNull(body, "body");
        Work work = start(Objects.requireNonNull(description, "description"), true);
        T result;
        try {
            result = body.call();
        } catch (Throwable t) {
            try {
                work.end(t);
            } catch (Throwable outOfStack) {
                // Nobody else has the token.
                work.owed = t instanceof CancellationException ? Outcome.CANCELLED : Outcome.FAILED;
            }
            throw t;
        }
        try {
            work.succeed();
        } catch (Throwable t) {
            work.owed = Outcome.SUCCEEDED;
            throw t;
        }
        return result;
    }

    Work startChild(Work parent, String description) {
        return admit(new Work(this, false, Objects.requireNonNull(description, "description"), false), parent);
    }

    /**
     * Closes the gate: work and watches are rejected from now on, children of live work still admitted, and open works
     * are told through {@link Work#onDrain}. Does not wait. Idempotent.
     *
     * @throws RuntimeException the first one that a handler threw; the gate is closed, and every handler has run
     */
    @Override
    public void close() {
        shut(false);
        // admit() lists and then looks at the gate; here the gate is closed and then the list read.
        Throwables failures = new Throwables();
        for (Work work : tokens.all()) {
            failures.collect(work::endIfOwed);
            failures.collect(work::requestDrain);
        }
        failures.rethrow();
    }

    /** Closes the gate for everything, children included. Does not wait, tells nobody. Idempotent. */
    public void closeNow() {
        shut(true);
    }

    private void shut(boolean sealed) {
        shutGates(sealed);
        if (gate.canMissAnEnd()) {
            lookLater(Gate.FIRST_LOOK_MILLIS);
        }
    }

    /** Shuts without looking later, for tests that choose the schedule and so cannot have a timer. */
    void shutGates(boolean sealed) {
        // One lock for both gates, so that either close returns only after both are shut.
        gate.lock.lock();
        try {
            if (sealed) {
                watches.seal();
                gate.seal();
            } else {
                watches.close();
                gate.close();
            }
        } finally {
            gate.lock.unlock();
        }
        lookForQuiescence();
    }

    /**
     * Looks again after a while, until the works have ended. On the JDK's timer thread, which every timeout of the process needs:
     * so the stages complete elsewhere, since what depends on them may block.
     */
    private void lookLater(long millis) {
        if (workQuiescence.isDone()) {
            return;
        }
        try {
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, Runnable::run)
                    .execute(() -> {
                        try {
                            // What is still open then is a watch: see announce.
                            if (!workQuiescence.isDone()) {
                                lookForQuiescence(workQuiescence.defaultExecutor());
                            }
                        } finally {
                            // Also when there was no thread left to tell of what it found.
                            lookLater(Math.min(2 * millis, Gate.LAST_LOOK_MILLIS));
                        }
                    });
        } catch (OutOfMemoryError e) {
            // No thread left for the JDK's timer: the gate is closed all the same, and whoever waits in vain looks too.
        }
    }

    /**
     * Tells whether the gate is closed: no work or watch that starts after this was true is admitted, but for children of live
     * work.
     *
     * @return true after {@link #close} or {@link #closeNow}, and perhaps a moment before that returns
     */
    public boolean isClosed() {
        // The gate of the works: it is shut after that of the watches.
        return gate.isShut();
    }

    /**
     * Tells whether the component is closed and has nothing in flight. Final once true.
     *
     * @return true when it has drained
     */
    public boolean isQuiescent() {
        return quiescence.isDone();
    }

    /**
     * Waits until the component is closed and everything it admitted has ended, watches included. Everything that the
     * admitted work did happens before the return of true.
     *
     * @param timeout how long to wait at most; zero only looks
     * @return false if the time passed first
     * @throws InterruptedException if the thread is interrupted
     * @throws IllegalStateException if the thread is inside a {@link #run} or {@link #call} of this component, and so would
     *     wait for itself
     */
    public boolean awaitQuiescence(Duration timeout) throws InterruptedException {
        if (!isQuiescent() && isInsideWork()) {
            throw new IllegalStateException(
                    "component \"" + name
                            + "\" is asked to wait for quiescence by a thread that runs work of it, which would wait for itself");
        }
        try {
            quiescence.get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            // What counts is how it is now: the wait and the last end can pass each other, and an Error, such as
            // a stack overflow, can have kept that end from looking, or from coming about.
            tokens.all().forEach(Work::endIfOwed);
            lookForQuiescence();
            return isQuiescent();
        } catch (ExecutionException e) {
            throw new AssertionError("completed only normally", e);
        }
    }

    /**
     * Returns a stage that completes when the component becomes quiescent, on the thread that found it so: mostly the one that
     * ended last, or closed. What depends on it must not block there.
     *
     * @return a stage of its own for this caller
     */
    public CompletionStage<@Nullable Void> quiescence() {
        return quiescence.minimalCompletionStage();
    }

    /**
     * Returns a stage that completes when the component is closed and the works it admitted have ended, watches left
     * aside: what the works did can then be delivered to the watches to its last. Not final: a watch can have children
     * after that. It completes like {@link #quiescence}: what depends on it must not block there.
     *
     * @return a stage of its own for this caller
     */
    public CompletionStage<@Nullable Void> workQuiescence() {
        return workQuiescence.minimalCompletionStage();
    }

    /**
     * Tells whether this thread is inside a {@link #run} or {@link #call} of this component.
     *
     * @return true if so
     */
    public boolean isInsideWork() {
        Thread current = Thread.currentThread();
        for (Work work : tokens.all()) {
            if (work.isBound() && work.thread() == current && !work.isOver()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the tokens that are live, oldest first: named works, asynchronous works, and watches. Work of tickets is only
     * counted.
     *
     * @return a list of its own for this caller
     */
    public List<Work> activeWork() {
        List<Work> active = tokens.all();
        active.removeIf(work -> !work.isLive());
        active.sort(Work.OLDEST_FIRST);
        return active;
    }

    /**
     * Returns the threads that started work which is still in flight, counted work of tickets included: whom to look at when
     * work without a name does not end. What a thread started may go on elsewhere. Virtual threads, and those that found no
     * stripe of their own, are not among them; nor those that have ended, for whose work the thread is named that has their
     * counters now, if one has.
     *
     * @return a list of its own for this caller
     */
    public List<Thread> busyThreads() {
        return gate.ledger.busyOwners();
    }

    /**
     * Reads the ledger, and has an observed peak look at what is in flight. Completes no stage, and so runs nothing of others.
     *
     * @return the counters
     */
    public WorkSnapshot snapshot() {
        boolean quiescent = isQuiescent() || hasDrained();
        Ledger.Counts counts;
        // What is lent to shared stripes moves under the lock alone.
        gate.lock.lock();
        try {
            gate.observePeak();
            counts = gate.ledger.counts(gate.rootLimit());
        } finally {
            gate.lock.unlock();
        }
        // After quiescence the difference can only be starts on their way to rejection.
        long inFlight = quiescent ? 0 : counts.inFlight();
        return new WorkSnapshot(
                name,
                counts.succeeded() + counts.failed() + counts.cancelled() + inFlight,
                counts.succeeded(),
                counts.failed(),
                counts.cancelled(),
                inFlight,
                gate.peak.get(),
                watches.inside(),
                rejections.get(),
                repeatedEnds.get());
    }

    /**
     * Adds a listener, from the next start on. Without one nothing is timed; with one a start and an end still allocate
     * nothing. Nothing is timed either if {@link Builder#sampling} is off.
     *
     * @param listener is told about single works
     */
    public void addListener(WorkListener listener) {
        gate.listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Removes a listener. A call that is under way may still reach it.
     *
     * @param listener the one that was added; another one has no effect
     */
    public void removeListener(WorkListener listener) {
        gate.listeners.remove(listener);
    }

    /**
     * Returns how this component is set up.
     *
     * @return for example {@code jobs: limit 1000, peak OBSERVED, gate StripedGate, mode asymmetric, 24 stripes}: the mode is
     *     fenced where a start pays for a full fence, and asymmetric where closing pays for all of them (JDK 22 or later on Linux
     *     with native access enabled, and without {@code -Dk1s.fenced=true})
     */
    public String describe() {
        return name + ": limit " + (limit == OneWordGate.UNLIMITED ? "none" : limit) + ", peak " + peakTracking
                + ", gate " + gate.getClass().getSimpleName() + ", mode " + Fence.mode() + ", "
                + gate.ledger.stripes() + " stripes";
    }

    @Override
    public String toString() {
        return snapshot().toString();
    }

    /** Counts the end, and returns whether to look for quiescence. */
    boolean countEnd(Work work, Outcome outcome) {
        gate.listeners.ended(work, outcome);
        return work.isWatch() ? watches.exit(false) : countEnd(work.ticket, outcome);
    }

    void unlist(Work work, boolean look) {
        try {
            tokens.remove(work);
        } finally {
            if (look) {
                tellOfTheEnd();
            }
        }
    }

    /** Tells who waits for room, or for the last end. */
    void tellOfTheEnd() {
        try {
            gate.wake();
        } finally {
            lookForQuiescence();
        }
    }

    void countRepeatedEnd() {
        repeatedEnds.incrementAndGet();
    }

    private Work start(@Nullable String description, boolean bound) {
        return admit(new Work(this, false, description, bound), null);
    }

    /**
     * Made and listed before it is admitted, so that running out of memory or stack cannot leak an admission: between the
     * ticket and the live token stand two assignments. A root that is admitted was listed before the close, whose look at
     * the list finds it. Where that look misses a child, the gate was closed before the child was listed.
     */
    private Work admit(Work work, @Nullable Work parent) {
        tokens.add(work);
        try {
            if (parent != null && isClosed()) {
                work.requestDrain();
            }
            work.ticket = work.isWatch() ? enterWatch() : parent == null ? begin() : beginChild(parent);
            work.state = Work.LIVE;
        } catch (Throwable t) {
            work.state = Work.ENDED;
            tokens.remove(work);
            throw t;
        }
        return work;
    }

    /** Returns the ticket of every watch: the stripe its children go to. */
    private long enterWatch() {
        if (watches.enter() < 0) {
            throw rejection(Gate.REJECTED_CLOSED);
        }
        return 0;
    }

    private long beginAtTheLimit(long rejection) {
        long ticket = rejection;
        if (rejection == Gate.REJECTED_LIMIT && maxWaitNanos > 0) {
            try {
                ticket = gate.awaitRoom(maxWaitNanos);
            } catch (Throwable t) {
                countRejection();
                throw t;
            }
        }
        if (ticket < 0) {
            throw rejection(ticket);
        }
        return ticket;
    }

    private WorkRejectedException rejection(long code) {
        countRejection();
        WorkRejectedException.Reason reason = code == Gate.REJECTED_CLOSED
                ? WorkRejectedException.Reason.CLOSED
                : code == Gate.REJECTED_LIMIT
                        ? WorkRejectedException.Reason.LIMIT
                        : WorkRejectedException.Reason.PARENT_ENDED;
        gate.listeners.rejected(reason);
        return new WorkRejectedException(name, reason);
    }

    /** A rejection can be the last event before quiescence: its start was in the ledger until it was undone. */
    private void countRejection() {
        rejections.incrementAndGet();
        if (isClosed()) {
            lookForQuiescence();
        }
    }

    private void lookForQuiescence() {
        lookForQuiescence(Runnable::run);
    }

    /** Watches first: a watch can have children, so that none is open is final before the works are counted. Open to tests. */
    void lookForQuiescence(Executor teller) {
        if (quiescence.isDone()) {
            return;
        }
        boolean watchesEnded = watches.isQuiescent();
        if (gate.isQuiescent()) {
            teller.execute(() -> announce(watchesEnded));
        }
    }

    /**
     * Completes each once: completing it again would run what depends on it and is still to run, on this thread.
     *
     * <p>Looks at the watches once more. In fenced mode the last of them can have ended since the first look at them, and
     * have missed an end of a work that this look has found. If it ends after this second look, it misses none: all that were
     * found are in memory for everyone since the first stage has completed, which is an atomic operation. So nobody has to
     * look again after that.
     */
    private void announce(boolean watchesEnded) {
        if (!workQuiescence.isDone()) {
            workQuiescence.complete(null);
        }
        if (!quiescence.isDone() && (watchesEnded || hasDrained())) {
            quiescence.complete(null);
        }
    }

    /** Watches first, as above. */
    private boolean hasDrained() {
        return watches.isQuiescent() && gate.isQuiescent();
    }

    /**
     * Work without a result.
     *
     * @param <E> what it throws
     */
    @FunctionalInterface
    public interface Body<E extends Exception> {
        /**
         * Does the work.
         *
         * @throws E if it fails
         */
        void run() throws E;
    }

    /**
     * Work with a result.
     *
     * @param <T> the result's type
     * @param <E> what it throws
     */
    @FunctionalInterface
    public interface ResultBody<T extends @Nullable Object, E extends Exception> {
        /**
         * Does the work.
         *
         * @return the result
         * @throws E if it fails
         */
        T call() throws E;
    }

    /** Sets up a {@link WorkMetrics}. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private long limit = OneWordGate.UNLIMITED;
        private PeakTracking peakTracking = PeakTracking.OBSERVED;
        private boolean sampling = true;
        private long maxWaitNanos;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Limits how many works may be in flight at once; more are rejected. The default is no limit.
         *
         * @param max 1 to 1,000,000,000
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder maxConcurrentOps(long max) {
            if (max < 1 || max > 1_000_000_000) {
                throw new IllegalArgumentException("maxConcurrentOps of component \"" + name + "\" is " + max
                        + "; allowed is 1 to 1000000000 (leave it out for no limit)");
            }
            this.limit = max;
            return this;
        }

        /**
         * Has a start at the limit wait until another work ends, first come, first served, instead of being rejected at once. It
         * is rejected when the time has passed, when the component closes, and when its thread is interrupted, which it then
         * still is. The default is not to wait.
         *
         * @param time how long at most; zero for not at all
         * @return this
         * @throws IllegalArgumentException if it is negative
         */
        public Builder waitAtLimit(Duration time) {
            if (time.isNegative()) {
                throw new IllegalArgumentException("waitAtLimit of component \"" + name + "\" is " + time
                        + "; allowed is zero (for not at all) or more");
            }
            this.maxWaitNanos = TimeUnit.NANOSECONDS.convert(time);
            return this;
        }

        /**
         * Chooses how closely the peak is followed. The default is {@link PeakTracking#OBSERVED}.
         *
         * @param tracking the way
         * @return this
         */
        public Builder peakTracking(PeakTracking tracking) {
            this.peakTracking = Objects.requireNonNull(tracking, "tracking");
            return this;
        }

        /**
         * Chooses whether some starts look at the peak themselves, and are timed for a {@link WorkListener}. The default is
         * true; without, an observed peak is what snapshots saw.
         *
         * @param sampled false to sample nothing
         * @return this
         */
        public Builder sampling(boolean sampled) {
            this.sampling = sampled;
            return this;
        }

        /**
         * Returns the component.
         *
         * @return the component, admitting
         */
        public WorkMetrics build() {
            return new WorkMetrics(this);
        }
    }
}
