package io.k1s.storage.rocksdb;

import io.k1s.storage.CompactedException;
import io.k1s.storage.StorageException;
import io.k1s.storage.WatchEvent;
import io.k1s.storage.WatchOverflowException;
import io.k1s.storage.rocksdb.Records.Entry;
import java.util.List;
import java.util.function.Predicate;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/** The persisted events, and how far they reach back. Its user guards every call by {@link NativeGuard}. */
final class RocksDbHistory {

    private static final int BATCH = 256;
    private static final int SCAN = 1024;
    private static final long BATCH_BYTES = 1 << 20;

    private final Database db;
    private final int limit;
    private final int slack;

    // Written under the store's write lock, before what they describe is removed.
    private volatile long trimmed;
    private volatile long compacted;

    RocksDbHistory(Database db, int limit) {
        this.db = db;
        this.limit = limit;
        // Trimming in portions: one range tombstone for many events.
        this.slack = Math.min(1024, limit / 4);
        this.trimmed = Records.number(db.get(db.meta, Records.TRIMMED_KEY));
        this.compacted = Records.number(db.get(db.meta, Records.COMPACTED_KEY));
    }

    /** Returns the revision up to which events are gone. States are known from this revision on. */
    long trimmed() {
        return trimmed;
    }

    /** Returns the last revision in the log, 0 if it is empty. */
    long last() {
        try (RocksIterator iterator = db.iterator(db.log)) {
            iterator.seekToLast();
            db.check(iterator);
            return iterator.isValid() ? Records.number(iterator.key()) : 0;
        }
    }

    /** Returns how far history is to be trimmed at a revision; no more than {@link #trimmed()} if it is not yet time. */
    long due(long revision) {
        return revision - trimmed > limit + slack ? revision - limit : 0;
    }

    /** Adds the trimming to a batch; {@link #trimmedTo} follows before that is written. */
    void trim(WriteBatch batch, long to, boolean byRequest, long revision) throws RocksDBException {
        batch.deleteRange(db.log, Records.number(0), Records.number(to + 1));
        batch.put(db.meta, Records.TRIMMED_KEY, Records.number(to));
        // The log may become empty, and then it no longer tells the revision.
        batch.put(db.meta, Records.REVISION_KEY, Records.number(revision));
        if (byRequest) {
            batch.put(db.meta, Records.COMPACTED_KEY, Records.number(to));
        }
    }

    void trimmedTo(long to, boolean byRequest) {
        if (byRequest) {
            compacted = to;
        }
        trimmed = to;
    }

    /** Reads as {@link io.k1s.storage.support.EventLog#read} says. */
    long read(String prefix, long from, long to, List<WatchEvent> into) {
        long last = Math.min(to, from + SCAN - 1);
        long[] next = {last + 1};
        long[] bytes = new long[1];
        scan(from, last, entry -> {
            WatchEvent event = entry.event();
            if (event.key().startsWith(prefix)) {
                into.add(event);
                bytes[0] += event.value().size();
            }
            next[0] = event.revision() + 1;
            return into.size() < BATCH && bytes[0] < BATCH_BYTES;
        });
        if (from <= trimmed) {
            throw gone(from);
        }
        return next[0];
    }

    /** Visits entries in order. Some may be missing if they are trimmed meanwhile: look at {@link #trimmed()} after. */
    void scan(long from, long to, Predicate<Entry> visitor) {
        try (RocksIterator iterator = db.iterator(db.log)) {
            for (iterator.seek(Records.number(from)); iterator.isValid(); iterator.next()) {
                long revision = Records.number(iterator.key());
                if (revision > to || !visitor.test(Records.entry(revision, iterator.value()))) {
                    return;
                }
            }
            db.check(iterator);
        }
    }

    private StorageException gone(long revision) {
        long kept = trimmed;
        return revision <= compacted
                ? new CompactedException(revision, kept)
                : new WatchOverflowException(revision, kept + 1);
    }
}
