package io.k1s.storage;

/** The key does not exist. */
public final class KeyNotFoundException extends StorageException {

    private static final long serialVersionUID = 1L;

    /** Names the key. */
    public KeyNotFoundException(String key) {
        super("key \"" + key + "\" does not exist");
    }
}
