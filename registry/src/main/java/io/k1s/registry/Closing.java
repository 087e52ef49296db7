package io.k1s.registry;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** The close of the resources, callers first, in the time that is left. Confined to the thread of the sequence. */
final class Closing {
    /** For answers that come at once or not at all. */
    static final Duration ANSWER_TIME = Duration.ofMillis(100);
    /** The least that one resource gets of the time. */
    private static final Duration LEAST_TIME = Duration.ofMillis(20);

    private static final long UNKNOWN = -1;

    private final Isolation isolation;
    private final ShutdownLog log;
    private final EventQueue events;
    private final LongSupplier endNanos;

    /** The end can come earlier while resources are being closed: then somebody forces it. */
    Closing(Isolation isolation, ShutdownLog log, EventQueue events, LongSupplier endNanos) {
        this.isolation = isolation;
        this.log = log;
        this.events = events;
        this.endNanos = endNanos;
    }

    /** Each resource gets an equal share of the time that is left, so that one that blocks leaves some for the others. */
    void closeAll(Collection<ComponentRun> callersFirst) {
        int waiting = (int) callersFirst.stream().filter(Closing::isToBeClosed).count();
        for (ComponentRun run : callersFirst) {
            boolean counted = isToBeClosed(run);
            close(run, shareAmong(Math.max(1, waiting)));
            if (counted) {
                waiting--;
            }
        }
    }

    /** That one that could not be stopped has work in flight is seen when it is its turn; its share then goes to the others. */
    private static boolean isToBeClosed(ComponentRun run) {
        return run.tracked.options().resource() != null && (run.isDrained() || run.isUnstoppable());
    }

    private LongSupplier shareAmong(int waiting) {
        long start = System.nanoTime();
        return () -> start + Math.max(LEAST_TIME.toNanos(), (endNanos.getAsLong() - start) / waiting);
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
    long active(ComponentRun run) {
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
}
