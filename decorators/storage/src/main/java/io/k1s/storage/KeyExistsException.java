package io.k1s.storage;

/** The key to create exists. */
public final class KeyExistsException extends StorageException {

    private static final long serialVersionUID = 1L;

    /** Names the key and the revision it has. */
    public KeyExistsException(String key, long revision) {
        super("key \"" + key + "\" exists, at revision " + revision);
    }
}
