package io.k1s.registry;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The one shutdown of a registry: whoever asks for it, it runs once, on a thread of its own, and tells everybody its end. */
final class OneShutdown {
    private static final long LEAST_CALLBACK_NANOS = Duration.ofMillis(100).toNanos();
    /** A report that comes at the hard deadline is still written. */
    private static final Duration LEAST_WRITING_TIME = Watchdog.HALF_OF_GRACE;

    final Termination termination;
    final CompletableFuture<String> started = new CompletableFuture<>();

    private final ShutdownConfig config;
    private final Components components;
    private final Isolation isolation;
    private final ShutdownLog log;
    private final Listeners listeners;
    private final ReportFiles files;

    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by lock, as is the next. */
    private @Nullable ShutdownSequence sequence;

    private long startNanos;

    /** Until the result is there. */
    private volatile ShutdownState state = ShutdownState.RUNNING;

    OneShutdown(
            ShutdownConfig config, Components components, Isolation isolation, ShutdownLog log, Listeners listeners) {
        this.config = config;
        this.components = components;
        this.isolation = isolation;
        this.log = log;
        this.listeners = listeners;
        this.termination = new Termination(isolation);
        this.files = new ReportFiles(config, isolation, log);
    }

    ShutdownState state() {
        return termination.isReported() ? ShutdownState.TERMINATED : state;
    }

    /** By nanoTime: of the shutdown that runs, or of one that began now. */
    long startNanos() {
        lock.lock();
        try {
            return sequence == null ? System.nanoTime() : startNanos;
        } finally {
            lock.unlock();
        }
    }

    /** Starts the one sequence, or returns the one that was started. */
    ShutdownSequence begin(String reason, boolean forced) {
        ShutdownSequence mine;
        boolean first = false;
        lock.lock();
        try {
            if (sequence == null) {
                first = true;
                startNanos = System.nanoTime();
                sequence = new ShutdownSequence(
                        config, reason, startNanos, components.seal(), isolation, log, listeners, next -> state = next);
            }
            mine = sequence;
        } finally {
            lock.unlock();
        }
        try {
            if (forced) {
                mine.force();
            }
            if (first) {
                var unused = isolation.start(() -> started.complete(reason));
            }
        } finally {
            // Whatever fails on the thread of whoever asks first: nobody else starts it.
            if (first) {
                launch(mine);
            }
        }
        return mine;
    }

    /** Not a daemon: if main has returned meanwhile, the JVM has to wait for the shutdown all the same. */
    private void launch(ShutdownSequence mine) {
        try {
            Thread thread = new Thread(() -> terminate(mine), "k1s-shutdown");
            thread.setDaemon(false);
            thread.start();
        } catch (OutOfMemoryError noThread) {
            terminate(mine);
        }
    }

    /** Whatever fails here, those who wait are told, and the process that was to exit does. */
    private void terminate(ShutdownSequence mine) {
        try {
            end(mine);
        } finally {
            try {
                termination.tellCallers(listeners.told());
                long left = startNanos() + config.gracefulTimeout().toNanos() - System.nanoTime();
                termination.awaitCallbacks(Duration.ofNanos(Math.max(left, LEAST_CALLBACK_NANOS)));
            } finally {
                termination.exit();
            }
        }
    }

    /** The files before the log: they are what is there when a log has gone or blocks. */
    private void end(ShutdownSequence mine) {
        ShutdownReport report;
        try {
            report = mine.run();
            files.write(report::describe, writingTime(mine));
            log.finished(report);
            log.flush(mine.timeToTell());
            termination.complete(report);
        } catch (Throwable t) {
            try {
                tellOfFailure(t);
            } finally {
                termination.fail(t);
            }
            return;
        }
        // The result stands: what fails now is not to say otherwise.
        listeners.tell(listener -> listener.terminated(report));
    }

    /** What made the shutdown fail, no memory for example, can make the log fail too: the file is tried all the same. */
    private void tellOfFailure(Throwable error) {
        try {
            log.sequenceFailed(error);
        } finally {
            files.write(() -> "the shutdown itself failed: " + Failures.of(error) + "\n", LEAST_WRITING_TIME);
        }
    }

    private static Duration writingTime(ShutdownSequence mine) {
        Duration left = mine.timeToTell();
        return left.compareTo(LEAST_WRITING_TIME) > 0 ? left : LEAST_WRITING_TIME;
    }
}
