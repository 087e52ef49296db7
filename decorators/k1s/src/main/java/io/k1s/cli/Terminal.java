package io.k1s.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;

/** What a file descriptor of this process leads to, and what may be written there. */
final class Terminal {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int LEAST_COLUMNS = 40;

    private Terminal() {}

    /** Tells whether escape codes make sense there: a terminal that understands them, and a user who wants them. */
    static boolean hasColours(int descriptor) {
        return variable("NO_COLOR").isEmpty()
                && !Set.of("dumb", "").contains(variable("TERM"))
                && isTerminal(descriptor);
    }

    /** By the convention of NO_COLOR, an empty one is as none; a TERM that is not set names no terminal. */
    private static String variable(String name) {
        return Objects.requireNonNullElse(System.getenv(name), "");
    }

    /** System.console() tells only about input and output together, and since JDK 22 not even that. */
    static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    static int columns() {
        String columns = System.getenv("COLUMNS");
        if (columns == null || !columns.matches("\\d{1,4}")) {
            return DEFAULT_COLUMNS;
        }
        return Math.max(LEAST_COLUMNS, Integer.parseInt(columns));
    }
}
