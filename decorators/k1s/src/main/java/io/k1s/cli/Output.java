package io.k1s.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** What a command prints is its result, so one whose output cannot be written has failed; its writer tells only who asks. */
final class Output {
    static final String BROKEN =
            "standard output cannot be written, and what was printed is not complete (a full disk, or"
                    + " a pipe that nobody reads any more)";

    private static final Duration PIPE_PATIENCE = Duration.ofSeconds(2);

    private Output() {}

    /**
     * Flushes it, for whoever prints without an end of its own.
     *
     * @throws CommandException if it is broken
     */
    static void require(PrintWriter out) {
        if (out.checkError()) {
            throw new CommandException(BROKEN);
        }
    }

    /** Tells at the end whether it is broken. Of one that takes nothing, that is not known, and it must not hold up the exit. */
    static boolean isBroken(PrintWriter out) {
        AtomicBoolean broken = new AtomicBoolean();
        Bounded.run(PIPE_PATIENCE, "k1s-output", () -> broken.set(out.checkError()));
        return broken.get();
    }
}
