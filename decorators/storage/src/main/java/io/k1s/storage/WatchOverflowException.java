package io.k1s.storage;

/** A watch fell behind by more than the kept history. */
public final class WatchOverflowException extends StorageException {

    private static final long serialVersionUID = 1L;

    private final long revision;
    private final long oldestKept;

    /** Names the revision that was due and the oldest one kept. */
    public WatchOverflowException(long revision, long oldestKept) {
        super("the watch fell behind: revision " + revision + " was due, the oldest one kept is " + oldestKept);
        this.revision = revision;
        this.oldestKept = oldestKept;
    }

    /** Returns the revision that was due. */
    public long revision() {
        return revision;
    }

    /** Returns the oldest revision that is kept. */
    public long oldestKept() {
        return oldestKept;
    }
}
