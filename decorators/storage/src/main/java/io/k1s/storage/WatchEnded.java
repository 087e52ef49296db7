package io.k1s.storage;

import org.jspecify.annotations.Nullable;

/**
 * How a watch ended.
 *
 * @param reason why
 * @param lastRevision the revision of the last delivered event; if there was none, the one before the first revision of
 *     interest. A new watch from {@code lastRevision + 1} misses nothing
 * @param cause what the listener or the store threw ({@link Reason#FAILED}), {@link CompactedException},
 *     {@link WatchOverflowException}, or null
 */
public record WatchEnded(
        Reason reason, long lastRevision, @Nullable Throwable cause) {

    /** Why a watch ended. */
    public enum Reason {
        /** {@link Watch#cancel()}, or the listener took too long when the store closed. */
        CANCELLED,
        /** {@link Watch#drain()} or the store closed, and everything committed was delivered. */
        CLOSING,
        /** The history was compacted beyond the next event: list again. */
        COMPACTED,
        /** The listener fell behind by more than the kept history: list again. */
        OVERFLOW,
        /** The listener threw, or the store could not read its history. */
        FAILED
    }
}
