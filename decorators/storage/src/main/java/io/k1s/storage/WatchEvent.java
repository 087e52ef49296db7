package io.k1s.storage;

/**
 * One committed change.
 *
 * @param type what happened
 * @param value the key, what it is now (for a deleted key: was last), and the revision of this change
 */
public record WatchEvent(Type type, KeyValue value) {

    /** What happened to a key. */
    public enum Type {
        /** It was not there before. */
        CREATED,
        /** It has another value. */
        UPDATED,
        /** It is gone, deleted or expired. */
        DELETED
    }

    /** Returns the key. */
    public String key() {
        return value.key();
    }

    /** Returns the revision of this change. */
    public long revision() {
        return value.revision();
    }
}
