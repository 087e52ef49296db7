package io.k1s.storage.rocksdb;

import io.k1s.storage.CompactedException;
import io.k1s.storage.CorruptStoreException;
import io.k1s.storage.KeyExistsException;
import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StaleRevisionException;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.StorageClosedException;
import io.k1s.storage.StorageException;
import io.k1s.storage.UpdateFunction;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEvent;
import io.k1s.storage.WatchListener;
import io.k1s.storage.support.EventLog;
import io.k1s.storage.support.Keys;
import io.k1s.storage.support.ListToken;
import io.k1s.storage.support.TtlQueue.Lease;
import io.k1s.storage.support.Updates;
import io.k1s.storage.support.WatchHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.rocksdb.RocksIterator;

/**
 * A {@link StorageBackend} in a folder, on RocksDB. What it acknowledged survives the end of the process, kill -9
 * included, and with {@link RocksDbOptions#sync()} the loss of power too. Revisions, times to live and the history that
 * watches and list pages need persist: both go on after a restart.
 *
 * <p>The folder belongs to one process at a time and to its user alone (0700). Reads run in parallel; changes one after
 * the other. A change that failed to be written makes the store refuse all later ones until it is opened again, because
 * what the disk holds is unknown then.
 *
 * <p>A page of a list at an earlier revision undoes the events since then, so it costs a pass over them.
 */
public final class RocksDbStorage implements StorageBackend {

    private static final Duration WATCH_GRACE = Duration.ofSeconds(5);
    private static final Duration CALL_GRACE = Duration.ofSeconds(30);

    private final String name;
    private final StoreFolder folder;
    private final Database db;
    private final RocksDbHistory history;
    private final Pages pages;
    private final Writer writer;
    private final Deadlines deadlines;
    private final NativeGuard guard;
    private final WatchHub watches;

    /**
     * Serializes changes, so revisions, the log and marks have one order, and what a change read stays true until it is
     * written. The native guard is taken inside it.
     */
    private final ReentrantLock writes = new ReentrantLock();

    /** The guard's ticket of whoever holds {@code writes}. */
    private long writeTicket;

    // Written under `writes`.
    private volatile boolean closed;

    private RocksDbStorage(StoreFolder folder, Database db, RocksDbOptions options) {
        this.name = options.name();
        this.folder = folder;
        this.db = db;
        checkFormat();
        this.history = new RocksDbHistory(db, options.historyLimit());
        this.pages = new Pages(db, history);
        this.writer = new Writer(db, history);
        this.guard = new NativeGuard(name);
        this.watches = new WatchHub("k1s-" + name + "-watch", new Log(), WATCH_GRACE);
        this.deadlines = new Deadlines("k1s-" + name + "-ttl", db, options.clock(), this::expire);
    }

    /** Opens the store in a folder, or creates it, with the default options. */
    public static RocksDbStorage open(Path path) {
        return open(path, RocksDbOptions.defaults());
    }

    /**
     * Opens the store in a folder, or creates it. The path is normalised, so {@code ..} names the parent; missing parents
     * are created; the folder itself is made private.
     *
     * @throws IllegalArgumentException if the path is a symbolic link or no folder
     * @throws io.k1s.storage.StoreInUseException if the store is open already, here or in another process
     * @throws CorruptStoreException if the folder holds a damaged store or something else; it is left as it is
     * @throws StorageException if the folder is read-only or cannot be used for another reason
     */
    public static RocksDbStorage open(Path path, RocksDbOptions options) {
        RocksDbStorage store = openIdle(StoreFolder.open(path), options);
        try {
            store.loadDeadlines();
            return store;
        } catch (RuntimeException | Error e) {
            try (store) {
                throw e;
            }
        }
    }

    private static RocksDbStorage openIdle(StoreFolder folder, RocksDbOptions options) {
        try {
            Database db = Database.open(folder.path(), !folder.hasDatabase(), options);
            try {
                return new RocksDbStorage(folder, db, options);
            } catch (RuntimeException | Error e) {
                try (db) {
                    throw e;
                }
            }
        } catch (RuntimeException | Error e) {
            try (folder) {
                throw e;
            }
        }
    }

