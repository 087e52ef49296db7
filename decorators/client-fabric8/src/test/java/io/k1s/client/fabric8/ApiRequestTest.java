package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import java.io.InputStream;
import java.io.Reader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a request is counted as, over each transport and a real connection. */
@ParameterizedClass
@EnumSource(Transport.class)
@Timeout(120)
class ApiRequestTest {
    @Parameter
    Transport transport;

    private HeldServer server;
    private Program program;

    @BeforeEach
    void start() throws Exception {
        server = new HeldServer();
        program = new Program(transport, server.url());
    }

    @AfterEach
    void stop() {
        program.close();
        server.close();
    }

    @Test
    void aRequestIsOneWork() {
        assertThat(program.client.configMaps().withName("a").get()).isNotNull();
        program.requireLedger(1, 1, 0, 0);
    }

    @Test
    void everyKindOfBodyIsOneWork() throws Exception {
        HttpClient http = program.client.getHttpClient();
        assertThat(get(http.sendAsync(to("a"), String.class)).body()).isEqualTo(HeldServer.CONFIG_MAP);
        assertThat(get(http.sendAsync(to("a"), byte[].class)).body())
                .isEqualTo(HeldServer.CONFIG_MAP.getBytes(StandardCharsets.UTF_8));
        try (InputStream stream =
                get(http.sendAsync(to("a"), InputStream.class)).body()) {
            assertThat(stream.readAllBytes()).isEqualTo(HeldServer.CONFIG_MAP.getBytes(StandardCharsets.UTF_8));
        }
        try (Reader reader = get(http.sendAsync(to("a"), Reader.class)).body()) {
            assertThat(reader.read()).isEqualTo('{');
            assertThat(reader.transferTo(Writer.nullWriter())).isEqualTo(HeldServer.CONFIG_MAP.length() - 1);
        }
        program.requireLedger(4, 4, 0, 0);
    }

    @Test
    void theResponseIsTheServersOwn() throws Exception {
        HttpResponse<String> response = get(program.client.getHttpClient().sendAsync(to("a"), String.class));
        assertThat(response.code()).isEqualTo(200);
        assertThat(response.isSuccessful()).isTrue();
        assertThat(response.message()).isEqualTo("OK");
        assertThat(response.header("Content-Type")).isEqualTo("application/json");
        assertThat(response.headers()).isNotEmpty();
        assertThat(response.request().uri()).isEqualTo(URI.create(server.url() + "a"));
        assertThat(response.previousResponse()).isNotNull();
    }

    @Test
    void aTypeThatFabric8DoesNotKnowIsRefusedUncounted() {
        assertThatThrownBy(() -> program.client.getHttpClient().sendAsync(to("a"), Integer.class))
                .isInstanceOf(IllegalArgumentException.class);
        program.requireLedger(0, 0, 0, 0);
    }

    @Test
    void anAnswerThatSaysNoIsAFailure() throws Exception {
        HttpClient http = program.client.getHttpClient();
        assertThat(get(http.sendAsync(to("status/404"), String.class)).code()).isEqualTo(404);
        assertThat(get(http.sendAsync(to("status/500"), String.class)).code()).isEqualTo(500);
        program.requireLedger(2, 0, 2, 0);
    }

    @Test
    void retriesArePartOfTheWork() throws Exception {
        HttpClient retrying = program.client
                .getHttpClient()
                .newBuilder()
                .tag(new io.fabric8.kubernetes.client.RequestConfigBuilder()
                        .withRequestRetryBackoffLimit(3)
                        .withRequestRetryBackoffInterval(1)
                        .build())
                .build();
        assertThat(get(retrying.sendAsync(to("flaky"), String.class)).body()).isEqualTo("second");
        assertThat(server.requests).hasValue(2);
        program.requireLedger(1, 1, 0, 0);
    }

