package io.k1s.registry;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What one shutdown knows of one component. Confined to the thread of the sequence, but for what failed and was given up. */
final class ComponentRun {
    /** How many stragglers and errors are kept: the oldest, and the first. */
    static final int MOST_LISTED = 100;

    final Tracked tracked;
    /** Names of callers that have not drained: while there are any, this one goes on admitting. */
    final Set<String> undrainedCallers;

    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final Queue<ShutdownReport.Straggler> abandoned = new ConcurrentLinkedQueue<>();
    /** Those that somebody gives up already. */
    private final Set<Work> claimed = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean counting = new AtomicBoolean();
    private final List<CompletableFuture<Void>> cancels = new ArrayList<>();
    private @Nullable CompletableFuture<Void> stopReturned;
    private boolean unstoppable;
    private boolean drained;
    private boolean givenUp;
    private boolean closed;
    private boolean watchesCancelled;
    private boolean canBeCut;
    private long startedBeforeCut;
    private boolean waitOver;
    private long stopNanos;
    private long waitOverNanos;
    private long startedWhenDrained;
    private long left;
    private List<Work> named = List.of();

    ComponentRun(Tracked tracked, Set<String> callers) {
        this.tracked = tracked;
        this.undrainedCallers = new HashSet<>(callers);
    }

    boolean isReadyToStop() {
        return stopReturned == null && undrainedCallers.isEmpty();
    }

    /** The future tells when the call that stops it has returned, which is not when it has drained. */
    void markStopping(CompletableFuture<Void> returned) {
        stopReturned = returned;
        stopNanos = System.nanoTime();
    }

    boolean isStopping() {
        return stopReturned != null;
    }

    CompletableFuture<Void> stopReturned() {
        return Objects.requireNonNull(stopReturned);
    }

    boolean hasStopReturned() {
        return stopReturned().isDone();
    }

    void addCancel(CompletableFuture<Void> returned) {
        cancels.add(returned);
    }

    /** Completes when no call to the component is under way: what they throw is known then. */
    CompletableFuture<Void> callsReturned() {
        List<CompletableFuture<Void>> calls = new ArrayList<>(cancels);
        calls.add(stopReturned());
        return CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new));
    }

    void markDrained() {
        drained = true;
        left = 0;
        endWait();
        startedWhenDrained = started();
    }

    /** From now on it is not waited for, whether it has drained or not. The first call counts. */
    void endWait() {
        if (!waitOver) {
            waitOver = true;
            waitOverNanos = System.nanoTime();
        }
    }

    boolean isDrained() {
        return drained;
    }

    /** Names what is left when waiting ends: the report comes after the closing, in which that can end. */
    void nameLeft() {
        named = Forensics.listed(tracked);
    }

    List<Work> named() {
        return named;
    }

    /** What was in flight when it was counted last. */
    void markLeft(long count) {
        left = count;
    }

    /** It could not be stopped: nobody will tell when its work ends. */
    void markUnstoppable() {
        unstoppable = true;
    }

    boolean isUnstoppable() {
        return unstoppable;
    }

    /** It could not be stopped, but has nothing in flight. */
    boolean isIdle() {
        return unstoppable && left == 0;
    }

    /** It could not be stopped and was seen without work: those whom it calls need not wait. */
    void markGivenUp() {
        givenUp = true;
        endWait();
    }

    boolean isFinished() {
        return drained || givenUp;
    }

    /** Before the gates close at once, which cuts what is in flight: also by refusing what it calls. */
    void noteWhatCanBeCut() {
        // First: what starts in between is seen twice, and not missed.
        startedBeforeCut = started();
        // One that counts its own work is not asked, since it may not answer.
        canBeCut = tracked.metrics().isPresent() ? tracked.activeCount() > 0 : !isFinished();
    }

    /** Whether work of it may have been cut since then. One that was given up had none. */
    boolean isCut() {
        return !givenUp && (!drained || canBeCut || started() > startedBeforeCut);
    }

    boolean isHoldingUp() {
        return isStopping() && !isFinished();
    }

    Duration drainTime() {
        return Duration.ofNanos((waitOver ? waitOverNanos : System.nanoTime()) - stopNanos);
    }

    long stopNanos() {
        return stopNanos;
    }

    void markWatchesCancelled() {
        watchesCancelled = true;
    }

    boolean hasWatchGraceLeft() {
        return isHoldingUp() && !watchesCancelled;
    }

    /** One question at a time to a component that may not answer. */
    boolean claimCounting() {
        return counting.compareAndSet(false, true);
    }

    void countingReturned() {
        counting.set(false);
    }

    void addError(Throwable error) {
        if (errors.size() < MOST_LISTED) {
            errors.add(error);
        }
    }

    void markClosed() {
        closed = true;
    }

    /** Ends the work as cancelled, for good: the thread that would have ended it never returns. */
    void abandon(Work work) {
        if (!claimed.add(work)) {
            // Looked for again and again: a report that comes between must not list it twice.
            return;
        }
        ShutdownReport.Straggler shown = Forensics.lookAt(tracked, work);
        // Listed first: the end can be what the report waits for.
        abandoned.add(shown);
        if (!work.cancel()) {
            abandoned.remove(shown);
        }
    }

    ShutdownReport.Component report(
            List<ShutdownReport.Straggler> stragglers, List<ShutdownReport.ThreadSample> suspects) {
        return new ShutdownReport.Component(
                tracked.name(),
                drained,
                drainTime(),
                left,
                drained ? started() - startedWhenDrained : 0,
                closed,
                tracked.snapshot(),
                drained ? List.of() : stragglers,
                drained ? List.of() : suspects,
                List.copyOf(abandoned),
                List.copyOf(errors));
    }

    private long started() {
        return tracked.snapshot().map(WorkSnapshot::totalStarted).orElse(0L);
    }
}
