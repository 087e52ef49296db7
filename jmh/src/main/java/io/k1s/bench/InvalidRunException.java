package io.k1s.bench;

/** A run of which a control says that it cannot be believed, or not all of it. */
public final class InvalidRunException extends Exception {
    private static final long serialVersionUID = 1;

    public InvalidRunException(String message) {
        super(message);
    }
}
