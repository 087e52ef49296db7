package io.k1s.storage;

import org.jspecify.annotations.Nullable;

/** The store's folder is open already, in this process or in another one. */
public final class StoreInUseException extends StorageException {

    private static final long serialVersionUID = 1L;

    /** Names the path. */
    public StoreInUseException(String path, @Nullable Throwable cause) {
        super("store " + path + " is in use by this or another process; one process may open it at a time", cause);
    }
}
