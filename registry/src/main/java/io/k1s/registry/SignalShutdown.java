package io.k1s.registry;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The way from a signal, or from {@code System.exit}, through the one shutdown sequence to the exit code.
 *
 * <p>The ladder: the first signal starts the sequence, the second forces it, the third halts. Terminals and wrappers
 * deliver one Ctrl-C twice, so what follows within a second of a step is not the next step.
 */
final class SignalShutdown {
    /** As of a close that failed: without a report nothing is known to be closed. */
    private static final int WITHOUT_REPORT = 70;

    private static final long SAME_KEYSTROKE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final Duration CALLBACK_TIME = Duration.ofMillis(500);
    private static final AtomicReference<@Nullable WorkRegistry> OWNER = new AtomicReference<>();

    private final WorkRegistry registry;
    private final ShutdownLog log;
    private final ProcessControl process;
    private final Watchdog watchdog;

    /** Steps of the ladder taken so far, and when the last one was. Guarded by this. */
    private int steps;

    private long lastStepNanos;
    /** The thread that exits with the code of the report. */
    private volatile @Nullable Thread exiting;

    /** For tests that deliver the signals themselves: nothing is installed, and the watchdog is not started. */
    SignalShutdown(WorkRegistry registry, ShutdownLog log, ProcessControl process) {
        this.registry = registry;
        this.log = log;
        this.process = process;
        this.watchdog = new Watchdog(process);
    }

    static SignalShutdown install(WorkRegistry registry, ShutdownLog log, ProcessControl process) {
        if (process == JvmProcess.INSTANCE && !OWNER.compareAndSet(null, registry)) {
            throw new IllegalStateException(
                    "another registry of this process handles its signals; use one registry with all components");
        }
        try {
            return installed(registry, log, process);
        } catch (Throwable t) {
            OWNER.compareAndSet(registry, null);
            throw t;
        }
    }

    private static SignalShutdown installed(WorkRegistry registry, ShutdownLog log, ProcessControl process) {
        log.platformGrace(registry.config());
        SignalShutdown shutdown = new SignalShutdown(registry, log, process);
        shutdown.watchdog.start();
        // Before the hook: a signal in between would else be the JVM's, and exit with its code.
        shutdown.handle("TERM");
        shutdown.handle("INT");
        shutdown.handle("HUP");
        try {
            process.onExit(shutdown::onExit);
        } catch (IllegalStateException exiting) {
            // A signal was faster. Nobody will wait for work any more, so soon none is admitted.
            registry.begin("System.exit").jvmIsExiting();
            return shutdown;
        }
        Rehearsal.start();
        return shutdown;
    }

    private void handle(String name) {
        switch (process.onSignal(name, number -> onSignal(name, number, System.nanoTime()))) {
            case IGNORED_BY_PARENT ->
                log.warn("this process was started with SIG" + name
                        + " ignored (by nohup, or a shell's &): that signal will not stop it");
            case LEFT_TO_HOOKS ->
                log.warn("SIG" + name
                        + " cannot be handled without the module jdk.unsupported: that signal shuts down as System.exit does,"
                        + " exits with 128 + its number when all is complete, and a second one changes nothing");
            case UNAVAILABLE ->
                log.warn("SIG" + name
                        + " cannot be handled (-Xrs, or a platform without it): that signal ends the process at once,"
                        + " without a graceful shutdown");
            case YES -> {}
        }
    }

    void onSignal(String name, int number, long nowNanos) {
        switch (step(nowNanos)) {
            case 0 -> {}
            case 1 -> {
                arm();
                // First, so that an Error while it begins does not keep the process.
                registry.exitAfterTermination(() -> exit(number));
                registry.begin("SIG" + name);
            }
            case 2 -> registry.force("SIG" + name);
            default -> process.halt(128 + number);
        }
    }

    /** Returns the step that this signal is, or 0 if it belongs to the one before. */
    private synchronized int step(long nowNanos) {
        if (steps > 0 && nowNanos - lastStepNanos < SAME_KEYSTROKE_NANOS) {
            return 0;
        }
        lastStepNanos = nowNanos;
        return ++steps;
    }

    private void exit(int signal) {
        ShutdownReport report = registry.awaitReport();
        exiting = Thread.currentThread();
        int complete = registry.config().signalExitCode() ? 128 + signal : 0;
        process.exit(isComplete(report) ? complete : exitCode(report));
    }

    /** In a hook of the JVM, which waits for it. Other hooks run at the same time. */
    private void onExit() {
        Thread ours = exiting;
        if (ours == null) {
            arm();
            try {
                registry.begin("System.exit").jvmIsExiting();
            } finally {
                // Also after an Error: the JVM waits for this thread alone, and what is in flight may still end.
                registry.awaitReport();
            }
            registry.awaitCallbacks(CALLBACK_TIME);
        } else if (process.isExitedBy(ours)) {
            return;
        }
        ShutdownReport report = registry.awaitReport();
        if (!isComplete(report)) {
            process.halt(exitCode(report));
        }
    }

    /**
     * Before anything that can hang. From the hard deadline; when the shutdown is over, the exit gets as much time as that had:
     * only other hooks are left to wait for.
     */
    private void arm() {
        long now = System.nanoTime();
        watchdog.arm(
                registry.isReported()
                        ? now + registry.config().gracefulTimeout().toNanos()
                        : now + Math.max(0, registry.hardDeadlineNanos() - now));
    }

    private static boolean isComplete(@Nullable ShutdownReport report) {
        return report != null && report.isComplete();
    }

    private static int exitCode(@Nullable ShutdownReport report) {
        return report == null ? WITHOUT_REPORT : report.exitCode();
    }
}
