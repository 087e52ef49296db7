package io.k1s.storage;

import io.k1s.storage.support.Keys;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/*
 * Each key has a chain of versions, newest first. Only the store's lock holder writes: it links version r + 1 and then
 * publishes revision r + 1. So a reader at revision r ignores at most one newer head when r is current, and walks back
 * when it is not. Readers take no lock.
 *
 * Two maps hold the same chains because a sorted map with the order of UTF-8 bytes is several times slower to get from.
 */
/** The keys of a {@link MemoryStorage}, each with its versions. */
final class VersionedTable {

    private final ConcurrentHashMap<String, Chain> byHash = new ConcurrentHashMap<>();
    private final ConcurrentSkipListMap<String, Chain> inOrder = new ConcurrentSkipListMap<>(Keys.ORDER);

    /** The last committed revision: what readers may see. Written under the store's lock. */
    private volatile long revision;

    private static final class Chain {
        volatile Version newest;

        Chain(Version first) {
            newest = first;
        }
    }

    long revision() {
        return revision;
    }

    /** Returns the live version of a key as of now, or null. */
    @Nullable
    Version current(String key) {
        Chain chain = byHash.get(key);
        if (chain == null) {
            return null;
        }
        while (true) {
            Version newest = chain.newest;
            Version seen = newest.revision() <= revision ? newest : newest.before;
            // A predecessor counts only while its successor is uncommitted; afterwards it may have been cut.
            if (seen == newest || newest.revision() > revision) {
                return seen == null || seen.isDeleted() ? null : seen;
            }
        }
    }

    /** Visits the live versions as of a revision, from a key on, until the visitor says no. */
    void visit(String prefix, @Nullable String afterKey, long at, Predicate<Version> visitor) {
        var tail = afterKey == null ? inOrder.tailMap(prefix, true) : inOrder.tailMap(afterKey, false);
        for (var entry : tail.entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                return;
            }
            Version version = entry.getValue().newest;
            while (version != null && version.revision() > at) {
                version = version.before;
            }
            if (version != null && !version.isDeleted() && !visitor.test(version)) {
                return;
            }
        }
    }

    /** Returns the newest version of a key, deleted or not. Under the store's lock. */
    @Nullable
    Version newest(String key) {
        Chain chain = byHash.get(key);
        return chain == null ? null : chain.newest;
    }

    /** Links a version. Under the store's lock; readers see it after {@link #publish}. */
    void link(Version version) {
        String key = version.event.key();
        Chain chain = byHash.get(key);
        if (chain == null) {
            Chain added = new Chain(version);
            inOrder.put(key, added);
            try {
                byHash.put(key, added);
            } catch (Throwable t) {
                // For want of memory: in one of the two it would come to light with the next revision.
                inOrder.remove(key);
                throw t;
            }
        } else {
            chain.newest = version;
        }
    }

    void publish(long committed) {
        revision = committed;
    }

    /** Drops what was before a version, and its key if that is deleted for good. Under the store's lock. */
    void forgetBefore(Version version) {
        version.before = null;
        if (version.isDeleted() && newest(version.event.key()) == version) {
            byHash.remove(version.event.key());
            inOrder.remove(version.event.key());
        }
    }
}
