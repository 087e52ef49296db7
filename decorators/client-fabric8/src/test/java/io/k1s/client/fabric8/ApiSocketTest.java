package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.WebSocket;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.k1s.registry.ShutdownReport;
import java.net.URI;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Sockets, and watches that do not go as they should, over each transport. */
@ParameterizedClass
@EnumSource(Transport.class)
@Timeout(120)
class ApiSocketTest {
    private static final int A_LONG_TIME_MILLIS = 8_000;

    @Parameter
    Transport transport;

    @Test
    void aWatchThatCannotBeOpenedIsAWatcherNoMore() throws Exception {
        try (HeldServer server = new HeldServer();
                Program program = new Program(transport, server.url())) {
            assertThatThrownBy(() -> get(open(program, server.url() + "status/404?watch=true", new SocketLog())))
                    .isInstanceOf(ExecutionException.class);
            program.requireLedger(0, 0, 0, 0);
        }
    }

    @Test
    void aSocketThatCannotBeOpenedIsAFailure() throws Exception {
        try (HeldServer server = new HeldServer();
                Program program = new Program(transport, server.url())) {
            assertThatThrownBy(() -> get(open(program, server.url() + "status/404", new SocketLog())))
                    .isInstanceOf(ExecutionException.class);
            program.requireLedger(1, 0, 1, 0);
        }
    }

    @Test
    void aSocketWithoutAnAddressIsAFailure() throws Exception {
        try (HeldServer server = new HeldServer();
                Program program = new Program(transport, server.url())) {
            assertThatThrownBy(() ->
                            program.client.getHttpClient().newWebSocketBuilder().buildAsync(new SocketLog()))
                    .isInstanceOf(NullPointerException.class);
            program.requireLedger(1, 0, 1, 0);
        }
    }

    @Test
    void aSocketThatTheServerClosesIsDone() throws Exception {
        KubernetesMockServer server = new KubernetesMockServer(false);
        server.expect()
                .get()
                .withPath("/api/v1/namespaces/test/pods/p/attach")
                .andUpgradeToWebSocket()
                .open("hello")
                .done()
                .once();
        server.init();
        try (Program program = new Program(transport, server.url("/"))) {
            SocketLog log = new SocketLog();
            get(open(program, server.url("/") + "api/v1/namespaces/test/pods/p/attach", log));
            assertThat(log.next()).isEqualTo("open");
            assertThat(log.next()).isIn("text hello", "bytes hello");
            assertThat(log.next()).startsWith("close");
            program.requireLedger(1, 1, 0, 0);
        } finally {
            server.destroy();
        }
    }

    /** It may be copying a file. */
    @Test
    void anExecSessionIsWorkThatTheDrainLeavesAloneUntilTheSoftDeadline() throws Exception {
        try (SilentServer server = new SilentServer(true);
                Program program = Program.inAHurry(transport.factory(), server.url())) {
            SocketLog log = new SocketLog();
            get(open(program, server.url() + "exec?command=cat", log));
            assertThat(program.snapshot().inFlight()).isEqualTo(1);
            ShutdownReport report = shutdown(program);
            assertThat(report.isComplete()).isTrue();
            assertThat(report.components().get(0).drainTime()).isGreaterThan(Program.SHORT_GRACE);
            assertThat(log.next()).isEqualTo("open");
            assertThat(log.next()).isEqualTo("error CancellationException");
            program.requireLedger(1, 0, 0, 1);
        }
    }

    @Test
    void aWatchWhoseServerDoesNotAnswerIsCancelledAfterItsGrace() throws Exception {
        try (SilentServer server = new SilentServer(true);
                Program program = Program.withShortGrace(transport, server.url())) {
            SocketLog log = new SocketLog();
            get(open(program, server.url() + "?watch=1", log));
            ShutdownReport report = shutdown(program);
            assertThat(report.isComplete()).isTrue();
            assertThat(report.components().get(0).drainTime())
                    .isBetween(Program.SHORT_GRACE.dividedBy(2), Program.LONG_GRACE);
            assertThat(log.next()).isEqualTo("open");
            assertThat(log.next()).isEqualTo("error CancellationException");
            program.requireLedger(0, 0, 0, 0);
        }
    }

