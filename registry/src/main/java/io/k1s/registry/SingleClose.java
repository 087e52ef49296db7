package io.k1s.registry;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The shutdown of one component alone. The caller's thread waits, and runs no foreign code. */
final class SingleClose {
    private final ComponentRun run;
    private final ShutdownConfig config;
    private final Isolation isolation;
    private final long startNanos = System.nanoTime();

    SingleClose(Tracked tracked, ShutdownConfig config, Isolation isolation) {
        this.run = new ComponentRun(tracked, Set.of());
        this.config = config;
        this.isolation = isolation;
    }

    ShutdownReport.Component run() throws InterruptedException {
        CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
        run.markStopping(run.tracked.stop(isolation, drained, run::addError));
        run.markLeft(ShutdownReport.Component.UNKNOWN);
        try {
            if (isDrained(drained)) {
                run.markDrained();
            } else {
                run.endWait();
                CompletableFuture<Long> count = run.tracked.askActiveCount(isolation);
                if (succeeded(count).get(config.closeReserve().toNanos(), TimeUnit.NANOSECONDS)) {
                    run.markLeft(count.join());
                    if (run.isIdle()) {
                        run.markDrained();
                    }
                }
            }
            if (run.isDrained()) {
                awaitCalls();
                close();
            }
        } catch (ExecutionException e) {
            run.addError(Objects.requireNonNullElse(e.getCause(), e));
        } catch (TimeoutException e) {
            run.addError(new TimeoutException("counting the work did not return"));
        }
        List<ShutdownReport.Straggler> stragglers =
                run.isDrained() ? List.of() : Forensics.lookAt(run.tracked, isolation, timeLeft());
        return run.report(stragglers, List.of());
    }

    private boolean isDrained(CompletableFuture<?> drained) throws InterruptedException, ExecutionException {
        Duration drainTime = config.gracefulTimeout().minus(config.closeReserve());
        CompletableFuture<Boolean> stopped = succeeded(drained);
        if (!isDone(stopped, watchTime())) {
            cancelWatches();
            if (!run.hasStopReturned()) {
                // Once more what was admitted before the gate closed.
                var unused = run.stopReturned().thenRun(this::cancelWatches);
            }
        }
        if (!isDone(stopped, drainTime)) {
            return false;
        }
        if (!stopped.join()) {
            run.markUnstoppable();
        }
        return stopped.join();
    }

    /** Reports what the answer fails with. Whoever got that itself would wrap it, and a wrapper asks an error for its text. */
    private CompletableFuture<Boolean> succeeded(CompletableFuture<?> answer) {
        return answer.handle((value, error) -> {
            if (error != null) {
                run.addError(error);
            }
            return error == null;
        });
    }

    private void cancelWatches() {
        var unused = run.tracked.requestCancel(isolation, true, run::addError);
    }

    /** As in a shutdown of the whole, where the soft deadline comes in between: there is time left to end. */
    private Duration watchTime() {
        return config.watchGrace().compareTo(config.softTimeout()) < 0 ? config.watchGrace() : config.softTimeout();
    }

    private boolean isDone(CompletableFuture<?> drained, Duration sinceStart)
            throws InterruptedException, ExecutionException {
        try {
            long left = startNanos + sinceStart.toNanos() - System.nanoTime();
            drained.get(Math.max(0, left), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return drained.isDone();
        }
    }

    /** What the call that stops it throws belongs to the report, also when everything has drained before it throws. */
    private void awaitCalls() throws InterruptedException, ExecutionException {
        try {
            run.callsReturned().get(config.closeReserve().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            run.addError(new TimeoutException("the call that stops it did not return"));
        }
    }

    /** In all of the time that is left: nothing else waits to be closed after it. */
    private void close() throws InterruptedException, ExecutionException {
        Duration budget = timeLeft();
        try {
            if (succeeded(run.tracked.closeOnce(isolation)).get(budget.toNanos(), TimeUnit.NANOSECONDS)) {
                run.markClosed();
            }
        } catch (TimeoutException e) {
            run.addError(new TimeoutException("closing did not return within " + Texts.shown(budget)));
        }
    }

    /** Until the graceful timeout; never nothing, so that what goes fast is done. */
    private Duration timeLeft() {
        long left = startNanos + config.gracefulTimeout().toNanos() - System.nanoTime();
        return Duration.ofNanos(Math.max(left, Closing.ANSWER_TIME.toNanos()));
    }
}
