package io.k1s.storage;

import io.k1s.storage.support.EventLog;
import io.k1s.storage.support.Keys;
import io.k1s.storage.support.ListToken;
import io.k1s.storage.support.TtlQueue;
import io.k1s.storage.support.TtlQueue.Lease;
import io.k1s.storage.support.Updates;
import io.k1s.storage.support.WatchHub;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A {@link StorageBackend} in memory: fast, and gone with the process. Changes take a lock. Reads take none, but for a list or
 * count that changes have overtaken three times. The history is bounded in events and in bytes (64 MiB); a list page or watch
 * that needs more than that fails as if compacted.
 */
public final class MemoryStorage implements StorageBackend {

    /** How many events are kept unless said otherwise. */
    public static final int DEFAULT_HISTORY_LIMIT = 10_000;

    private static final long HISTORY_BYTES = 64L << 20;
    private static final Duration WATCH_GRACE = Duration.ofSeconds(5);
    private static final int LOCK_FREE_ATTEMPTS = 3;

    private final String name;
    private final VersionedTable table = new VersionedTable();
    private final History history;
    private final Snapshots snapshots;
    private final WatchHub watches;
    private final TtlQueue expiries;

    /**
     * Serializes changes, and with them the order of {@code table}, {@code history} and marks. Nothing is called under it
     * but short code of ours; it comes before the lock of {@code expiries}.
     */
    private final ReentrantLock writes = new ReentrantLock();

    // Written under `writes`.
    private volatile boolean closed;

    /** Makes an empty store named "memory". */
    public MemoryStorage() {
        this("memory", DEFAULT_HISTORY_LIMIT);
    }

    /**
     * Makes an empty store.
     *
     * @param historyLimit how many events are kept, 1 to 10 million
     */
    public MemoryStorage(String name, int historyLimit) {
        this(name, historyLimit, HISTORY_BYTES, WATCH_GRACE);
    }

    MemoryStorage(String name, int historyLimit, long historyBytes, Duration watchGrace) {
        Keys.checkName(name);
        Keys.checkHistoryLimit(historyLimit);
        this.name = name;
        this.history = new History(historyLimit, historyBytes, table::forgetBefore);
        this.snapshots = new Snapshots(table, history);
        this.watches = new WatchHub("k1s-" + name + "-watch", new Log(), watchGrace);
        this.expiries = new TtlQueue("k1s-" + name + "-ttl", this::expire);
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
        KeyValue given = new KeyValue(key, value, 0);
        beginWrite();
        try {
            Version newest = table.newest(key);
            if (newest != null && !newest.isDeleted()) {
                throw new KeyExistsException(key, newest.revision());
            }
            Lease lease = ttl.isZero() ? null : expiries.prepare(key, ttl);
            KeyValue created = commit(WatchEvent.Type.CREATED, given, newest, lease);
            if (lease != null) {
                expiries.add(lease);
            }
            return created;
        } finally {
            endWrite();
        }
    }

    @Override
    public KeyValue get(String key) {
        Keys.checkKey(key);
        refuseIfClosed();
        Version version = table.current(key);
        if (version == null) {
            throw new KeyNotFoundException(key);
        }
        return version.event.value();
    }

    @Override
    public ListResult list(ListOptions options) {
        Keys.checkList(options);
        refuseIfClosed();
        if (!options.continueToken().isEmpty()) {
            ListToken token = ListToken.decode(options.continueToken(), options.prefix(), table.revision());
            ListResult page = snapshots.page(options, token.afterKey(), token.revision());
            if (page == null) {
                throw new CompactedException(token.revision(), history.trimmed());
            }
            return page;
        }
        for (int i = 0; i < LOCK_FREE_ATTEMPTS; i++) {
            ListResult page = snapshots.page(options, null, table.revision());
            if (page != null) {
                return page;
            }
        }
        return firstPageLocked(options);
    }

