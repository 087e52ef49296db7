package io.k1s.client.official;

import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.kubernetes.client.openapi.ApiClient;
import java.io.IOException;
import java.util.Objects;
import okhttp3.Cache;
import okhttp3.OkHttpClient;

/**
 * An {@link ApiClient} whose every call is admitted, counted and drained, and whose connections are closed only after the last one.
 *
 * <pre>{@code
 * ApiClient client = TrackedApiClient.register(registry, "api", Config.defaultClient()).apiClient();
 * CoreV1Api core = new CoreV1Api(client);
 * }</pre>
 *
 * <p>A call is one work, with OkHttp's retries, until its answer has been read to the end or closed. An answer from 400 on is a
 * failure, a call that was cancelled a cancellation. A call that is enqueued is admitted when OkHttp gets to it. At the soft deadline
 * calls are cancelled.
 *
 * <p>A call with {@code watch=true}, and a log that is followed, is a watch. When the component closes, it ends once the calls have
 * ended, between two events, as if the server had ended it: {@code Watch.hasNext()} is false. One that nobody reads is cancelled
 * after the watch grace.
 *
 * <p>What is not admitted gets a {@link RequestRejectedException}.
 *
 * <p>A WebSocket (exec, attach, port-forward) is work until it is open; OkHttp lets no interceptor see what follows. Run it inside
 * work of its own.
 *
 * <p>Thread-safe.
 */
public final class TrackedApiClient implements AutoCloseable {
    private final WorkRegistry registry;
    private final ApiClient client;
    private final WorkMetrics metrics;

    private TrackedApiClient(WorkRegistry registry, String component, ApiClient client, ComponentOptions options) {
        this.registry = registry;
        this.client = Objects.requireNonNull(client, "client");
        this.metrics = registry.component(component, options.closing(client, this::closeConnections));
        OkHttpClient.Builder http = client.getHttpClient().newBuilder();
        http.interceptors().add(0, new TrackingInterceptor(metrics));
        client.setHttpClient(http.build());
    }

    /**
     * Registers a client that depends on nothing. The registry owns it from now on, and closes it once it has drained.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param client what is tracked from now on: it gets an interceptor
     * @return the tracked client
     * @throws IllegalArgumentException if the name is not allowed or taken, or the client is another component's
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedApiClient register(WorkRegistry registry, String component, ApiClient client) {
        return register(registry, component, client, ComponentOptions.defaults());
    }

    /**
     * Registers a client. The registry owns it from now on, and closes it once it has drained.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param client what is tracked from now on: it gets an interceptor
     * @param options what it depends on, its limit; it must not own another resource
     * @return the tracked client
     * @throws IllegalArgumentException if the name is not allowed or taken, or the client is another component's
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedApiClient register(
            WorkRegistry registry, String component, ApiClient client, ComponentOptions options) {
        return new TrackedApiClient(registry, component, client, options);
    }

    /**
     * Returns the client that was registered.
     *
     * @return the client
     */
    public ApiClient apiClient() {
        return client;
    }

    /**
     * Returns the component that counts the calls.
     *
     * @return the component
     */
    public WorkMetrics metrics() {
        return metrics;
    }

    /**
     * Closes the gate, waits for what was admitted (at most the graceful timeout), closes the connections, and takes the component
     * out of the registry. Closing again does nothing, or tells of the same failure.
     *
     * @throws IllegalStateException if calls did not end in time: the connections are then left open; if closing them failed; or
     *     if interrupted
     */
    @Override
    public void close() {
        try {
            registry.closeComponent(metrics).ifPresent(this::requireClosed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "interrupted while \"" + metrics.name() + "\" was draining; its connections are left open", e);
        }
    }

    private void requireClosed(ShutdownReport.Component report) {
        if (report.drained() && report.errors().isEmpty()) {
            return;
        }
        IllegalStateException failure = new IllegalStateException("the client of \"" + metrics.name() + "\" is "
                + (report.drained()
                        ? "drained, but closing it failed"
                        : "left open: " + report.left() + " calls and watches did not end in time "
                                + report.stragglers()));
        report.errors().forEach(failure::addSuppressed);
        throw failure;
    }

    /** What OkHttp says a client consists of. Its threads are no daemons, and would keep the process for a minute. */
    private void closeConnections() throws IOException {
        OkHttpClient http = client.getHttpClient();
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
        Cache cache = http.cache();
        if (cache != null) {
            cache.close();
        }
    }

    @Override
    public String toString() {
        return "tracked " + client.getBasePath() + " (" + metrics.snapshot() + ")";
    }
}