    @Test
    void aRefusedConnectionIsAFailure() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        HttpClient http = program.client.getHttpClient();
        HttpRequest nowhere = http.newHttpRequestBuilder()
                .uri("http://127.0.0.1:" + port + "/")
                .build();
        assertThatThrownBy(() -> get(http.sendAsync(nowhere, String.class)))
                .isInstanceOf(ExecutionException.class)
                .satisfies(e -> assertThat(RequestRejectedException.find(e)).isEmpty());
        program.requireLedger(1, 0, 1, 0);
    }

    @Test
    void aRequestThatCannotBeMadeIsAFailure() {
        HttpClient http = program.client.getHttpClient();
        HttpRequest unsendable =
                http.newHttpRequestBuilder().uri("gopher://127.0.0.1/").build();
        assertThatThrownBy(() -> get(http.sendAsync(unsendable, String.class)));
        program.requireLedger(1, 0, 1, 0);
    }

    @Test
    void theCallersFutureCompletesAfterTheEnd() throws Exception {
        AtomicLong seen = new AtomicLong(-1);
        CompletableFuture<HttpResponse<String>> call = program.client
                .getHttpClient()
                .sendAsync(to("held"), String.class)
                .whenComplete((response, error) -> seen.set(program.snapshot().inFlight()));
        server.awaitRequest();
        // Only now, so that it completes on the thread of the transport.
        server.release();
        get(call);
        assertThat(seen).hasValue(0);
    }

    @Test
    void cancellingBeforeTheAnswerEndsTheWork() throws Exception {
        CompletableFuture<HttpResponse<String>> call =
                program.client.getHttpClient().sendAsync(to("held"), String.class);
        server.awaitRequest();
        assertThat(program.snapshot().inFlight()).isEqualTo(1);
        call.cancel(true);
        assertThat(program.snapshot().inFlight()).isZero();
        server.release();
        program.requireLedger(1, 0, 0, 1);
    }

    @Test
    void cancellingWhileTheBodyComesEndsTheWork() throws Exception {
        CompletableFuture<HttpResponse<String>> call =
                program.client.getHttpClient().sendAsync(to("stream"), String.class);
        server.awaitRequest();
        call.cancel(true);
        program.requireLedger(1, 0, 0, 1);
    }

    @Test
    void aStreamIsWorkUntilItsEndWasRead() throws Exception {
        try (InputStream stream = get(program.client.getHttpClient().sendAsync(to("stream"), InputStream.class))
                .body()) {
            assertThat(stream.readNBytes(6)).isEqualTo("first\n".getBytes(StandardCharsets.UTF_8));
            assertThat(program.snapshot().inFlight()).isEqualTo(1);
            server.endStreams();
            assertThat(stream.readAllBytes()).hasSize(64 * 1024);
            assertThat(program.snapshot().inFlight()).isZero();
        }
        program.requireLedger(1, 1, 0, 0);
    }

    @Test
    void aStreamThatIsClosedEarlyIsACancellation() throws Exception {
        InputStream stream = get(program.client.getHttpClient().sendAsync(to("stream"), InputStream.class))
                .body();
        assertThat(stream.read()).isEqualTo('f');
        stream.close();
        program.requireLedger(1, 0, 0, 1);
    }

    @Test
    void aConsumersBodyIsDoneAfterTheEnd() throws Exception {
        List<Integer> sizes = new ArrayList<>();
        HttpResponse<AsyncBody> response = get(consume("a", (buffers, body) -> {
            buffers.forEach(buffer -> sizes.add(buffer.remaining()));
            body.consume();
        }));
        AtomicLong seen = new AtomicLong(-1);
        CompletableFuture<Void> done = response.body()
                .done()
                .whenComplete((none, error) -> seen.set(program.snapshot().inFlight()));
        response.body().consume();
        get(done);
        assertThat(seen).hasValue(0);
        assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(HeldServer.CONFIG_MAP.length());
        program.requireLedger(1, 1, 0, 0);
    }

    @Test
    void aConsumerThatThrowsIsAFailure() throws Exception {
        HttpResponse<AsyncBody> response = get(consume("a", (buffers, body) -> {
            throw new IllegalStateException("consumer");
        }));
        response.body().consume();
        assertThatThrownBy(() -> get(response.body().done())).isInstanceOf(ExecutionException.class);
        program.requireLedger(1, 0, 1, 0);
    }

    @Test
    void aReaderThatThrowsCancelsTheBody() throws Exception {
        BodyReader<String> reader = new BodyReader<>() {
            @Override
            public CompletableFuture<HttpResponse<String>> read(HttpResponse<AsyncBody> response) {
                throw new IllegalStateException("reader");
            }

            @Override
            public void consume(List<ByteBuffer> value, AsyncBody body) {
                body.consume();
            }
        };
        HttpClient raw = transport.factory().newBuilder().build();
        WorkMetrics metrics = WorkMetrics.create("raw");
        try {
            ClientGate gate = new ClientGate(metrics, raw, ShutdownConfig.defaults(), closed -> {});
            HttpRequest request = to("a");
            Exchange exchange = new Exchange(gate.admit(request.method(), request.uri(), request));
            assertThatThrownBy(() -> get(exchange.send(raw, request, reader))).hasRootCauseMessage("reader");
            assertThat(metrics.snapshot().inFlight()).isZero();
            assertThat(metrics.snapshot().cancelled()).isEqualTo(1);
        } finally {
            raw.close();
        }
    }

    @Test
    void aBodyThatItsConsumerCancelsIsACancellation() throws Exception {
        HttpResponse<AsyncBody> response = get(consume("stream", (buffers, body) -> body.cancel()));
        response.body().consume();
        assertThatThrownBy(() -> get(response.body().done())).isInstanceOf(CancellationException.class);
        program.requireLedger(1, 0, 0, 1);
    }

    @Test
    void aRequestInFlightFinishesWhileNewOnesAreRefused() throws Exception {
        CompletableFuture<HttpResponse<String>> inFlight =
                program.client.getHttpClient().sendAsync(to("held"), String.class);
        server.awaitRequest();
        CompletableFuture<ShutdownReport> shutdown = program.registry.shutdown();
        Program.await(() -> program.metrics().isClosed());
        assertThat(program.client.getHttpClient().isClosed()).isTrue();
        assertThatThrownBy(() -> program.client.configMaps().withName("a").get())
                .isInstanceOfSatisfying(KubernetesClientException.class, e -> {
                    assertThat(e.getCode()).isEqualTo(503);
                    assertThat(e.getStatus().getReason()).isEqualTo("ServiceUnavailable");
                    assertThat(RequestRejectedException.find(e)
                                    .orElseThrow()
                                    .rejection()
                                    .component())
                            .isEqualTo("api");
                });
        assertThat(inFlight).isNotDone();
        server.release();
        assertThat(get(inFlight).code()).isEqualTo(200);
        assertThat(shutdown.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS).isComplete())
                .isTrue();
        assertThat(program.snapshot().rejected()).isEqualTo(1);
        assertThat(server.requests).hasValue(1);
        program.requireLedger(1, 1, 0, 0);
    }

    @Test
    void aRequestThatNeverEndsIsCancelledAtTheSoftDeadline() throws Exception {
        try (Program hurried = Program.inAHurry(transport.factory(), server.url())) {
            CompletableFuture<HttpResponse<String>> inFlight =
                    hurried.client.getHttpClient().sendAsync(to("held"), String.class);
            server.awaitRequest();
            ShutdownReport report = hurried.registry.shutdown().get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(report.isComplete()).isTrue();
            assertThat(inFlight).isCompletedExceptionally();
            hurried.requireLedger(1, 0, 0, 1);
        }
    }

    @Test
    void aRequestAboveTheLimitIsRefusedAsRetryable() throws Exception {
        try (Program limited =
                new Program(transport, server.url(), ComponentOptions.defaults().maxConcurrentOps(1))) {
            CompletableFuture<HttpResponse<String>> first =
                    limited.client.getHttpClient().sendAsync(to("held"), String.class);
            server.awaitRequest();
            assertThatThrownBy(() -> get(limited.client.getHttpClient().sendAsync(to("a"), String.class)))
                    .satisfies(e -> assertThat(RequestRejectedException.find(e)
                                    .orElseThrow()
                                    .rejection())
                            .returns(WorkRejectedException.Reason.LIMIT, WorkRejectedException::reason)
                            .returns(true, WorkRejectedException::isRetryable));
            server.release();
            get(first);
            limited.requireLedger(1, 1, 0, 0);
        }
    }

    private HttpRequest to(String path) {
        return program.client
                .getHttpClient()
                .newHttpRequestBuilder()
                .uri(server.url() + path)
                .build();
    }

    private CompletableFuture<HttpResponse<AsyncBody>> consume(
            String path, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        return program.client.getHttpClient().consumeBytes(to(path), consumer);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
