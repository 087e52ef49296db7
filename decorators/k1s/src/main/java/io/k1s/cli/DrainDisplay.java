package io.k1s.cli;

import io.k1s.metrics.Work;
import io.k1s.registry.DrainProgress;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The live picture of a load and its drain: how long there is, and per component what is in flight and who is the oldest. */
final class DrainDisplay implements AutoCloseable {
    private static final long REDRAW_MILLIS = 100;
    private static final long PATIENCE_MILLIS = 1000;
    /** More lines than that would push the log off a small terminal. */
    private static final int MOST_COMPONENTS = 8;

    private final WorkRegistry registry;
    private final @Nullable Supplier<String> load;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(body -> {
        Thread thread = new Thread(body, "k1s-display");
        thread.setDaemon(true);
        return thread;
    });
    /** Null while there is nothing to show. Confined to the clock's thread, as are the next two, until that has ended. */
    private @Nullable Display display;

    private final Map<String, Display> components = new LinkedHashMap<>();
    private boolean draining;

    private DrainDisplay(WorkRegistry registry, @Nullable Supplier<String> load) {
        this.registry = registry;
        this.load = load;
    }

    /**
     * Starts to draw, on a terminal; elsewhere the log says how the drain comes along. To be closed before anything is printed on
     * standard output, which knows nothing of the lines that are drawn.
     *
     * @param load what to say before the drain; null for nothing, because somebody else does
     */
    static DrainDisplay open(WorkRegistry registry, @Nullable Supplier<String> load) {
        DrainDisplay display = new DrainDisplay(registry, load);
        if (Display.isPossible()) {
            if (load == null) {
                Display.shareLine();
            }
            Logs.withoutProgress();
            var unused = display.clock.scheduleAtFixedRate(display::draw, 0, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
        }
        return display;
    }

    private void draw() {
        List<DrainProgress> progress = registry.progress();
        if (registry.isReady()) {
            if (load != null) {
                display = display == null ? Display.open("load", -1) : display;
                display.show(0, -1, load.get() + ", in flight " + inFlight(progress));
            }
            return;
        }
        if (!draining) {
            draining = true;
            if (display != null) {
                display.close();
            }
            display = Display.open("drain", 1);
        }
        if (display != null) {
            long done = progress.stream().mapToLong(DrainProgress::done).sum();
            display.show(
                    done,
                    done + inFlight(progress),
                    "soft deadline in " + Args.shown(rounded(registry.softTimeLeft())) + ", hard in "
                            + Args.shown(rounded(registry.timeLeft())));
        }
        progress.stream().limit(MOST_COMPONENTS).forEach(this::draw);
    }

    private void draw(DrainProgress progress) {
        components
                .computeIfAbsent(progress.component(), name -> Display.open(name, 1))
                .show(progress.done(), progress.done() + progress.inFlight(), describe(progress));
    }

    static String describe(DrainProgress progress) {
        if (progress.drained()) {
            return "drained, " + progress.done() + " done";
        }
        StringBuilder text = new StringBuilder("in flight ")
                .append(progress.inFlight())
                .append(", done ")
                .append(progress.done());
        progress.forecast().ifPresent(left -> text.append(", over in ").append(Args.shown(rounded(left))));
        if (progress.oldest().isPresent()) {
            Work oldest = progress.oldest().get();
            text.append(", oldest ")
                    .append(Args.shown(rounded(oldest.age())))
                    .append(' ')
                    .append(oldest.description());
        }
        return progress.draining()
                ? text.toString()
                : text.append(", open for its callers").toString();
    }

    private static long inFlight(List<DrainProgress> progress) {
        return progress.stream().mapToLong(DrainProgress::inFlight).sum();
    }

    /** Figures that change with every look are not read. */
    private static Duration rounded(Duration duration) {
        return Duration.ofMillis(duration.toMillis() / 100 * 100);
    }

    /** Waits for a drawing that is under way, but not for a terminal that takes nothing. */
    @Override
    public void close() {
        clock.shutdownNow();
        try {
            if (clock.awaitTermination(PATIENCE_MILLIS, TimeUnit.MILLISECONDS) && display != null) {
                components.values().forEach(Display::close);
                display.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
