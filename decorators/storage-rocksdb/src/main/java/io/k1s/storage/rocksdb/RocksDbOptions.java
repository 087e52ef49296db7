package io.k1s.storage.rocksdb;

import io.k1s.storage.support.Keys;
import java.time.Clock;

/**
 * How a {@link RocksDbStorage} behaves. Immutable: each {@code with} method returns a changed copy.
 *
 * @param name what the store is called in logs and reports
 * @param sync whether a change is on the disk (fdatasync) before it is acknowledged. Without, it survives the end of the
 *     process, even by kill -9, but the last ones may be lost with the machine
 * @param historyLimit how many events are kept at least, for watches and list pages; up to a quarter more may be
 * @param blockCacheBytes the memory for reads; about 48 MiB more is used for writes
 * @param clock what time it is, for time to live across restarts; while the store is open the time that passes is
 *     measured by {@link System#nanoTime}, so a clock that jumps then has no effect
 */
public record RocksDbOptions(String name, boolean sync, int historyLimit, long blockCacheBytes, Clock clock) {

    private static final long MIN_CACHE = 1 << 20;
    private static final long MAX_CACHE = 64L << 30;

    private static final RocksDbOptions DEFAULTS =
            new RocksDbOptions("rocksdb", true, 10_000, 32L << 20, Clock.systemUTC());

    /** Refuses what is out of range. */
    public RocksDbOptions {
        Keys.checkName(name);
        Keys.checkHistoryLimit(historyLimit);
        if (blockCacheBytes < MIN_CACHE || blockCacheBytes > MAX_CACHE) {
            throw new IllegalArgumentException(
                    "block cache is " + blockCacheBytes + " bytes; " + MIN_CACHE + " to " + MAX_CACHE + " is allowed");
        }
    }

    /** Named "rocksdb", synchronous, 10,000 events, 32 MiB of cache, the system's clock. */
    public static RocksDbOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another name. */
    public RocksDbOptions withName(String newName) {
        return new RocksDbOptions(newName, sync, historyLimit, blockCacheBytes, clock);
    }

    /** The same, synchronous or not. */
    public RocksDbOptions withSync(boolean newSync) {
        return new RocksDbOptions(name, newSync, historyLimit, blockCacheBytes, clock);
    }

    /** The same with a shorter or longer history: 1 to 10 million events. */
    public RocksDbOptions withHistoryLimit(int events) {
        return new RocksDbOptions(name, sync, events, blockCacheBytes, clock);
    }

    /** The same with another cache: 1 MiB to 64 GiB. */
    public RocksDbOptions withBlockCacheBytes(long bytes) {
        return new RocksDbOptions(name, sync, historyLimit, bytes, clock);
    }

    /** The same with another clock. */
    public RocksDbOptions withClock(Clock newClock) {
        return new RocksDbOptions(name, sync, historyLimit, blockCacheBytes, newClock);
    }
}
