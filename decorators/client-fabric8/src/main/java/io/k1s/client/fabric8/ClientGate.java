package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ShutdownConfig;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a client and all clients derived from it share: the way in, and the close.
 *
 * <p>One factory makes several clients, which are one component. Each can be closed alone, and must then drain what is its own:
 * so it counts that once more, with a gate of its own in front of the component's.
 */
final class ClientGate {
    private final WorkMetrics component;
    private final WorkMetrics own;
    private final HttpClient client;
    private final ShutdownConfig config;
    private final Consumer<ClientGate> afterClose;
    private final ReentrantLock closing = new ReentrantLock();
    /** Guarded by closing. */
    private boolean closed;

    ClientGate(WorkMetrics component, HttpClient client, ShutdownConfig config, Consumer<ClientGate> afterClose) {
        this.component = component;
        this.own = WorkMetrics.create(component.name());
        this.client = client;
        this.config = config;
        this.afterClose = afterClose;
    }

    /** True from the moment that nothing is let in: a watch that lost its connection then ends instead of asking again. */
    boolean isClosed() {
        return own.isClosed() || component.isClosed();
    }

    /**
     * Lets a request or a socket in.
     *
     * @throws RequestRejectedException if it is not let in; nothing is left behind
     */
    Admission admit(String method, @Nullable URI uri, @Nullable HttpRequest request) {
        String description = Requests.describe(method, uri);
        boolean watch = Requests.isWatch(uri);
        Work workOfClient;
        try {
            workOfClient = start(own, description, watch);
        } catch (WorkRejectedException e) {
            throw new RequestRejectedException(
                    "this client of component \"" + component.name() + "\" has been closed: " + description,
                    e,
                    request);
        }
        try {
            return new Admission(component, start(component, description, watch), own, workOfClient);
        } catch (WorkRejectedException e) {
            workOfClient.cancel();
            throw new RequestRejectedException(e.getMessage() + ": " + description, e, request);
        } catch (Throwable t) {
            workOfClient.cancel();
            throw t;
        }
    }

    private static Work start(WorkMetrics metrics, String description, boolean watch) {
        return watch ? metrics.startWatch(description) : metrics.startWork(description);
    }

    /**
     * Closes the gate, drains, cancels what does not end in time, and closes the client. Whoever comes second waits for it. What
     * one watch throws, a listener of the user's, cuts nothing else: it is thrown at the end.
     */
    void close() {
        closing.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            Failures failures = new Failures();
            failures.collect(() -> drain(failures));
            failures.collect(client::close);
            failures.rethrow();
        } finally {
            closing.unlock();
            afterClose.accept(this);
        }
    }

    private void drain(Failures failures) {
        failures.collect(own::close);
        Duration whole = config.gracefulTimeout().minus(config.closeReserve());
        Duration grace = whole.compareTo(config.watchGrace()) < 0 ? whole : config.watchGrace();
        try {
            if (own.awaitQuiescence(grace)) {
                return;
            }
            cancel(Work::isWatch, failures);
            if (own.awaitQuiescence(whole.minus(grace))) {
                return;
            }
        } catch (InterruptedException e) {
            // Who interrupts a close wants it over: what is left is cancelled, as after the time.
            Thread.currentThread().interrupt();
        }
        cancel(work -> true, failures);
    }

    private void cancel(Predicate<Work> which, Failures failures) {
        own.activeWork().stream().filter(which).forEach(work -> failures.collect(work::requestCancel));
    }
}
