package io.k1s.storage;

import org.jspecify.annotations.Nullable;

/**
 * A storage operation did not succeed. The subclasses say why; this class itself means that the store failed (disk full,
 * I/O error), and then the outcome of a change is unknown.
 */
public class StorageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Makes one without a cause. */
    public StorageException(String message) {
        super(message);
    }

    /** Makes one with a cause. */
    public StorageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
