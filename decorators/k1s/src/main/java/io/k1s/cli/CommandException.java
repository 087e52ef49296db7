package io.k1s.cli;

import org.jspecify.annotations.Nullable;

/** A command cannot do what it was asked for. The message is all that a user is told. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    CommandException(String message) {
        this(message, ExitCodes.FAILED, null);
    }

    CommandException(String message, @Nullable Throwable cause) {
        this(message, ExitCodes.FAILED, cause);
    }

    CommandException(String message, int exitCode, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
