package io.k1s.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.k1s.storage.KeyValue;
import io.k1s.storage.StorageException;
import io.k1s.storage.WatchEvent;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/*
 * data:  key            -> revision (8), deadline in epoch ms or 0 (8), value
 * log:   revision (8)   -> type (1: C, U or D), key length (4), key, revision before or 0 (8), length of value before (4), value
 *                          before, value (not if deleted)
 * meta:  "format", "revision", "trimmed", "compacted", and "t" + key -> deadline in epoch ms (8)
 * All numbers are big-endian, so that log keys are in the order of revisions.
 */
/** The formats of what is stored. */
final class Records {

    static final byte[] FORMAT_KEY = "format".getBytes(UTF_8);
    static final byte[] FORMAT = "1".getBytes(UTF_8);
    static final byte[] REVISION_KEY = "revision".getBytes(UTF_8);
    static final byte[] TRIMMED_KEY = "trimmed".getBytes(UTF_8);
    static final byte[] COMPACTED_KEY = "compacted".getBytes(UTF_8);

    /** Nothing else in the meta family starts with it but "trimmed", so it has a byte that no key contains. */
    static final byte[] DEADLINE_PREFIX = {'t', 0};

    private static final int DATA_HEADER = 2 * Long.BYTES;
    private static final int LOG_HEADER = 1 + Integer.BYTES + Long.BYTES + Integer.BYTES;

    private Records() {}

    /** An event, and what the key was before it. */
    record Entry(WatchEvent event, @Nullable KeyValue before) {}

    static byte[] number(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    static long number(byte @Nullable [] bytes) {
        return bytes == null ? 0 : ByteBuffer.wrap(bytes).getLong();
    }

    static byte[] key(String key) {
        return key.getBytes(UTF_8);
    }

    static String key(byte[] key) {
        return new String(key, UTF_8);
    }

    static byte[] deadlineKey(byte[] key) {
        return ByteBuffer.allocate(DEADLINE_PREFIX.length + key.length)
                .put(DEADLINE_PREFIX)
                .put(key)
                .array();
    }

    static byte[] data(long revision, long deadline, byte[] value) {
        return ByteBuffer.allocate(DATA_HEADER + value.length)
                .putLong(revision)
                .putLong(deadline)
                .put(value)
                .array();
    }

    static KeyValue keyValue(String key, byte[] data) {
        return new KeyValue(key, data, DATA_HEADER, ByteBuffer.wrap(data).getLong());
    }

    static long deadline(byte[] data) {
        return ByteBuffer.wrap(data).getLong(Long.BYTES);
    }

    /** Makes a log record; {@code value} is empty for a delete. */
    static byte[] entry(WatchEvent.Type type, byte[] key, @Nullable KeyValue before, byte[] value) {
        byte[] old = before == null ? new byte[0] : before.value();
        return ByteBuffer.allocate(LOG_HEADER + key.length + old.length + value.length)
                .put(code(type))
                .putInt(key.length)
                .put(key)
                .putLong(before == null ? 0 : before.revision())
                .putInt(old.length)
                .put(old)
                .put(value)
                .array();
    }

    static Entry entry(long revision, byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record);
        WatchEvent.Type type = type(in.get());
        String key = key(take(in, in.getInt()));
        long revisionBefore = in.getLong();
        byte[] old = take(in, in.getInt());
        KeyValue before = revisionBefore == 0 ? null : new KeyValue(key, old, revisionBefore);
        KeyValue value = type == WatchEvent.Type.DELETED && before != null
                ? before.at(revision)
                : new KeyValue(key, record, in.position(), revision);
        return new Entry(new WatchEvent(type, value), before);
    }

    private static byte code(WatchEvent.Type type) {
        return (byte)
                switch (type) {
                    case CREATED -> 'C';
                    case UPDATED -> 'U';
                    case DELETED -> 'D';
                };
    }

    private static WatchEvent.Type type(byte code) {
        return switch (code) {
            case 'C' -> WatchEvent.Type.CREATED;
            case 'U' -> WatchEvent.Type.UPDATED;
            case 'D' -> WatchEvent.Type.DELETED;
            default -> throw new StorageException("log record of unknown type " + code + "; C, U or D is allowed");
        };
    }

    private static byte[] take(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}
