package io.k1s.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBarConsumer;

/** The lines at the bottom of the terminal. Its lock is that of the stream which {@link System#err} becomes. */
final class BottomLines extends OutputStream {
    static final BottomLines INSTANCE = new BottomLines(new FileOutputStream(FileDescriptor.err));

    private static final String START_OF_LINE = "\r";
    private static final String CLEAR_LINE = "\033[K";
    private static final String CLEAR_BELOW = "\033[J";

    private final OutputStream terminal;
    private final List<Row> rows = new ArrayList<>();
    /** How many of them are on the screen now. */
    private int drawn;

    private boolean installed;
    private boolean shared;

    BottomLines(OutputStream terminal) {
        this.terminal = terminal;
    }

    /** Adds a line, below the others. */
    synchronized Row add() {
        install();
        Row row = new Row();
        rows.add(row);
        return row;
    }

    /** Another process draws one, too. */
    synchronized void share() {
        shared = true;
        install();
    }

    private void install() {
        if (!installed) {
            installed = true;
            System.setErr(new PrintStream(this, true, StandardCharsets.UTF_8));
        }
    }

    private void draw() {
        List<String> lines = rows.stream()
                .map(row -> row.text)
                .filter(text -> !text.isEmpty())
                .toList();
        String begin = toFirstLine();
        if (drawn > lines.size()) {
            begin += CLEAR_BELOW;
        }
        send(begin + lines.stream().map(line -> CLEAR_LINE + line).collect(Collectors.joining("\n")));
        drawn = lines.size();
    }

    private synchronized void clear() {
        if (drawn > 0 || shared) {
            send(toFirstLine() + CLEAR_BELOW);
            drawn = 0;
        }
    }

    private String toFirstLine() {
        return START_OF_LINE + (drawn > 1 ? "\033[" + (drawn - 1) + "A" : "");
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

    private void send(String text) {
        try {
            terminal.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // The terminal has gone; the load and its shutdown go on without it.
            drawn = 0;
        }
    }

    /** One line, as the library draws it. */
    final class Row implements ProgressBarConsumer {
        private String text = "";

        @Override
        public int getMaxRenderedLength() {
            return Terminal.columns() - 1;
        }

        @Override
        public void accept(String rendered) {
            synchronized (BottomLines.this) {
                if (rows.contains(this)) {
                    text = rendered.stripTrailing();
                    draw();
                }
            }
        }

        @Override
        public void clear() {
            BottomLines.this.clear();
        }

        @Override
        public void close() {
            remove();
        }

        /** Leaves the terminal as if it had not been there. */
        void remove() {
            synchronized (BottomLines.this) {
                if (rows.remove(this)) {
                    BottomLines.this.clear();
                }
            }
        }
    }
}
