package io.k1s.storage.support;

import io.k1s.storage.WatchEvent;
import java.util.List;

/** Where {@link WatchHub} reads committed events. Its methods are called by any thread and under no lock. */
public interface EventLog {

    /**
     * Adds the next events of keys with a prefix to a list, some of them if there are many.
     *
     * @param from the first revision wanted
     * @param to the last one, which is committed
     * @return the first revision that was not looked at, {@code to + 1} at the end
     * @throws io.k1s.storage.CompactedException if {@code from} was compacted away
     * @throws io.k1s.storage.WatchOverflowException if {@code from} fell out of the kept history
     */
    long read(String prefix, long from, long to, List<WatchEvent> into);

    /** Returns the last committed revision. */
    long revision();

    /** Returns the last revision for which {@link WatchHub#mark} has returned. It may wait for a running commit. */
    long markedRevision();
}
