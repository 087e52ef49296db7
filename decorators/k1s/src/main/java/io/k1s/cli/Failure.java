package io.k1s.cli;

import io.k1s.metrics.WorkRejectedException;
import io.k1s.storage.CompactedException;
import io.k1s.storage.KeyExistsException;
import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.StaleRevisionException;
import io.k1s.storage.StorageClosedException;
import io.k1s.storage.StorageException;
import io.k1s.storage.WatchOverflowException;
import org.jspecify.annotations.Nullable;

/**
 * What a storage threw on the other side of a socket.
 *
 * @param kind which exception it was
 * @param message its message
 * @param first a revision that it has
 * @param second another one
 */
record Failure(Kind kind, String message, long first, long second) {

    /** The exceptions that come out as they went in; others come out as a {@link StorageException}. */
    enum Kind {
        EXISTS,
        NOT_FOUND,
        STALE,
        COMPACTED,
        OVERFLOW,
        CLOSED,
        REFUSED,
        /** By a gate that has closed. */
        REJECTED,
        /** By a gate at its limit. */
        LIMITED,
        OTHER
    }

    static Failure of(Throwable thrown) {
        String message = String.valueOf(thrown.getMessage());
        if (thrown instanceof KeyExistsException e) {
            return new Failure(Kind.EXISTS, message, e.revision(), 0);
        }
        if (thrown instanceof KeyNotFoundException) {
            return new Failure(Kind.NOT_FOUND, message, 0, 0);
        }
        if (thrown instanceof StaleRevisionException e) {
            return new Failure(Kind.STALE, message, e.actualRevision(), 0);
        }
        if (thrown instanceof CompactedException e) {
            return new Failure(Kind.COMPACTED, message, e.revision(), e.compactedRevision());
        }
        if (thrown instanceof WatchOverflowException e) {
            return new Failure(Kind.OVERFLOW, message, e.revision(), e.oldestKept());
        }
        if (thrown instanceof StorageClosedException) {
            return new Failure(Kind.CLOSED, message, 0, 0);
        }
        if (thrown instanceof IllegalArgumentException) {
            return new Failure(Kind.REFUSED, message, 0, 0);
        }
        if (thrown instanceof WorkRejectedException e) {
            boolean closed = e.reason() == WorkRejectedException.Reason.CLOSED;
            return new Failure(closed ? Kind.REJECTED : Kind.LIMITED, message, 0, 0);
        }
        return new Failure(Kind.OTHER, thrown instanceof StorageException ? message : thrown.toString(), 0, 0);
    }

    /** The exception again, for the call that it ended. */
    RuntimeException toException(String name, Wire.@Nullable Request request) {
        String key = request == null ? "" : String.valueOf(request.key());
        return switch (kind) {
            case EXISTS -> new KeyExistsException(key, first);
            case NOT_FOUND -> new KeyNotFoundException(key);
            case STALE -> new StaleRevisionException(key, expected(request), first);
            case COMPACTED -> new CompactedException(first, second);
            case OVERFLOW -> new WatchOverflowException(first, second);
            case CLOSED -> new StorageClosedException(name);
            case REFUSED -> new IllegalArgumentException(message);
            case REJECTED -> new StorageException("the process that holds the store is shutting down: " + message);
            case LIMITED ->
                new StorageException(
                        "the process that holds the store is busy, and the same call can succeed a moment later: "
                                + message);
            case OTHER -> new StorageException(message);
        };
    }

    private static long expected(Wire.@Nullable Request request) {
        if (request == null) {
            return 0;
        }
        return request.preconditions() == null
                ? request.number()
                : request.preconditions().expectedRevision();
    }
}