    /** Apart from the constructor, because what is due is deleted at once, by another thread. */
    private void loadDeadlines() {
        beginWrite();
        try {
            deadlines.load();
        } finally {
            endWrite();
        }
    }

    private void checkFormat() {
        byte[] format = db.get(db.meta, Records.FORMAT_KEY);
        if (format == null) {
            if (!db.isEmpty()) {
                throw new CorruptStoreException(folder.path().toString(), "it has data but no format", null);
            }
            db.initialize();
        } else if (!Arrays.equals(format, Records.FORMAT)) {
            throw new CorruptStoreException(
                    folder.path().toString(), "its format is not the one this version of k1s knows", null);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public KeyValue create(String key, byte[] value, Duration ttl) {
        Keys.checkKey(key);
        Keys.checkValue(value);
        Keys.checkTtl(ttl);
        byte[] keyBytes = Records.key(key);
        byte[] given = value.clone();
        beginWrite();
        try {
            byte[] present = db.get(db.data, keyBytes);
            if (present != null) {
                throw new KeyExistsException(key, Records.keyValue(key, present).revision());
            }
            if (ttl.isZero()) {
                return commit(writer.put(key, keyBytes, given, 0, null));
            }
            Lease lease = deadlines.prepare(key, ttl);
            KeyValue created = commit(writer.put(key, keyBytes, given, deadlines.after(ttl), null));
            deadlines.add(lease);
            return created;
        } finally {
            endWrite();
        }
    }

    @Override
    public KeyValue get(String key) {
        Keys.checkKey(key);
        byte[] keyBytes = Records.key(key);
        byte[] data;
        long call = beginRead();
        try {
            data = db.get(db.data, keyBytes);
        } finally {
            guard.end(call);
        }
        if (data == null) {
            throw new KeyNotFoundException(key);
        }
        return Records.keyValue(key, data);
    }

    @Override
    public ListResult list(ListOptions options) {
        Keys.checkList(options);
        long call = beginRead();
        try {
            RocksIterator iterator;
            long now;
            // Under the lock, so that what the iterator sees is of exactly this revision.
            writes.lock();
            try {
                iterator = db.iterator(db.data);
                now = writer.revision();
            } finally {
                writes.unlock();
            }
            try (iterator) {
                return list(options, iterator, now);
            }
        } finally {
            guard.end(call);
        }
    }

    private ListResult list(ListOptions options, RocksIterator present, long now) {
        if (options.continueToken().isEmpty()) {
            return pages.page(options, null, now, present, now);
        }
        ListToken token = ListToken.decode(options.continueToken(), options.prefix(), now);
        // Not even tried if it is hopeless; looked at again afterwards, for what was trimmed meanwhile.
        if (token.revision() >= history.trimmed()) {
            ListResult page = pages.page(options, token.afterKey(), token.revision(), present, now);
            if (token.revision() >= history.trimmed()) {
                return page;
            }
        }
        throw new CompactedException(token.revision(), history.trimmed());
    }

    @Override
    public KeyValue update(String key, byte[] value, long expectedRevision) {
        Keys.checkUpdate(key, value, expectedRevision);
        byte[] keyBytes = Records.key(key);
        byte[] given = value.clone();
        beginWrite();
        try {
            byte[] data = require(key, keyBytes, expectedRevision);
            KeyValue before = Records.keyValue(key, data);
            if (before.hasValue(given)) {
                return before;
            }
            return commit(writer.put(key, keyBytes, given, Records.deadline(data), before));
        } finally {
            endWrite();
        }
    }

    @Override
    public KeyValue guaranteedUpdate(String key, UpdateFunction function) {
        return Updates.guaranteed(this, key, function);
    }

    @Override
    public KeyValue delete(String key, Preconditions preconditions) {
        Keys.checkDelete(key, preconditions);
        byte[] keyBytes = Records.key(key);
        beginWrite();
        try {
            byte[] data = require(key, keyBytes, preconditions.expectedRevision());
            return delete(key, keyBytes, data);
        } finally {
            endWrite();
        }
    }

    private KeyValue delete(String key, byte[] keyBytes, byte[] data) {
        KeyValue before = Records.keyValue(key, data);
        writer.delete(keyBytes, Records.deadline(data), before);
        deadlines.remove(key);
        watches.mark(key, writer.revision());
        return before;
    }

    private byte[] require(String key, byte[] keyBytes, long expected) {
        byte[] data = db.get(db.data, keyBytes);
        if (data == null) {
            throw new KeyNotFoundException(key);
        }
        long actual = Records.number(data);
        if (expected != 0 && actual != expected) {
            throw new StaleRevisionException(key, expected, actual);
        }
        return data;
    }

    @Override
    public Watch watch(String prefix, long fromRevision, WatchListener listener) {
        Keys.checkWatch(prefix, fromRevision, listener);
        beginWrite();
        try {
            if (fromRevision != 0 && fromRevision <= history.trimmed()) {
                throw new CompactedException(fromRevision, history.trimmed());
            }
            return watches.open(prefix, fromRevision == 0 ? writer.revision() + 1 : fromRevision, listener);
        } finally {
            endWrite();
        }
    }

    @Override
    public long count(String prefix) {
        Keys.checkPrefix(prefix);
        long call = beginRead();
        try {
            return pages.count(prefix);
        } finally {
            guard.end(call);
        }
    }

    @Override
    public void compact(long revision) {
        beginWrite();
        try {
            Keys.checkCompact(revision, writer.revision());
            if (revision > history.trimmed()) {
                writer.compact(revision);
            }
        } finally {
            endWrite();
        }
    }

    @Override
    public long revision() {
        refuseIfClosed();
        return committedRevision();
    }

    /** Waits for a commit that readers may see already. */
    private long committedRevision() {
        writes.lock();
        try {
            return writer.revision();
        } finally {
            writes.unlock();
        }
    }

    /**
     * Closes the store as {@link StorageBackend#close} says. If native calls do not end within 30 s it stays open, since
     * to close it under them would abort the JVM.
     *
     * @throws StorageException if that is so, or the last sync failed
     */
    @Override
    public void close() {
        boolean first;
        writes.lock();
        try {
            first = !closed;
            closed = true;
        } finally {
            writes.unlock();
        }
        if (!first) {
            return;
        }
        deadlines.close();
        watches.close();
        if (!guard.closeAndDrain(CALL_GRACE)) {
            throw new StorageException("storage \"" + name + "\" still runs native calls after " + CALL_GRACE
                    + "; it was left open, and will recover when it is opened again");
        }
        try (folder;
                db;
                writer) {
            return;
        }
    }

    private void expire(Lease lease) {
        writes.lock();
        try {
            if (closed || !deadlines.isCurrent(lease)) {
                return;
            }
            writeTicket = guard.begin();
            try {
                byte[] keyBytes = Records.key(lease.key());
                delete(lease.key(), keyBytes, require(lease.key(), keyBytes, 0));
            } finally {
                guard.end(writeTicket);
            }
        } finally {
            writes.unlock();
        }
        watches.wake();
    }

    private long beginRead() {
        refuseIfClosed();
        return guard.begin();
    }

    private void beginWrite() {
        writes.lock();
        try {
            refuseIfClosed();
            writeTicket = guard.begin();
        } catch (RuntimeException | Error e) {
            writes.unlock();
            throw e;
        }
    }

    private void endWrite() {
        try {
            guard.end(writeTicket);
        } finally {
            writes.unlock();
        }
        watches.wake();
    }

    private KeyValue commit(KeyValue committed) {
        watches.mark(committed.key(), committed.revision());
        return committed;
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new StorageClosedException(name);
        }
    }

    /** What the watches see, until the guard closes: they still deliver while the store closes. */
    private final class Log implements EventLog {
        @Override
        public long read(String prefix, long from, long to, List<WatchEvent> into) {
            long call = guard.begin();
            try {
                return history.read(prefix, from, to, into);
            } finally {
                guard.end(call);
            }
        }

        @Override
        public long revision() {
            return writer.revision();
        }

        @Override
        public long markedRevision() {
            return committedRevision();
        }
    }
}
