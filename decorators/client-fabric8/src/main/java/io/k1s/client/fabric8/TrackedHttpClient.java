package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A client whose requests and sockets pass a gate, which it shares with the client that it was derived from. */
final class TrackedHttpClient implements HttpClient {
    private final HttpClient client;
    private final ClientGate gate;

    TrackedHttpClient(HttpClient client, ClientGate gate) {
        this.client = client;
        this.gate = gate;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, Class<T> type) {
        BodyReader<T> reader = BodyReader.of(type);
        Exchange exchange;
        try {
            exchange = admit(request);
        } catch (RequestRejectedException e) {
            return refused(request, e);
        }
        return exchange.send(client, request, reader);
    }

    @Override
    public CompletableFuture<HttpResponse<AsyncBody>> consumeBytes(
            HttpRequest request, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        Exchange exchange;
        try {
            exchange = admit(request);
        } catch (RequestRejectedException e) {
            return refused(request, e);
        }
        return exchange.consumeBytes(client, request, consumer);
    }

    private Exchange admit(HttpRequest request) {
        return new Exchange(gate.admit(request.method(), request.uri(), request));
    }

    /** A watch is told at once, by a throw: after a failed future fabric8 would keep it, to connect later. */
    private static <T> CompletableFuture<T> refused(HttpRequest request, RequestRejectedException rejection) {
        if (Requests.isWatch(request.uri())) {
            throw rejection;
        }
        return CompletableFuture.failedFuture(rejection);
    }

    @Override
    public WebSocket.Builder newWebSocketBuilder() {
        return new TrackedWebSocketBuilder(client.newWebSocketBuilder(), gate);
    }

    @Override
    public HttpRequest.Builder newHttpRequestBuilder() {
        return client.newHttpRequestBuilder();
    }

    @Override
    public DerivedClientBuilder newBuilder() {
        return new TrackedDerivedBuilder(client.newBuilder(), gate);
    }

    @Override
    public boolean isClosed() {
        return gate.isClosed();
    }

    @Override
    public void close() {
        gate.close();
    }
}
