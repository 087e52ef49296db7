package io.k1s.storage;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/** The last versions of a {@link MemoryStorage} in the order of their revisions: a ring, bounded in events and bytes. */
final class History {

    private static final int BATCH = 256;

    private final AtomicReferenceArray<Version> ring;
    private final long maxBytes;
    private final Consumer<Version> forget;

    // Written under the store's lock.
    private volatile long trimmed;
    private volatile long compacted;
    private long last;
    private long bytes;

    /** Makes an empty one; what leaves it is passed on to be forgotten. */
    History(int maxEvents, long maxBytes, Consumer<Version> forget) {
        this.ring = new AtomicReferenceArray<>(maxEvents);
        this.maxBytes = maxBytes;
        this.forget = forget;
    }

    /** Appends the next revision. Under the store's lock. */
    void append(Version version) {
        trimTo(version.revision() - ring.length());
        ring.set(slot(version.revision()), version);
        last = version.revision();
        bytes += size(version);
        while (bytes > maxBytes && trimmed < last - 1) {
            trimTo(trimmed + 1);
        }
    }

    /** Forgets by request. Under the store's lock. */
    void compact(long revision) {
        compacted = Math.max(compacted, revision);
        trimTo(revision);
    }

    /** Returns the revision up to which events are gone. States are known from this revision on. */
    long trimmed() {
        return trimmed;
    }

    long read(String prefix, long from, long to, List<WatchEvent> into) {
        for (long revision = from; revision <= to; revision++) {
            Version version = ring.get(slot(revision));
            if (version == null || version.revision() != revision) {
                throw gone(revision);
            }
            if (version.event.key().startsWith(prefix)) {
                into.add(version.event);
            }
            if (into.size() == BATCH) {
                return revision + 1;
            }
        }
        return to + 1;
    }

    private StorageException gone(long revision) {
        long kept = trimmed;
        return revision <= compacted
                ? new CompactedException(revision, kept)
                : new WatchOverflowException(revision, kept + 1);
    }

    private void trimTo(long revision) {
        while (trimmed < revision) {
            long next = trimmed + 1;
            // First, so that a reader who misses what is forgotten below sees why.
            trimmed = next;
            Version version = ring.getAndSet(slot(next), null);
            bytes -= size(version);
            forget.accept(version);
        }
    }

    private int slot(long revision) {
        return (int) (revision % ring.length());
    }

    private static long size(Version version) {
        return 100L + 2L * version.event.key().length() + version.event.value().size();
    }
}
