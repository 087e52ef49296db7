package io.k1s.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of the shutdown: lame duck, drain callers first, cancel, close, report. Confined to one thread, which waits for
 * events (a component drained, somebody forces the end) and for its own timers, and runs no foreign code itself.
 */
final class ShutdownSequence {
    /** What closing gets where less than that is left: the reserve is short, or the process was stopped past its deadline. */
    private static final Duration LEAST_CLOSE_TIME = Watchdog.HALF_OF_GRACE;
    /** The most that closing leaves for telling what happened. */
    private static final Duration MOST_TELLING_TIME = Watchdog.HALF_OF_GRACE;

    private final ShutdownConfig config;
    private final String reason;
    private final long startNanos;
    private final Map<String, Tracked> components;
    private final DependencyGraph graph;
    private final Isolation isolation;
    private final ShutdownLog log;
    private final Phases phases;
    private final Forensics forensics;
    private final Closing closing;
    private final EventQueue events = new EventQueue();
    private final Map<String, ComponentRun> runs = new LinkedHashMap<>();

    private int unfinished;
    private boolean forced;
    private boolean drainCut;
    private boolean closingCut;
    private boolean drainOver;
    private boolean softPassed;
    private long softPassedNanos;
    private boolean lookedTwice;
    private boolean jvmExiting;
    /** The hard deadline: earlier when forced, later when it has passed before the closing. */
    private long endNanos;
    /** What a close that blocks leaves of the time until then. */
    private long tellingNanos;

    private long nextProgressNanos;

    ShutdownSequence(
            ShutdownConfig config,
            String reason,
            long startNanos,
            Components.Sealed sealed,
            Isolation isolation,
            ShutdownLog log,
            Listeners listeners,
            Consumer<ShutdownState> onState) {
        this.config = config;
        this.reason = reason;
        this.startNanos = startNanos;
        this.components = sealed.byName();
        this.graph = sealed.graph();
        this.isolation = isolation;
        this.log = log;
        this.phases = new Phases(startNanos, log, listeners, onState);
        this.forensics = new Forensics(isolation, log, listeners);
        this.closing = new Closing(isolation, log, events, () -> endNanos - tellingNanos);
        this.endNanos = startNanos + config.gracefulTimeout().toNanos();
        this.nextProgressNanos = startNanos + config.progressInterval().toNanos();
    }

