package io.k1s.storage;

/** The key has another revision than the expected one: read it again. */
public final class StaleRevisionException extends StorageException {

    private static final long serialVersionUID = 1L;

    private final long actualRevision;

    /** Names the key and both revisions. */
    public StaleRevisionException(String key, long expectedRevision, long actualRevision) {
        super("key \"" + key + "\" is at revision " + actualRevision + ", not at the expected " + expectedRevision);
        this.actualRevision = actualRevision;
    }

    /** Returns the revision the key has. */
    public long actualRevision() {
        return actualRevision;
    }
}