    @Test
    void aWatchThatIsStillOpeningIsGivenUpByTheDrain() throws Exception {
        try (SilentServer server = new SilentServer(false);
                Program program = new Program(transport, server.url())) {
            SocketLog log = new SocketLog();
            CompletableFuture<WebSocket> opening = open(program, server.url() + "?watch=true", log);
            assertThat(server.arrived.await(Program.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            ShutdownReport report = shutdown(program);
            assertThat(report.isComplete()).isTrue();
            assertThat(report.components().get(0).drainTime()).isLessThan(Program.LONG_GRACE);
            assertThat(opening).isCompletedExceptionally();
            assertThat(log.isEmpty()).isTrue();
            program.requireLedger(0, 0, 0, 0);
        }
    }

    @Test
    void cancellingAnOpeningSocketEndsTheWork() throws Exception {
        try (SilentServer server = new SilentServer(false);
                Program program = new Program(transport, server.url())) {
            CompletableFuture<WebSocket> opening = open(program, server.url() + "exec", new SocketLog());
            assertThat(server.arrived.await(Program.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(program.snapshot().inFlight()).isEqualTo(1);
            opening.cancel(true);
            assertThat(program.snapshot().inFlight()).isZero();
            program.requireLedger(1, 0, 0, 1);
        }
    }

    @Test
    void aWatchOverPlainHttpIsAWatcherThatTheDrainEnds() throws Exception {
        try (HeldServer server = new HeldServer();
                Program program = new Program(transport, server.url())) {
            CompletableFuture<Void> first = new CompletableFuture<>();
            HttpResponse<AsyncBody> response = get(stream(program, server, (buffers, body) -> first.complete(null)));
            response.body().consume();
            get(first);
            assertThat(program.snapshot().watchers()).isEqualTo(1);
            assertThat(program.snapshot().inFlight()).isZero();
            ShutdownReport report = shutdown(program);
            assertThat(report.isComplete()).isTrue();
            assertThat(report.components().get(0).drainTime()).isLessThan(Program.LONG_GRACE);
            assertThatThrownBy(() -> get(response.body().done())).isInstanceOf(CancellationException.class);
            program.requireLedger(0, 0, 0, 0);
        }
    }

    @Test
    void aWatchOverPlainHttpThatIsNotAdmittedIsRefusedOnTheSpot() throws Exception {
        try (HeldServer server = new HeldServer();
                Program program = new Program(transport, server.url())) {
            assertThat(shutdown(program).isComplete()).isTrue();
            assertThatThrownBy(() -> stream(program, server, (buffers, body) -> body.cancel()))
                    .isInstanceOf(RequestRejectedException.class);
        }
    }

    private static CompletableFuture<HttpResponse<AsyncBody>> stream(
            Program program, HeldServer server, AsyncBody.Consumer<java.util.List<java.nio.ByteBuffer>> consumer) {
        HttpClient http = program.client.getHttpClient();
        return http.consumeBytes(
                http.newHttpRequestBuilder()
                        .uri(server.url() + "stream?a=b&follow=true")
                        .forStreaming()
                        .build(),
                consumer);
    }

    private static CompletableFuture<WebSocket> open(Program program, String address, WebSocket.Listener listener) {
        return program.client
                .getHttpClient()
                .newWebSocketBuilder()
                .uri(URI.create(address))
                .connectTimeout(A_LONG_TIME_MILLIS, TimeUnit.MILLISECONDS)
                .buildAsync(listener);
    }

    private static ShutdownReport shutdown(Program program) throws Exception {
        return get(program.registry.shutdown());
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
