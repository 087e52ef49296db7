package io.k1s.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * One of a few lines at the bottom of a terminal that are drawn again and again. What is written to {@link System#err}
 * meanwhile goes above them. Exists only where standard error is a terminal that understands it; nothing is installed
 * elsewhere.
 */
final class Display implements AutoCloseable {
    private static final int REDRAW_MILLIS = 100;

    private final ProgressBar bar;

    private final BottomLines.Row row;

    private Display(ProgressBar bar, BottomLines.Row row) {
        this.bar = bar;
        this.row = row;
    }

    static boolean isPossible() {
        return Terminal.hasColours(2);
    }

    /** Opens it, below those that are open. To be called only if it {@link #isPossible()}. */
    static Display open(String task, long max) {
        BottomLines.Row row = BottomLines.INSTANCE.add();
        return new Display(
                new ProgressBarBuilder()
                        .setTaskName(task)
                        .setInitialMax(max)
                        .setUpdateIntervalMillis(REDRAW_MILLIS)
                        .continuousUpdate()
                        .hideEta()
                        .setStyle(ProgressBarStyle.ASCII)
                        .setConsumer(row)
                        .build(),
                row);
    }

    /** Another process draws on the same terminal: what is written to {@link System#err} replaces its lines, too. */
    static void shareLine() {
        BottomLines.INSTANCE.share();
    }

    void show(long done, long max, String message) {
        bar.maxHint(max);
        bar.stepTo(done);
        bar.setExtraMessage(" " + message);
    }

    /** Leaves the terminal as if nothing had been there. */
    @Override
    public void close() {
        bar.pause();
        bar.close();
        row.remove();
    }
}
