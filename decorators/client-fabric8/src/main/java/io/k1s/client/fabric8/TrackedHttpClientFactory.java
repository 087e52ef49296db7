package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A transport for fabric8's clients, around any of its own (Vert.x, JDK, OkHttp), whose every request is admitted, counted and
 * drained, and whose clients are closed only after the last one.
 *
 * <pre>{@code
 * HttpClient.Factory transport =
 *         TrackedHttpClientFactory.register(registry, "api", HttpClientUtils.getHttpClientFactory());
 * KubernetesClient client = new KubernetesClientBuilder().withHttpClientFactory(transport).build();
 * }</pre>
 *
 * <p>A request is one work, with all its retries, until its body is done: read to the end, closed, failed or cancelled. An answer
 * other than 2xx is a failure, a body that was closed early a cancellation. What the caller waits for completes after the work has
 * ended; cancelling the caller's future ends the work, and resets the connection if the headers are there. (Before, fabric8 gives
 * no way to: the answer is dropped when it comes.)
 *
 * <p>A watch is a watch here too, over WebSocket or plain HTTP, and so is a log that is followed and a forwarded port. When the
 * component closes, they are closed once its requests have ended, and cancelled after the watch grace. Other sockets (exec,
 * attach) are work like a request: they may be in the middle of something, and are cancelled at the soft deadline.
 *
 * <p>What is not admitted gets a {@link RequestRejectedException}, a 503. From then on {@link HttpClient#isClosed()} is true, by
 * which fabric8's watches and informers end without an error instead of connecting again.
 *
 * <p>The clients belong to the registry, which closes them after the drain. A program can close its own earlier, by
 * {@code KubernetesClient.close()}: that closes this client's gate alone, waits for its requests (at most the graceful timeout less
 * the close reserve), cancels what is left, and closes it. It must not be called on a thread of the client.
 *
 * <p>Thread-safe.
 */
public final class TrackedHttpClientFactory implements HttpClient.Factory, AutoCloseable {
    private final HttpClient.Factory factory;
    private final WorkRegistry registry;
    private final WorkMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by lock: the clients that are not closed. */
    private final List<ClientGate> clients = new ArrayList<>();
    /** Guarded by lock: no client is made any more. */
    private boolean closed;

    private TrackedHttpClientFactory(
            WorkRegistry registry, String component, HttpClient.Factory factory, ComponentOptions options) {
        this.factory = Objects.requireNonNull(factory, "factory");
        this.registry = registry;
        this.metrics = registry.component(component, options.closing(this::closeClients));
    }

    /**
     * Registers a transport that depends on nothing. The registry owns the clients it makes, and closes them once they have
     * drained.
     *
     * @param registry where they are tracked
     * @param component the name of the component, unique in the registry
     * @param factory the transport that does the work
     * @return the transport to give to {@code KubernetesClientBuilder.withHttpClientFactory}
     * @throws IllegalArgumentException if the name is not allowed or taken
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedHttpClientFactory register(
            WorkRegistry registry, String component, HttpClient.Factory factory) {
        return register(registry, component, factory, ComponentOptions.defaults());
    }

    /**
     * Registers a transport. The registry owns the clients it makes, and closes them once they have drained.
     *
     * @param registry where they are tracked
     * @param component the name of the component, unique in the registry
     * @param factory the transport that does the work
     * @param options what it depends on, its limit; it must not own another resource
     * @return the transport to give to {@code KubernetesClientBuilder.withHttpClientFactory}
     * @throws IllegalArgumentException if the name is not allowed or taken
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedHttpClientFactory register(
            WorkRegistry registry, String component, HttpClient.Factory factory, ComponentOptions options) {
        return new TrackedHttpClientFactory(registry, component, factory, options);
    }

    /**
     * Returns the component that counts the requests.
     *
     * @return the component
     */
    public WorkMetrics metrics() {
        return metrics;
    }

    /**
     * {@inheritDoc}
     *
     * <p>What fabric8 itself asks for on the way, a new token for instance, is part of the request that needs it, and is let through.
     */
    @Override
    public HttpClient.Builder newBuilder(Config config) {
        return new TrackedBuilder(factory.newBuilder(config), this::track);
    }

    @Override
    public HttpClient.Builder newBuilder() {
        return new TrackedBuilder(factory.newBuilder(), this::track);
    }

    @Override
    public int priority() {
        return factory.priority();
    }

    /**
     * Closes the gate, waits for what was admitted (at most the graceful timeout), closes the clients, and takes the component out
     * of the registry. Closing again does nothing, or tells of the same failure.
     *
     * @throws KubernetesClientException if requests did not end in time: the clients are then left open; or if closing one failed
     */
    @Override
    public void close() {
        try {
            registry.closeComponent(metrics).ifPresent(this::requireClosed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException(
                    "interrupted while \"" + metrics.name() + "\" was draining; its clients are left open", e);
        }
    }

    private void requireClosed(ShutdownReport.Component report) {
        if (report.drained() && report.errors().isEmpty()) {
            return;
        }
        KubernetesClientException failure =
                new KubernetesClientException("the clients of \"" + metrics.name() + "\" are "
                        + (report.drained()
                                ? "drained, but closing them failed"
                                : "left open: " + report.left() + " requests and watches did not end in time "
                                        + report.stragglers()));
        report.errors().forEach(failure::addSuppressed);
        throw failure;
    }

    private HttpClient track(HttpClient client) {
        ShutdownConfig config = registry.config();
        ClientGate gate = new ClientGate(metrics, client, config, this::forget);
        if (!remember(gate)) {
            // Nobody would close it otherwise. What it is asked is refused.
            gate.close();
        }
        return new TrackedHttpClient(client, gate);
    }

    private boolean remember(ClientGate gate) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            clients.add(gate);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void forget(ClientGate gate) {
        lock.lock();
        try {
            clients.remove(gate);
        } finally {
            lock.unlock();
        }
    }

    /** Every one, whatever another throws. */
    private void closeClients() {
        Failures failures = new Failures();
        takeClients().forEach(gate -> failures.collect(gate::close));
        failures.rethrow();
    }

    private List<ClientGate> takeClients() {
        lock.lock();
        try {
            closed = true;
            return List.copyOf(clients);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "tracked " + factory.getClass().getSimpleName() + " (" + metrics.snapshot() + ")";
    }
}
