package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.WebSocket;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownConfig;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a transport may still say after its socket was cancelled; no server can be made to say it at that moment. */
class TrackedSocketTest {
    private final List<String> asked = new ArrayList<>();
    private final SocketLog log = new SocketLog();
    private final WorkMetrics metrics = WorkMetrics.create("api");
    private final WebSocket socket = recording(WebSocket.class);
    private final TrackedSocket tracked = new TrackedSocket(
            log,
            new ClientGate(metrics, recording(HttpClient.class), ShutdownConfig.defaults(), closed -> {})
                    .admit("connect", URI.create("http://localhost/exec"), null));

    @Test
    void aSocketThatOpensAfterItsCancellationIsClosedUnseen() {
        tracked.open(recording(WebSocket.Builder.class)).cancel(true);
        tracked.onOpen(socket);
        assertThat(asked).containsExactly("buildAsync", "sendClose");
        assertThat(log.isEmpty()).isTrue();
    }

    @Test
    void messagesAfterTheCancellationAreDroppedButAskedFor() throws Exception {
        CompletableFuture<WebSocket> opening = tracked.open(recording(WebSocket.Builder.class));
        tracked.onOpen(socket);
        tracked.onMessage(socket, "early");
        tracked.onMessage(socket, ByteBuffer.wrap("early".getBytes(StandardCharsets.UTF_8)));
        opening.cancel(true);
        asked.clear();
        tracked.onMessage(socket, "late");
        tracked.onMessage(socket, ByteBuffer.wrap("late".getBytes(StandardCharsets.UTF_8)));
        assertThat(asked).containsExactly("request", "request");
        assertThat(List.of(log.next(), log.next(), log.next(), log.next()))
                .containsExactly("open", "text early", "bytes early", "error CancellationException");
        assertThat(log.isEmpty()).isTrue();
        assertThat(metrics.snapshot().cancelled()).isEqualTo(1);
    }

    private <T> T recording(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    asked.add(method.getName());
                    if (method.getReturnType() == boolean.class) {
                        return true;
                    }
                    return method.getName().equals("buildAsync") ? new CompletableFuture<WebSocket>() : null;
                }));
    }
}
