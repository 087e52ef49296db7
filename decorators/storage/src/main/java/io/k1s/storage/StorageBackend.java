package io.k1s.storage;

import java.time.Duration;

/**
 * A versioned key-value store with snapshots, watches and expiry.
 *
 * <p>Every change of one key commits atomically and gets the next <em>revision</em>: 1 for the first change of a new
 * store, then without gaps. A change makes exactly one {@link WatchEvent}. Operations are linearizable: once an
 * operation has returned, every later one on any thread sees its effect.
 *
 * <p>Keys are non-empty strings of at most 1024 bytes of UTF-8 without control characters, in the order of those bytes.
 * Values are byte arrays of at most 16 MiB, copied on the way in and on the way out; an empty one is a value.
 *
 * <p>All methods may be called by any thread. They throw {@link IllegalArgumentException}, naming what is wrong, the
 * value and what is allowed, for bad input (null included), {@link StorageClosedException} after {@link #close()}, and
 * {@link StorageException} where the store itself fails. After such a failure of a change its outcome is unknown.
 */
public interface StorageBackend extends AutoCloseable {

    /** Returns what this store is called in logs and reports. */
    String name();

    /**
     * Creates a key.
     *
     * <p>A key with a time to live is deleted when that has passed since its creation, by the store itself and with a
     * {@link WatchEvent.Type#DELETED} event; until that event it is there. Updates do not prolong it.
     *
     * @param ttl how long the key lives; {@link Duration#ZERO} for ever
     * @return what was stored
     * @throws KeyExistsException if the key exists
     */
    KeyValue create(String key, byte[] value, Duration ttl);

    /**
     * Returns the current value of a key.
     *
     * @throws KeyNotFoundException if there is none
     */
    KeyValue get(String key);

    /**
     * Lists keys in order, as a snapshot at one revision. All pages of a list are of the revision of the first one.
     *
     * @throws CompactedException if the continue token's revision was compacted: list again from the start
     */
    ListResult list(ListOptions options);

    /**
     * Replaces the value of a key if its revision is the expected one. The same bytes again are no change: no revision,
     * no event.
     *
     * @param expectedRevision the {@link KeyValue#revision()} last read, at least 1
     * @return what is stored now
     * @throws StaleRevisionException if the key has another revision
     * @throws KeyNotFoundException if the key does not exist
     */
    KeyValue update(String key, byte[] value, long expectedRevision);

    /**
     * Replaces the value of a key by what a function makes of it, whatever happens in between: on a conflict the
     * function is applied again to the newer value. It runs on the calling thread under no lock, so it may use the store;
     * what it throws is passed on, and nothing is changed. The same bytes are no change: no revision, no event.
     *
     * @return what is stored now
     * @throws KeyNotFoundException if the key does not exist
     */
    KeyValue guaranteedUpdate(String key, UpdateFunction function);

    /**
     * Deletes a key.
     *
     * @return what was deleted, with the revision it had
     * @throws StaleRevisionException if the preconditions name another revision
     * @throws KeyNotFoundException if the key does not exist
     */
    KeyValue delete(String key, Preconditions preconditions);

    /**
     * Watches the keys with a prefix: the listener gets every event from a revision on, each once and in order, until
     * the {@link Watch} ends. To go on from a list, watch from its revision + 1.
     *
     * @param fromRevision the first revision of interest; 0 for the next one to be committed
     * @throws CompactedException if events from that revision on are no longer kept
     */
    Watch watch(String prefix, long fromRevision, WatchListener listener);

    /** Returns how many keys with a prefix exist now. */
    long count(String prefix);

    /**
     * Forgets history: the events up to and including a revision, and what keys were before it. Current values stay. A
     * list continued at an earlier revision and a watch from this revision or before it then fail with
     * {@link CompactedException}; a watch that has not got that far ends with {@link WatchEnded.Reason#COMPACTED}.
     * Compacting again what is compacted does nothing.
     *
     * @param revision from 0 to the current revision
     */
    void compact(long revision);

    /** Returns the revision of the last committed change, 0 in a new store. */
    long revision();

    /**
     * Closes the store: refuses new operations, waits for the running ones, lets watches deliver what is committed and
     * ends them with {@link WatchEnded.Reason#CLOSING}, and releases threads, files and memory. A watch whose listener
     * takes longer than a few seconds is cancelled. Closing again does nothing.
     */
    @Override
    void close();
}
