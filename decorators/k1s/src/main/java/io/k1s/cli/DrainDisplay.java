package io.k1s.cli;

import io.k1s.registry.WorkRegistry;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The live picture of a load and its drain: what is in flight, how long there is, and who is the oldest. */
final class DrainDisplay implements AutoCloseable {
    private static final long REDRAW_MILLIS = 100;

    private final WorkRegistry registry;
    private final @Nullable Supplier<String> load;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(body -> {
        Thread thread = new Thread(body, "k1s-display");
        thread.setDaemon(true);
        return thread;
    });
    /** Null while there is nothing to show. Confined to the clock's thread, as are the next two, until that has ended. */
    private @Nullable Display display;

    private boolean draining;
    private long most = 1;

    private DrainDisplay(WorkRegistry registry, @Nullable Supplier<String> load) {
        this.registry = registry;
        this.load = load;
    }

    /**
     * Starts to draw, on a terminal.
     *
     * @param load what to say before the drain; null for nothing, because somebody else does
     */
    static void open(WorkRegistry registry, @Nullable Supplier<String> load) {
        if (Display.isPossible()) {
            if (load == null) {
                Display.shareLine();
            }
            DrainDisplay display = new DrainDisplay(registry, load);
            var unused = display.clock.scheduleAtFixedRate(display::draw, 0, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
            var unused2 = registry.terminated().whenComplete((report, error) -> display.close());
        }
    }

    private void draw() {
        if (registry.isReady()) {
            if (load != null) {
                display = display == null ? Display.open("load", -1) : display;
                display.show(0, -1, load.get() + ", in flight " + total());
            }
            return;
        }
        long left = total();
        most = Math.max(most, left);
        if (!draining) {
            draining = true;
            if (display != null) {
                display.close();
            }
            display = Display.open("drain", most);
        }
        if (display != null) {
            display.show(most - left, most, describe());
        }
    }

    private long total() {
        return registry.activeWorkCounts().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, Long> count : registry.activeWorkCounts().entrySet()) {
            text.append(count.getKey()).append(' ').append(count.getValue()).append(", ");
        }
        text.append(Args.shown(registry.timeLeft())).append(" left");
        // A watch is told to end when its turn comes; who holds up the drain is work.
        registry.activeWork().stream()
                .filter(work -> !work.isWatch())
                .findFirst()
                .ifPresent(oldest -> text.append(", oldest ").append(oldest.description()));
        return text.toString();
    }

    /** Waits for a drawing that is under way, but not for a terminal that takes nothing. */
    @Override
    public void close() {
        clock.shutdownNow();
        try {
            if (clock.awaitTermination(REDRAW_MILLIS, TimeUnit.MILLISECONDS) && display != null) {
                display.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
