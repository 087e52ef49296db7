package io.k1s.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * One line at the bottom of a terminal that is drawn again and again. What is written to {@link System#err} meanwhile goes
 * above it. Exists only where standard error is a terminal that understands it; nothing is installed elsewhere.
 */
final class Display implements AutoCloseable {
    private static final int REDRAW_MILLIS = 100;
    private static final String START_OF_LINE = "\r\033[K";

    private final ProgressBar bar;

    private Display(ProgressBar bar) {
        this.bar = bar;
    }

    static boolean isPossible() {
        return Terminal.hasColours(2);
    }

    /** Opens it. To be called only if it {@link #isPossible()}, and one at a time. */
    static Display open(String task, long max) {
        Line.INSTANCE.install();
        return new Display(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(max)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .continuousUpdate()
                .hideEta()
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(Line.INSTANCE)
                .build());
    }

    /** Another process draws on the same terminal: what is written to {@link System#err} replaces its line, too. */
    static void shareLine() {
        Line.INSTANCE.share();
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
        Line.INSTANCE.clear();
    }

    /** The bottom line. Its lock is that of the stream which {@link System#err} becomes. */
    private static final class Line extends OutputStream implements ProgressBarConsumer {
        static final Line INSTANCE = new Line();

        private final OutputStream terminal = new FileOutputStream(FileDescriptor.err);
        private boolean drawn;
        private boolean installed;
        private boolean shared;

        synchronized void install() {
            if (!installed) {
                installed = true;
                System.setErr(new PrintStream(this, true, StandardCharsets.UTF_8));
            }
        }

        synchronized void share() {
            shared = true;
            install();
        }

        @Override
        public int getMaxRenderedLength() {
            return Terminal.columns() - 1;
        }

        @Override
        public synchronized void accept(String rendered) {
            send(START_OF_LINE + rendered.stripTrailing());
            drawn = true;
        }

        @Override
        public synchronized void clear() {
            if (drawn || shared) {
                send(START_OF_LINE);
                drawn = false;
            }
        }

        @Override
        public synchronized void write(int b) throws IOException {
            clear();
            terminal.write(b);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
            clear();
            terminal.write(bytes, offset, length);
        }

        @Override
        public void close() {
            clear();
        }

        private void send(String text) {
            try {
                terminal.write(text.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The terminal has gone; the load and its shutdown go on without it.
                drawn = false;
            }
        }
    }
}
