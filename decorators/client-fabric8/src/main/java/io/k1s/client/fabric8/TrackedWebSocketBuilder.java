package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.WebSocket;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Builds sockets that are admitted before they are opened. */
final class TrackedWebSocketBuilder implements WebSocket.Builder {
    private final WebSocket.Builder builder;
    private final ClientGate gate;
    private @Nullable URI uri;

    TrackedWebSocketBuilder(WebSocket.Builder builder, ClientGate gate) {
        this.builder = builder;
        this.gate = gate;
    }

    /**
     * {@inheritDoc}
     *
     * <p>A rejection is thrown. A failed future would have fabric8 try the same as a plain request.
     */
    @Override
    public CompletableFuture<WebSocket> buildAsync(WebSocket.Listener listener) {
        return new TrackedSocket(listener, gate.admit("connect", uri, null)).open(builder);
    }

    @Override
    public WebSocket.Builder subprotocol(String protocol) {
        builder.subprotocol(protocol);
        return this;
    }

    @Override
    public WebSocket.Builder header(String name, String value) {
        builder.header(name, value);
        return this;
    }

    @Override
    public WebSocket.Builder setHeader(String name, String value) {
        builder.setHeader(name, value);
        return this;
    }

    @Override
    public WebSocket.Builder uri(URI address) {
        uri = address;
        builder.uri(address);
        return this;
    }

    @Override
    public WebSocket.Builder connectTimeout(long timeout, TimeUnit unit) {
        builder.connectTimeout(timeout, unit);
        return this;
    }
}
