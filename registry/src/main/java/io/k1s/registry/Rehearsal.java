package io.k1s.registry;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import java.util.Map;
import java.util.function.IntConsumer;
import org.slf4j.helpers.NOPLogger;

/**
 * Plays a shutdown through once, with a registry of its own that nobody sees. The shutdown that comes some day then finds its
 * classes loaded and its code linked: it takes a fraction of the time, and needs nothing of a jar that was replaced while the
 * process ran.
 */
final class Rehearsal implements ProcessControl {
    private static final int TERM = 15;

    private Rehearsal() {}

    /** On a thread of its own, which nobody waits for. */
    static void start() {
        try {
            Thread thread = new Thread(Rehearsal::play, "k1s-rehearsal");
            thread.setDaemon(true);
            thread.start();
        } catch (OutOfMemoryError noThread) {
            // The shutdown is the slower one then.
        }
    }

    private static void play() {
        Isolation isolation = new Isolation();
        ShutdownLog log = new ShutdownLog(isolation, NOPLogger.NOP_LOGGER);
        // Not the program's configuration, which may name files for the report.
        ShutdownConfig config = ShutdownConfig.builder().build(Map.of(), Map.of());
        WorkRegistry registry = new WorkRegistry(config, isolation, log);
        WorkMetrics below =
                registry.component("below", ComponentOptions.defaults().closing(() -> {}));
        WorkMetrics above = registry.component("above", ComponentOptions.dependsOn("below"));
        below.run("work", () -> {});
        // As for a file, which none is configured for here.
        var unused = registry.terminated().thenApply(ShutdownReport::describe);
        // Ended whatever happens: the shutdown's thread waits for it, and the JVM for that thread.
        try (Work held = above.startWork("held")) {
            new SignalShutdown(registry, log, new Rehearsal()).onSignal("TERM", TERM, System.nanoTime());
            held.succeed();
        }
        // Asked for only where a callback takes its time.
        var unusedAnswer = ExitingThreads.isExiting(Thread.currentThread());
    }

    @Override
    public Installed onSignal(String name, IntConsumer handler) {
        return Installed.UNAVAILABLE;
    }

    @Override
    public void onExit(Runnable code) {}

    @Override
    public void exit(int code) {}

    @Override
    public boolean isExitedBy(Thread thread) {
        return true;
    }

    @Override
    public void halt(int code) {}
}