    /** Goes straight to the hard deadline: what is left is the time to close. From any thread, at any time. */
    void force() {
        events.add(() -> {
            if (!forced) {
                forced = true;
                closingCut = drainOver;
                endNanos = EventQueue.earlier(
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
            phases.enter(ShutdownState.LAME_DUCK);
            awaitEvents(startNanos + config.drainDelay().toNanos(), () -> forced);
        }
        phases.enter(ShutdownState.DRAINING);
        List.copyOf(runs.values()).forEach(this::stopIfReady);
        awaitEvents(drainDeadline(), () -> forced || unfinished == 0);
        if (unfinished > 0) {
            // Somebody who comes later has not cut it short: the deadline has.
            boolean cutShort = forced;
            runs.values().forEach(ComponentRun::noteWhatCanBeCut);
            settle();
            drainCut = cutShort && runs.values().stream().anyMatch(ComponentRun::isCut);
        }
        runs.values().forEach(ComponentRun::endWait);
        phases.enter(ShutdownState.CLOSING);
        drainOver = true;
        List<ComponentRun> undrained =
                runs.values().stream().filter(run -> !run.isDrained()).toList();
        undrained.forEach(ComponentRun::nameLeft);
        closing.count(undrained);
        shareWhatIsLeft();
        closing.closeAll(runs.values());
        phases.leave();
        ShutdownReport report = report();
        events.restoreInterrupt();
        return report;
    }

    private void shareWhatIsLeft() {
        long now = System.nanoTime();
        long left = Math.max(endNanos - now, LEAST_CLOSE_TIME.toNanos());
        endNanos = now + left;
        long most = Math.min(config.closeReserve().toNanos() / 4, MOST_TELLING_TIME.toNanos());
        tellingNanos = Math.min(most, left - LEAST_CLOSE_TIME.toNanos());
    }

    /** What is left for telling what happened: never nothing, so that what goes fast is told. */
    Duration timeToTell() {
        long left = Math.min(endNanos - System.nanoTime(), config.closeReserve().toNanos());
        return Duration.ofNanos(Math.max(left, Closing.ANSWER_TIME.toNanos()));
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
        timers().stream().filter(timer -> now - timer.dueNanos >= 0).forEach(timer -> timer.action.run());
    }

    private long nanosToNextTimer() {
        long now = System.nanoTime();
        return timers().stream()
                .mapToLong(timer -> Math.max(0, timer.dueNanos - now))
                .min()
                .orElseThrow();
    }

    /** Those that are to go off, as things are now: that of the progress always. */
    private List<Timer> timers() {
        List<Timer> timers = new ArrayList<>();
        if (!softPassed && phases.isIn(ShutdownState.DRAINING)) {
            timers.add(new Timer(softNanos(), this::passSoftDeadline));
        }
        if (softPassed && !lookedTwice) {
            timers.add(new Timer(softPassedNanos + Forensics.BETWEEN_LOOKS.toNanos(), this::lookAgain));
        }
        for (ComponentRun run : runs.values()) {
            if (run.hasWatchGraceLeft()) {
                timers.add(new Timer(run.stopNanos() + config.watchGrace().toNanos(), () -> endWatchGrace(run)));
            }
        }
        timers.add(new Timer(nextProgressNanos, this::progress));
        return timers;
    }

    private long softNanos() {
        return startNanos + config.softTimeout().toNanos();
    }

    private void progress() {
        long now = System.nanoTime();
        nextProgressNanos = now + config.progressInterval().toNanos();
        Duration soft = Duration.ofNanos(Math.max(0, softNanos() - now));
        Duration hard = Duration.ofNanos(Math.max(0, endNanos - now));
        runs.values().stream().filter(ComponentRun::isHoldingUp).forEach(run -> {
            count(run, count -> log.draining(DrainProgress.of(run.tracked, count), soft, hard));
            // Elsewhere for the reason that sealing has.
            var unused = isolation.start(run.tracked::look);
        });
        abandonExitingWork();
    }

    private void passSoftDeadline() {
        softPassed = true;
        softPassedNanos = System.nanoTime();
        phases.enter(ShutdownState.CANCELLING);
        runs.values().stream().filter(ComponentRun::isHoldingUp).forEach(run -> {
            forensics.firstLook(run.tracked);
            cancel(run, false, run.stopReturned());
        });
    }

    private void lookAgain() {
        lookedTwice = true;
        holdingUp().forEach(forensics::secondLook);
    }

    private void endWatchGrace(ComponentRun run) {
        run.markWatchesCancelled();
        cancel(run, true, run.stopReturned());
    }

    private List<Tracked> holdingUp() {
        return runs.values().stream()
                .filter(ComponentRun::isHoldingUp)
                .map(run -> run.tracked)
                .toList();
    }

    /** Counts the work that is left, unless the component has not answered the last time. */
    private void count(ComponentRun run, Consumer<Long> then) {
        if (run.claimCounting()) {
            var unused = run.tracked.askActiveCount(isolation).handle((count, error) -> {
                run.countingReturned();
                if (error == null) {
                    then.accept(count);
                    events.add(() -> counted(run, count));
                }
                return true;
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
        run.addCancel(run.tracked.requestCancel(
                isolation, watchesOnly, error -> closing.failed(run, "cancelling failed", error)));
    }

    /** Asks what is in flight, and once more what was admitted beside that, when the gate has closed. A work is asked once. */
    private void cancel(ComponentRun run, boolean watchesOnly, CompletableFuture<Void> gateClosed) {
        boolean open = !gateClosed.isDone();
        cancel(run, watchesOnly);
        if (open) {
            var unused = gateClosed.whenComplete((none, error) -> events.add(() -> {
                if (!run.isDrained() && !drainOver) {
                    cancel(run, watchesOnly);
                }
            }));
        }
    }

    private void stopIfReady(ComponentRun run) {
        if (run.isReadyToStop()) {
            stop(run);
            if (softPassed) {
                cancel(run, false, run.stopReturned());
            }
        }
    }

    /** Closes the gate elsewhere; the events say when it has drained, or that it could not be stopped. */
    private void stop(ComponentRun run) {
        CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
        var unused = drained.handle((none, error) -> {
            events.add(() -> stopped(run, error));
            return true;
        });
        run.markStopping(run.tracked.stop(isolation, drained, error -> closing.failed(run, "stopping failed", error)));
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
            closing.failed(run, "stopping failed", error);
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
     * cancel. What ends at once is still drained, within a quarter of the reserve, or, when the end has passed or is near, what a
     * thread needs to say so. Another quarter at most goes to a last look at what has not ended, which takes that long only where
     * threads hardly get to run, and nothing when the end has passed.
     */
    private void settle() {
        for (ComponentRun run : runs.values()) {
            // Elsewhere, because it can be what makes the component quiescent, and somebody may block on that.
            CompletableFuture<Void> sealed = isolation.start(run.tracked::seal);
            if (!run.isStopping()) {
                stop(run);
            }
            if (!run.isDrained()) {
                // Also one that was given up: it still admits.
                cancel(run, false, run.tracked.metrics().isPresent() ? sealed : run.stopReturned());
            }
        }
        long now = System.nanoTime();
        long least = Closing.ANSWER_TIME.toNanos();
        long quarter = config.closeReserve().toNanos() / 4;
        awaitEvents(now + Math.max(Math.min(quarter, endNanos - now), least), () -> unfinished == 0);
        long lookedBy = EventQueue.earlier(endNanos, System.nanoTime() + Math.max(quarter, least));
        events.await(forensics.lastLook(holdingUp()), () -> lookedBy);
    }

    private void abandonExitingWork() {
        if (jvmExiting) {
            for (ComponentRun run : runs.values()) {
                // Elsewhere, because the class of a thread can have a say in how it is looked at.
                var unused = isolation.start(() -> abandonExitingWork(run));
            }
        }
    }

    private void abandonExitingWork(ComponentRun run) {
        run.tracked.activeWork().stream().filter(ExitingThreads::runs).forEach(work -> {
            // Elsewhere for the reason that sealing has.
            var unused = isolation.start(() -> run.abandon(work));
        });
    }

    private ShutdownReport report() {
        List<ShutdownReport.Component> reports = runs.values().stream()
                .map(run -> run.report(forensics.stragglers(run.tracked, run.named()), forensics.suspects(run.tracked)))
                .toList();
        return new ShutdownReport(
                Texts.printable(reason),
                outcome(reports),
                Duration.ofNanos(System.nanoTime() - startNanos),
                phases.passed(),
                reports,
                graph.unknown().stream().map(Texts::printable).toList());
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

    private record Timer(long dueNanos, Runnable action) {}
}
