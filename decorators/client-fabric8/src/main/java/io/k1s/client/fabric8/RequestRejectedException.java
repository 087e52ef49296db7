package io.k1s.client.fabric8;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.k1s.metrics.WorkRejectedException;
import java.io.Serial;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a request or a watch is not admitted. Nothing of it was sent.
 *
 * <p>To who handles the errors of the API server it is one: {@link #getCode()} is 503, {@link #getStatus()} says
 * {@code ServiceUnavailable}. fabric8 does not retry it, since its retries are inside what was to be admitted. A blocking call
 * throws it as the cause of a {@link KubernetesClientException} with the same code and status; {@link #find} gets it from there.
 */
public final class RequestRejectedException extends KubernetesClientException {
    @Serial
    private static final long serialVersionUID = 1L;

    RequestRejectedException(String message, WorkRejectedException cause, @Nullable HttpRequest request) {
        super(message, cause, HttpURLConnection.HTTP_UNAVAILABLE, status(message), request);
    }

    private static Status status(String message) {
        return new StatusBuilder()
                .withStatus("Failure")
                .withReason("ServiceUnavailable")
                .withCode(HttpURLConnection.HTTP_UNAVAILABLE)
                .withMessage(message)
                .build();
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
     * @param error what a call threw, or a future failed with
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