    /** The last resort under so many changes that a snapshot falls out of the history while it is read. */
    private ListResult firstPageLocked(ListOptions options) {
        beginWrite();
        try {
            ListResult page = snapshots.page(options, null, table.revision());
            if (page == null) {
                throw new AssertionError("history moved under the lock");
            }
            return page;
        } finally {
            endWrite();
        }
    }

    @Override
    public KeyValue update(String key, byte[] value, long expectedRevision) {
        Keys.checkUpdate(key, value, expectedRevision);
        KeyValue given = new KeyValue(key, value, 0);
        beginWrite();
        try {
            Version newest = requireRevision(key, expectedRevision);
            if (newest.event.value().hasValue(value)) {
                return newest.event.value();
            }
            return commit(WatchEvent.Type.UPDATED, given, newest, newest.lease);
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
        beginWrite();
        try {
            Version newest = requireRevision(key, preconditions.expectedRevision());
            commit(WatchEvent.Type.DELETED, newest.event.value(), newest, null);
            expiries.remove(newest.lease);
            return newest.event.value();
        } finally {
            endWrite();
        }
    }

    private Version requireRevision(String key, long expected) {
        Version newest = table.newest(key);
        if (newest == null || newest.isDeleted()) {
            throw new KeyNotFoundException(key);
        }
        if (expected != 0 && newest.revision() != expected) {
            throw new StaleRevisionException(key, expected, newest.revision());
        }
        return newest;
    }

    @Override
    public Watch watch(String prefix, long fromRevision, WatchListener listener) {
        Keys.checkWatch(prefix, fromRevision, listener);
        beginWrite();
        try {
            if (fromRevision != 0 && fromRevision <= history.trimmed()) {
                throw new CompactedException(fromRevision, history.trimmed());
            }
            return watches.open(prefix, fromRevision == 0 ? table.revision() + 1 : fromRevision, listener);
        } finally {
            endWrite();
        }
    }

    @Override
    public long count(String prefix) {
        Keys.checkPrefix(prefix);
        refuseIfClosed();
        for (int i = 0; i < LOCK_FREE_ATTEMPTS; i++) {
            OptionalLong count = snapshots.count(prefix, table.revision());
            if (count.isPresent()) {
                return count.getAsLong();
            }
        }
        beginWrite();
        try {
            return snapshots.count(prefix, table.revision()).orElseThrow();
        } finally {
            endWrite();
        }
    }

    @Override
    public void compact(long revision) {
        beginWrite();
        try {
            Keys.checkCompact(revision, table.revision());
            history.compact(revision);
        } finally {
            endWrite();
        }
    }

    @Override
    public long revision() {
        refuseIfClosed();
        return table.revision();
    }

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
        if (first) {
            expiries.close();
            watches.close();
        }
    }

    private void expire(Lease lease) {
        writes.lock();
        try {
            Version newest = table.newest(lease.key());
            if (!closed && newest != null && newest.lease == lease) {
                commit(WatchEvent.Type.DELETED, newest.event.value(), newest, null);
            }
        } finally {
            endWrite();
        }
    }

    private void beginWrite() {
        writes.lock();
        try {
            refuseIfClosed();
        } catch (RuntimeException | Error e) {
            writes.unlock();
            throw e;
        }
    }

    private void endWrite() {
        writes.unlock();
        watches.wake();
    }

    private KeyValue commit(WatchEvent.Type type, KeyValue value, @Nullable Version before, @Nullable Lease lease) {
        long revision = table.revision() + 1;
        Version version = new Version(new WatchEvent(type, value.at(revision)), before, lease);
        table.link(version);
        history.append(version);
        table.publish(revision);
        watches.mark(value.key(), revision);
        return version.event.value();
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new StorageClosedException(name);
        }
    }

    /** What the watches see. Works on a closed store too: they still deliver then. */
    private final class Log implements EventLog {
        @Override
        public long read(String prefix, long from, long to, List<WatchEvent> into) {
            return history.read(prefix, from, to, into);
        }

        @Override
        public long revision() {
            return table.revision();
        }

        @Override
        public long markedRevision() {
            writes.lock();
            try {
                return table.revision();
            } finally {
                writes.unlock();
            }
        }
    }
}
