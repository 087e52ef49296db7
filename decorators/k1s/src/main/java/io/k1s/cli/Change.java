package io.k1s.cli;

/**
 * One change of the load: a key gets a value, a key is deleted, or an object moves from one key to another.
 *
 * @param kind which
 * @param seq the sequence number of the key, or of the object whose keys these are; it grows with every change
 * @param key the key; of a move, the one it leaves
 * @param to of a move, the key it goes to; otherwise empty
 */
record Change(Kind kind, long seq, String key, String to) {
    enum Kind {
        PUT,
        DELETE,
        MOVE
    }

    /** The number of an object that is made as the catalogue has it, before every change that the load makes of its own. */
    static final long IMPORT = 0;

    static Change put(long seq, String key) {
        return new Change(Kind.PUT, seq, key, "");
    }

    static Change delete(long seq, String key) {
        return new Change(Kind.DELETE, seq, key, "");
    }

    static Change move(long seq, String from, String to) {
        return new Change(Kind.MOVE, seq, from, to);
    }
}
