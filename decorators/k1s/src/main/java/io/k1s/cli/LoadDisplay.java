package io.k1s.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the parent of a worker shows while it writes: a line that is drawn again, or a new one now and then. */
final class LoadDisplay implements AutoCloseable {
    private static final long REDRAW_MILLIS = 100;
    private static final long LINE_MILLIS = 1000;

    private final Worker worker;
    private final long afterMillis;
    private final PrintWriter out;
    private final @Nullable Display display;
    private final long startNanos = System.nanoTime();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(body -> {
        Thread thread = new Thread(body, "k1s-display");
        thread.setDaemon(true);
        return thread;
    });

    private LoadDisplay(Worker worker, @Nullable Duration after, PrintWriter out) {
        this.worker = worker;
        this.afterMillis = after == null ? -1 : after.toMillis();
        this.out = out;
        this.display = Display.isPossible() ? Display.open("load", afterMillis) : null;
    }

    static LoadDisplay open(Worker worker, @Nullable Duration after, PrintWriter out) {
        return new LoadDisplay(worker, after, out);
    }

    void start() {
        if (display == null) {
            var unused = clock.scheduleAtFixedRate(this::print, LINE_MILLIS, LINE_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            var unused = clock.scheduleAtFixedRate(this::draw, 0, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void print() {
        out.printf(Locale.ROOT, "load     %,d changes acknowledged after %s%n", worker.acknowledged(), elapsed());
        out.flush();
    }

    private void draw() {
        if (display != null) {
            long millis = (System.nanoTime() - startNanos) / 1_000_000;
            display.show(
                    afterMillis < 0 ? 0 : Math.min(millis, afterMillis),
                    afterMillis,
                    String.format(Locale.ROOT, "%,d changes acknowledged", worker.acknowledged()));
        }
    }

    private String elapsed() {
        return Args.shown(Duration.ofSeconds((System.nanoTime() - startNanos) / 1_000_000_000));
    }

    /** Nothing is drawn or printed after this. */
    @Override
    public void close() {
        clock.shutdownNow();
        boolean interrupted = false;
        try {
            clock.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (display != null) {
            display.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
