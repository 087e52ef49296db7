package io.k1s.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of the shutdown: lame duck, drain callers first, cancel, close, report. Confined to one thread, which waits for
 * events (a component drained, somebody forces the end) and for its own timers, and runs no foreign code itself.
 */
final class ShutdownSequence {
    /** What closing gets when the deadline has passed already, because the process was stopped; half of the watchdog's grace. */
    private static final Duration LATE_CLOSE_TIME = Duration.ofMillis(500);
    /** The least that one resource gets of it. */
    private static final Duration LEAST_CLOSE_TIME = Duration.ofMillis(20);
    /** For answers that come at once or not at all. */
    private static final Duration ANSWER_TIME = Duration.ofMillis(100);

    private static final long UNKNOWN = -1;

    private final ShutdownConfig config;
    private final String reason;
    private final long startNanos;
    private final Map<String, Tracked> components;
    private final DependencyGraph graph;
    private final Isolation isolation;
    private final ShutdownLog log;
    private final Listeners listeners;
    private final Consumer<ShutdownState> onState;
    private final EventQueue events = new EventQueue();
    private final Map<String, ComponentRun> runs = new LinkedHashMap<>();
    private final List<ShutdownReport.Phase> phases = new ArrayList<>();

    private @Nullable ShutdownState phase;
    private long phaseNanos;
    private int unfinished;
    private boolean forced;
    private boolean drainCut;
    private boolean closingCut;
    private boolean drainOver;
    private boolean softPassed;
    private boolean jvmExiting;
    /** The hard deadline: earlier when forced, later when it has passed before the closing. */
    private long endNanos;

    private long nextProgressNanos;

    ShutdownSequence(
            ShutdownConfig config,
            String reason,
            long startNanos,
            Map<String, Tracked> components,
            DependencyGraph graph,
            Isolation isolation,
            ShutdownLog log,
            Listeners listeners,
            Consumer<ShutdownState> onState) {
        this.config = config;
        this.reason = reason;
        this.startNanos = startNanos;
        this.components = Map.copyOf(components);
        this.graph = graph.copy();
        this.isolation = isolation;
        this.log = log;
        this.listeners = listeners;
        this.onState = onState;
        this.endNanos = startNanos + config.gracefulTimeout().toNanos();
        this.nextProgressNanos = startNanos + config.progressInterval().toNanos();
    }

    /** Goes straight to the hard deadline: what is left is the time to close. From any thread, at any time. */
    void force() {
        events.add(() -> {
            if (!forced) {
                forced = true;
                closingCut = drainOver;
                endNanos = Math.min(
                        endNanos, System.nanoTime() + config.closeReserve().toNanos());
            }
        });
    }

    /** From now on looks for tracked work whose own thread sits in System.exit, and gives it up. From any thread. */
    void jvmIsExiting() {
        events.add(() -> {
            jvmExiting = true;
            abandonExitingWork();
        });
    }

    ShutdownReport run() {
        prepare();
        log.started(reason, config, runs.size());
        log.unknownDependencies(graph.unknown());
        if (!config.drainDelay().isZero()) {
            enter(ShutdownState.LAME_DUCK);
            awaitEvents(startNanos + config.drainDelay().toNanos(), () -> forced);
        }
        enter(ShutdownState.DRAINING);
        List.copyOf(runs.values()).forEach(this::stopIfReady);
        awaitEvents(drainDeadline(), () -> forced || unfinished == 0);
        if (unfinished > 0) {
            drainCut = forced;
            settle();
        }
        enter(ShutdownState.CLOSING);
        closeResources();
        leavePhase();
        ShutdownReport report = report();
        log.finished(report);
        long left = Math.min(endNanos - System.nanoTime(), config.closeReserve().toNanos());
        log.flush(Duration.ofNanos(Math.max(left, ANSWER_TIME.toNanos())));
        events.restoreInterrupt();
        return report;
    }

    private void prepare() {
        Map<String, Set<String>> callers = graph.callers();
        for (String name : graph.callersFirst()) {
            runs.put(
                    name,
                    new ComponentRun(
                            Objects.requireNonNull(components.get(name)), callers.getOrDefault(name, Set.of())));
        }
        unfinished = runs.size();
    }

    private long drainDeadline() {
        return startNanos
                + config.gracefulTimeout().minus(config.closeReserve()).toNanos();
    }

