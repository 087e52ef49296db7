package io.k1s.storage;

import java.util.Arrays;

/** A key, its value, and the revision at which it got that value. Immutable. */
public final class KeyValue {

    private final String key;
    private final byte[] value;
    private final long revision;

    /** Makes one of a copy of the value. */
    public KeyValue(String key, byte[] value, long revision) {
        this(key, value, 0, revision);
    }

    /** Makes one of a copy of the bytes from an offset to the end, so that a decoder needs to copy only once. */
    public KeyValue(String key, byte[] bytes, int offset, long revision) {
        this.key = key;
        this.value = Arrays.copyOfRange(bytes, offset, bytes.length);
        this.revision = revision;
    }

    private KeyValue(String key, long revision, byte[] owned) {
        this.key = key;
        this.value = owned;
        this.revision = revision;
    }

    /** Returns the same key and value at another revision. */
    public KeyValue at(long otherRevision) {
        return new KeyValue(key, otherRevision, value);
    }

    /** Returns the key. */
    public String key() {
        return key;
    }

    /** Returns a copy of the value. */
    public byte[] value() {
        return value.clone();
    }

    /** Returns the length of the value in bytes, without copying it. */
    public int size() {
        return value.length;
    }

    /** Tells whether the value has these bytes, without copying it. */
    public boolean hasValue(byte[] bytes) {
        return Arrays.equals(value, bytes);
    }

    /** Returns the revision of the change that made this value. */
    public long revision() {
        return revision;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyValue that
                && revision == that.revision
                && key.equals(that.key)
                && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * key.hashCode() + Long.hashCode(revision)) + Arrays.hashCode(value);
    }

    /** Names key, revision and size, not the bytes: values may be secrets. */
    @Override
    public String toString() {
        return key + "@" + revision + " (" + value.length + " bytes)";
    }
}
