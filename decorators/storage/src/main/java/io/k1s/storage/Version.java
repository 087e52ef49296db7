package io.k1s.storage;

import io.k1s.storage.support.TtlQueue.Lease;
import org.jspecify.annotations.Nullable;

/** One state of one key, linked to the one before for as long as history reaches back. */
final class Version {

    final WatchEvent event;
    final @Nullable Lease lease;

    /** The state before. Cut, under the store's lock, once nobody may ask for it. */
    volatile @Nullable Version before;

    Version(WatchEvent event, @Nullable Version before, @Nullable Lease lease) {
        this.event = event;
        this.before = before;
        this.lease = lease;
    }

    long revision() {
        return event.revision();
    }

    boolean isDeleted() {
        return event.type() == WatchEvent.Type.DELETED;
    }
}
