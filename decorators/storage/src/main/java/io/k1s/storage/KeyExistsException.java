package io.k1s.storage;

/** The key to create exists. */
public final class KeyExistsException extends StorageException {

    private static final long serialVersionUID = 1L;

    private final long revision;

    /** Names the key and the revision it has. */
    public KeyExistsException(String key, long revision) {
        super("key \"" + key + "\" exists, at revision " + revision);
        this.revision = revision;
    }

    /** Returns the revision the key has. */
    public long revision() {
        return revision;
    }
}
