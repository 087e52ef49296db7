package io.k1s.client.official;

import io.k1s.metrics.WorkRejectedException;
import java.io.IOException;
import java.io.Serial;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a call or a watch is not admitted. Nothing of it was sent.
 *
 * <p>It is an {@link IOException}, as a refused connection is, because every caller has to be ready for one: the client wraps it into
 * an {@code ApiException} with code 0 and this as the cause, hands it to callbacks, and its reflectors try again later. A made-up
 * answer with code 503 would look as if the API server had said so, and would lose the type; {@link #find} gets at it.
 */
public final class RequestRejectedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    RequestRejectedException(String message, WorkRejectedException cause) {
        super(message, cause);
    }

    /**
     * Returns what the component said: its name and the reason.
     *
     * @return the cause
     */
    public WorkRejectedException rejection() {
        return (WorkRejectedException) Objects.requireNonNull(getCause());
    }

    /**
     * Looks for a rejection in an error and its causes.
     *
     * @param error what a call threw, or a callback got
     * @return the rejection, or nothing if the error is another
     */
    public static Optional<RequestRejectedException> find(@Nullable Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof RequestRejectedException) {
                return Optional.of((RequestRejectedException) cause);
            }
        }
        return Optional.empty();
    }
}
