package io.k1s.registry;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * The close of the resources, callers first, in the time that is left. Confined to the thread of the sequence, but for
 * {@link #failed}.
 */
final class Closing {
    /** For answers that come at once or not at all. */
    static final Duration ANSWER_TIME = Duration.ofMillis(100);
    /** The least that one resource gets of the time. */
    private static final Duration LEAST_TIME = Duration.ofMillis(20);

    private static final long UNKNOWN = ShutdownReport.Component.UNKNOWN;

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

    /**
     * The next waits for each resource for half of the time that is left; once one was late, for an equal share, so that those
     * that block leave some for the others. What took longer has until the end all the same, while the others are closed.
     */
    void closeAll(Collection<ComponentRun> callersFirst) {
        long answerBy = System.nanoTime() + ANSWER_TIME.toNanos();
        int waiting = (int) callersFirst.stream().filter(Closing::isToBeClosed).count();
        Map<ComponentRun, Long> late = new LinkedHashMap<>();
        for (ComponentRun run : callersFirst) {
            boolean counted = isToBeClosed(run);
            close(run, answerBy, shareOf(late.isEmpty() ? Math.min(waiting, 2) : waiting), late);
            if (counted) {
                waiting--;
            }
        }
        if (!late.isEmpty()) {
            long lastBy = System.nanoTime() + LEAST_TIME.toNanos();
            events.await(
                    CompletableFuture.allOf(late.keySet().stream()
                            .map(run -> run.tracked.closeOnce(isolation).handle((none, error) -> true))
                            .toArray(CompletableFuture<?>[]::new)),
                    () -> EventQueue.later(lastBy, endNanos.getAsLong()));
            late.forEach(this::closed);
        }
    }

    private static boolean isToBeClosed(ComponentRun run) {
        return run.tracked.options().resource() != null && (run.isDrained() || run.isIdle());
    }

    private LongSupplier shareOf(int parts) {
        long start = System.nanoTime();
        return () -> start + Math.max(LEAST_TIME.toNanos(), (endNanos.getAsLong() - start) / Math.max(parts, 1));
    }

    /**
     * When the end has passed, all that are late share one moment, in which those that close at once do so in their order; who
     * has not by then is only started.
     */
    private void close(ComponentRun run, long answerBy, LongSupplier deadline, Map<ComponentRun, Long> late) {
        events.await(run.callsReturned(), () -> EventQueue.earlier(answerBy, deadline.getAsLong()));
        if (!run.hasStopReturned()) {
            failed(run, "stopping failed", new TimeoutException("the call that stops it did not return"));
        }
        if (!run.isDrained() && run.isIdle()) {
            // It still admits.
            count(List.of(run));
            if (run.isIdle()) {
                run.markDrained();
            }
        }
        if (!run.isDrained()) {
            // Never under running work.
            return;
        }
        long start = System.nanoTime();
        CompletableFuture<?> closing = run.tracked.closeOnce(isolation);
        boolean passed = start - endNanos.getAsLong() >= 0;
        if (events.await(closing, passed ? () -> endNanos.getAsLong() + ANSWER_TIME.toNanos() : deadline)) {
            closed(run, start);
        } else {
            late.put(run, start);
        }
    }

    private void closed(ComponentRun run, long startNanos) {
        CompletableFuture<?> closing = run.tracked.closeOnce(isolation);
        if (!closing.isDone()) {
            Duration waited = Duration.ofNanos(System.nanoTime() - startNanos);
            failed(run, "closing failed", new TimeoutException("closing did not return within " + Texts.shown(waited)));
            return;
        }
        var unused = closing.handle((none, error) -> {
            if (error == null) {
                run.markClosed();
            } else {
                failed(run, "closing failed", error);
            }
            return true;
        });
    }

    /** Asks components that may not answer, all at once; then their work counts as running. */
    void count(Collection<ComponentRun> asked) {
        Map<ComponentRun, CompletableFuture<Long>> answers = new LinkedHashMap<>();
        asked.forEach(run -> answers.put(run, run.tracked.askActiveCount(isolation)));
        long answerBy = System.nanoTime() + ANSWER_TIME.toNanos();
        answers.forEach((run, answer) -> run.markLeft(answered(run, answer, answerBy)));
    }

    private long answered(ComponentRun run, CompletableFuture<Long> answer, long answerBy) {
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

    void failed(ComponentRun run, String what, Throwable error) {
        run.addError(error);
        log.failed(run.tracked.name(), what, error);
    }
}
