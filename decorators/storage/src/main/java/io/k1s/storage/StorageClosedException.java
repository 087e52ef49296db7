package io.k1s.storage;

/** The store is closed, or closing. */
public final class StorageClosedException extends StorageException {

    private static final long serialVersionUID = 1L;

    /** Names the store. */
    public StorageClosedException(String name) {
        super("storage \"" + name + "\" is closed");
    }
}
