package io.k1s.storage;

/** The history needed is no longer kept: list again, and watch from there. */
public final class CompactedException extends StorageException {

    private static final long serialVersionUID = 1L;

    private final long revision;
    private final long compactedRevision;

    /** Names the revision asked for and the compacted one. */
    public CompactedException(long revision, long compactedRevision) {
        super("revision " + revision + " is gone: history is compacted up to revision " + compactedRevision);
        this.revision = revision;
        this.compactedRevision = compactedRevision;
    }

    /** Returns the revision that was asked for. */
    public long revision() {
        return revision;
    }

    /** Returns the revision up to which events are gone. */
    public long compactedRevision() {
        return compactedRevision;
    }
}