    /** Handles events and timers until the condition holds or the deadline has passed; looks at the events last. */
    private void awaitEvents(long deadlineNanos, BooleanSupplier done) {
        events.handle(0);
        while (!done.getAsBoolean()) {
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                events.handle(0);
                return;
            }
            fireTimers();
            events.handle(Math.min(left, nanosToNextTimer()));
        }
    }

    private void fireTimers() {
        long now = System.nanoTime();
        if (!softPassed && phase == ShutdownState.DRAINING && now - softNanos() >= 0) {
            passSoftDeadline();
        }
        for (ComponentRun run : runs.values()) {
            if (run.hasWatchGraceLeft() && now - watchGraceNanos(run) >= 0) {
                run.markWatchesCancelled();
                cancel(run, true);
            }
        }
        if (now - nextProgressNanos >= 0) {
            nextProgressNanos = now + config.progressInterval().toNanos();
            progress();
        }
    }

    private long nanosToNextTimer() {
        long now = System.nanoTime();
        long next = nextProgressNanos - now;
        if (!softPassed && phase == ShutdownState.DRAINING) {
            next = Math.min(next, softNanos() - now);
        }
        for (ComponentRun run : runs.values()) {
            if (run.hasWatchGraceLeft()) {
                next = Math.min(next, watchGraceNanos(run) - now);
            }
        }
        return Math.max(0, next);
    }

    private long softNanos() {
        return startNanos + config.softTimeout().toNanos();
    }

    private long watchGraceNanos(ComponentRun run) {
        return run.stopNanos() + config.watchGrace().toNanos();
    }

    private void progress() {
        Duration left = Duration.ofNanos(drainDeadline() - System.nanoTime());
        runs.values().stream()
                .filter(ComponentRun::isHoldingUp)
                .forEach(run -> count(run, count -> log.draining(run.tracked, count, left)));
        abandonExitingWork();
    }

    private void passSoftDeadline() {
        softPassed = true;
        enter(ShutdownState.CANCELLING);
        runs.values().stream().filter(ComponentRun::isHoldingUp).forEach(run -> {
            log.holdsUp(run.tracked, run.stragglers());
            cancel(run, false);
        });
    }

    /** Counts the work that is left, unless the component has not answered the last time. */
    private void count(ComponentRun run, Consumer<Long> then) {
        if (run.claimCounting()) {
            var unused = run.tracked.askActiveCount(isolation).whenComplete((count, error) -> {
                run.countingReturned();
                if (error == null) {
                    then.accept(count);
                    events.add(() -> counted(run, count));
                }
            });
        }
    }

    private void counted(ComponentRun run, long active) {
        if (active == 0 && run.isUnstoppable() && !run.isFinished() && !drainOver) {
            run.markGivenUp();
            finished(run);
        }
    }

    private void cancel(ComponentRun run, boolean watchesOnly) {
        run.addCancel(isolation.start(
                () -> run.tracked.requestCancel(watchesOnly, error -> failed(run, "cancelling failed", error))));
    }

    private void stopIfReady(ComponentRun run) {
        if (run.isReadyToStop()) {
            stop(run);
        }
    }

    /** Closes the gate elsewhere; the events say when it has drained, or that it could not be stopped. */
    private void stop(ComponentRun run) {
        CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
        var unused = drained.whenComplete((none, error) -> events.add(() -> stopped(run, error)));
        run.markStopping(run.tracked.stop(isolation, drained, error -> failed(run, "stopping failed", error)));
        if (softPassed) {
            cancel(run, false);
        }
    }

    private void stopped(ComponentRun run, @Nullable Throwable error) {
        if (run.isFinished() || drainOver) {
            return;
        }
        if (error == null) {
            run.markDrained();
            log.drained(run.tracked, run.drainTime());
            finished(run);
        } else {
            failed(run, "stopping failed", error);
            run.markUnstoppable();
            // Its work in flight still needs those whom it calls; without any they need not wait.
            count(run, count -> {});
        }
    }

    private void finished(ComponentRun run) {
        unfinished--;
        for (String called : run.tracked.options().dependencies()) {
            ComponentRun next = runs.get(called);
            if (next != null) {
                next.undrainedCallers.remove(run.tracked.name());
                stopIfReady(next);
            }
        }
    }

    /**
     * The hard deadline, or somebody forced it: every gate closes, for children too; everybody is told to stop and to
     * cancel. What ends at once is still drained, within a quarter of the reserve, or what a thread needs to say so; nothing
     * else is waited for.
     */
    private void settle() {
        for (ComponentRun run : runs.values()) {
            // Elsewhere, because it can be what makes the component quiescent, and somebody may block on that.
            var unused = isolation.start(run.tracked::seal);
            if (!run.isStopping()) {
                stop(run);
            }
            cancel(run, false);
        }
        long window = Math.max(config.closeReserve().dividedBy(4).toNanos(), ANSWER_TIME.toNanos());
        awaitEvents(System.nanoTime() + window, () -> unfinished == 0);
    }

    /** Callers first. Each gets an equal share of the time that is left, so that one that blocks leaves some for the others. */
    private void closeResources() {
        drainOver = true;
        endNanos = Math.max(endNanos, System.nanoTime() + LATE_CLOSE_TIME.toNanos());
        int waiting = runs.size();
        for (ComponentRun run : runs.values()) {
            close(run, shareAmong(waiting--));
        }
    }

    /** The end of one share, by nanoTime; earlier once somebody forces the end. */
    private LongSupplier shareAmong(int waiting) {
        long start = System.nanoTime();
        return () -> start + Math.max(LEAST_CLOSE_TIME.toNanos(), (endNanos - start) / waiting);
    }

    private void close(ComponentRun run, LongSupplier deadline) {
        long answerBy = System.nanoTime() + ANSWER_TIME.toNanos();
        events.await(run.callsReturned(), () -> Math.min(answerBy, deadline.getAsLong()));
        if (!run.hasStopReturned()) {
            failed(run, "stopping failed", new TimeoutException("the call that stops it did not return"));
        }
        if (run.isUnstoppable() && active(run) == 0) {
            // It could not be stopped, but has nothing in flight.
            run.markDrained();
        }
        if (!run.isDrained()) {
            // Never under running work.
            return;
        }
        long start = System.nanoTime();
        CompletableFuture<?> closing = run.tracked.closeOnce(isolation);
        if (!events.await(closing, deadline)) {
            Duration waited = Duration.ofNanos(System.nanoTime() - start);
            failed(run, "closing failed", new TimeoutException("closing did not return within " + Texts.shown(waited)));
            return;
        }
        var unused = closing.whenComplete((none, error) -> {
            if (error == null) {
                run.markClosed();
            } else {
                failed(run, "closing failed", error);
            }
        });
    }

    /** Asks a component that may not answer; then its work counts as running. */
    private long active(ComponentRun run) {
        CompletableFuture<Long> answer = run.tracked.askActiveCount(isolation);
        long answerBy = System.nanoTime() + ANSWER_TIME.toNanos();
        if (!events.await(answer, () -> answerBy)) {
            failed(run, "counting failed", new TimeoutException("counting its work did not return"));
            return UNKNOWN;
        }
        return answer.handle((count, error) -> {
                    if (error != null) {
                        failed(run, "counting failed", error);
                        return UNKNOWN;
                    }
                    return count;
                })
                .join();
    }

    private void failed(ComponentRun run, String what, Throwable error) {
        run.addError(error);
        log.failed(run.tracked.name(), what, error);
    }

    private void abandonExitingWork() {
        if (jvmExiting) {
            for (ComponentRun run : runs.values()) {
                run.tracked.activeWork().stream().filter(ExitingThreads::runs).forEach(work -> {
                    // Elsewhere for the reason that sealing has.
                    var unused = isolation.start(() -> run.abandon(work));
                });
            }
        }
    }

    private void enter(ShutdownState next) {
        leavePhase();
        phase = next;
        phaseNanos = System.nanoTime();
        log.entered(next);
        listeners.tell(listener -> listener.phaseStarted(next));
        onState.accept(next);
    }

    private void leavePhase() {
        if (phase != null) {
            ShutdownReport.Phase left = new ShutdownReport.Phase(
                    phase, Duration.ofNanos(phaseNanos - startNanos), Duration.ofNanos(System.nanoTime() - phaseNanos));
            phases.add(left);
            listeners.tell(listener -> listener.phaseEnded(left));
        }
    }

    private ShutdownReport report() {
        List<ShutdownReport.Component> reports = runs.values().stream()
                .map(run -> run.report(run.isDrained() ? 0 : Math.max(0, active(run))))
                .toList();
        return new ShutdownReport(
                reason,
                outcome(reports),
                Duration.ofNanos(System.nanoTime() - startNanos),
                phases,
                reports,
                graph.unknown());
    }

    private ShutdownReport.Outcome outcome(List<ShutdownReport.Component> reports) {
        boolean closed =
                reports.stream().allMatch(each -> each.closed() && each.errors().isEmpty());
        if (drainCut || (closingCut && !closed)) {
            return ShutdownReport.Outcome.FORCED;
        }
        if (!reports.stream().allMatch(ShutdownReport.Component::drained)) {
            return ShutdownReport.Outcome.TIMED_OUT;
        }
        return closed ? ShutdownReport.Outcome.COMPLETE : ShutdownReport.Outcome.CLOSE_FAILED;
    }
}
