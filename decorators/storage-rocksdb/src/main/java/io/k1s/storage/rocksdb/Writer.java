package io.k1s.storage.rocksdb;

import io.k1s.storage.KeyValue;
import io.k1s.storage.StorageException;
import io.k1s.storage.WatchEvent;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** The one who writes: a change is one batch, with the next revision. Used under the store's write lock and guarded. */
final class Writer implements AutoCloseable {

    private final Database db;
    private final RocksDbHistory history;
    private final WriteBatch batch = new WriteBatch();

    /** The last committed revision. */
    private volatile long revision;

    /** Why nothing is written any more. After a failed write nobody knows which of its bytes a reopened store finds. */
    private @Nullable StorageException failure;

    Writer(Database db, RocksDbHistory history) {
        this.db = db;
        this.history = history;
        this.revision = Math.max(history.last(), Records.number(db.get(db.meta, Records.REVISION_KEY)));
    }

    long revision() {
        return revision;
    }

    /** Commits a value. */
    KeyValue put(String key, byte[] keyBytes, byte[] value, long deadline, @Nullable KeyValue before) {
        long next = begin();
        try {
            batch.put(db.data, keyBytes, Records.data(next, deadline, value));
            if (before == null && deadline != 0) {
                batch.put(db.meta, Records.deadlineKey(keyBytes), Records.number(deadline));
            }
            WatchEvent.Type type = before == null ? WatchEvent.Type.CREATED : WatchEvent.Type.UPDATED;
            batch.put(db.log, Records.number(next), Records.entry(type, keyBytes, before, value));
        } catch (RocksDBException e) {
            throw db.failed("write", e);
        }
        // It copies the value, so it may fail for want of memory: before the commit, of which the watches are told.
        KeyValue committed = new KeyValue(key, value, next);
        commit(next);
        return committed;
    }

    /** Commits a delete. */
    void delete(byte[] keyBytes, long deadline, KeyValue before) {
        long next = begin();
        try {
            batch.delete(db.data, keyBytes);
            if (deadline != 0) {
                batch.delete(db.meta, Records.deadlineKey(keyBytes));
            }
            batch.put(
                    db.log,
                    Records.number(next),
                    Records.entry(WatchEvent.Type.DELETED, keyBytes, before, new byte[0]));
        } catch (RocksDBException e) {
            throw db.failed("write", e);
        }
        commit(next);
    }

    /** Trims history by request. */
    void compact(long to) {
        long unchanged = begin() - 1;
        trim(to, true, unchanged);
        write();
    }

    private long begin() {
        if (failure != null) {
            throw new StorageException("an earlier write failed, reopen the store to write again", failure);
        }
        batch.clear();
        return revision + 1;
    }

    private void commit(long next) {
        long to = history.due(next);
        if (to > 0) {
            trim(to, false, next);
        }
        write();
        revision = next;
    }

    private void trim(long to, boolean byRequest, long at) {
        try {
            history.trim(batch, to, byRequest, at);
        } catch (RocksDBException e) {
            throw db.failed("write", e);
        }
        // Before the write: a reader who misses what it removes then sees why.
        history.trimmedTo(to, byRequest);
    }

    private void write() {
        try {
            db.write(batch);
        } catch (StorageException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public void close() {
        batch.close();
    }
}
