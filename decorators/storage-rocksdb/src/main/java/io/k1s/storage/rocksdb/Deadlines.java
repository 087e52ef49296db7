package io.k1s.storage.rocksdb;

import io.k1s.storage.support.Keys;
import io.k1s.storage.support.TtlQueue;
import io.k1s.storage.support.TtlQueue.Lease;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.rocksdb.RocksIterator;

/**
 * The keys that expire. A deadline is stored in wall-clock time, since no other survives a restart; while the store is
 * open a {@link TtlQueue} measures what is left by the monotonic clock. This is the only place that asks what time it is.
 * Used under the store's write lock, but for {@link #close}.
 */
final class Deadlines implements AutoCloseable {

    private static final long MAX_MILLIS = Keys.MAX_TTL.toMillis();

    private final Database db;
    private final Clock clock;
    private final TtlQueue queue;
    private final Map<String, Lease> leases = new HashMap<>();

    Deadlines(String threadName, Database db, Clock clock, Consumer<Lease> expire) {
        this.db = db;
        this.clock = clock;
        this.queue = new TtlQueue(threadName, expire);
    }

    /** Reads the stored deadlines. What passed while the store was closed expires at once. */
    void load() {
        long now = clock.millis();
        byte[] prefix = Records.DEADLINE_PREFIX;
        try (RocksIterator iterator = db.iterator(db.meta)) {
            for (iterator.seek(prefix); iterator.isValid(); iterator.next()) {
                byte[] key = iterator.key();
                if (key.length < prefix.length || !Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)) {
                    break;
                }
                long left = Records.number(iterator.value()) - now;
                String name = Records.key(Arrays.copyOfRange(key, prefix.length, key.length));
                // A clock set back while the store was closed must not make a life longer than any may be.
                add(prepare(name, Duration.ofMillis(Math.min(left, MAX_MILLIS))));
            }
            db.check(iterator);
        }
    }

    /** Returns when a time to live that begins now ends, in ms since the epoch. */
    long after(Duration ttl) {
        return clock.millis() + ttl.toMillis();
    }

    Lease prepare(String key, Duration left) {
        return queue.prepare(key, left);
    }

    void add(Lease lease) {
        leases.put(lease.key(), lease);
        queue.add(lease);
    }

    void remove(String key) {
        queue.remove(leases.remove(key));
    }

    boolean isCurrent(Lease lease) {
        return leases.get(lease.key()) == lease;
    }

    @Override
    public void close() {
        queue.close();
    }
}
