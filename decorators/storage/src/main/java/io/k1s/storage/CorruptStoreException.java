package io.k1s.storage;

import org.jspecify.annotations.Nullable;

/** The stored files are damaged, or are not a store's. Nothing was overwritten. */
public final class CorruptStoreException extends StorageException {

    private static final long serialVersionUID = 1L;

    /** Names the path and what is wrong with it. */
    public CorruptStoreException(String path, String problem, @Nullable Throwable cause) {
        super("store " + path + " is corrupt: " + problem + "; nothing was overwritten, restore it from a copy", cause);
    }
}
