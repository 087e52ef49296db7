package io.k1s.storage;

/**
 * What must hold for a delete to happen.
 *
 * @param expectedRevision the revision the key must have; 0 for any
 */
public record Preconditions(long expectedRevision) {

    private static final Preconditions NONE = new Preconditions(0);

    /** Refuses a negative revision. */
    public Preconditions {
        if (expectedRevision < 0) {
            throw new IllegalArgumentException("expected revision " + expectedRevision + " is not 0 (any) or more");
        }
    }

    /** Nothing but that the key exists. */
    public static Preconditions none() {
        return NONE;
    }

    /** The key still has the revision that was read. */
    public static Preconditions revision(long expectedRevision) {
        return new Preconditions(expectedRevision);
    }
}
