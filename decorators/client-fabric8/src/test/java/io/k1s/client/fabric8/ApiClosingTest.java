package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.WebSocket;
import io.k1s.metrics.Work;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who closes what, and when, over each transport. */
@ParameterizedClass
@EnumSource(Transport.class)
@Timeout(120)
class ApiClosingTest {
    @Parameter
    Transport transport;

    private HeldServer server;

    @BeforeEach
    void start() throws Exception {
        server = new HeldServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aClientClosedUnderLoadFinishesWhatItHasAndRefusesTheRest() throws Exception {
        try (Program program = new Program(transport, server.url())) {
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                calls.add(send(program.client, "held"));
            }
            server.awaitRequest();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(program.client::close);
            Program.await(() -> program.client.getHttpClient().isClosed());
            assertThatThrownBy(() -> get(send(program.client, "a")))
                    .satisfies(e -> assertThat(RequestRejectedException.find(e))
                            .get()
                            .extracting(Throwable::getMessage)
                            .isEqualTo("this client of component \"api\" has been closed: GET /a"));
            server.release();
            for (CompletableFuture<HttpResponse<String>> call : calls) {
                assertThat(get(call).code()).isEqualTo(200);
            }
            get(closing);
            program.requireLedger(20, 20, 0, 0);
        }
    }

    @Test
    void whatDoesNotEndInTimeIsCancelledByTheClose() throws Exception {
        try (Program program = Program.inAHurry(transport.factory(), server.url())) {
            CompletableFuture<HttpResponse<String>> call = send(program.client, "held");
            server.awaitRequest();
            program.client.close();
            assertThat(call).isCompletedExceptionally();
            program.requireLedger(1, 0, 0, 1);
        }
    }

    @Test
    void aWatchIsClosedByTheCloseOfItsClient() throws Exception {
        try (Program program = Program.withShortGrace(transport, server.url());
                SilentServer silent = new SilentServer(true)) {
            SocketLog log = new SocketLog();
            get(program.client
                    .getHttpClient()
                    .newWebSocketBuilder()
                    .uri(URI.create(silent.url() + "?watch=true"))
                    .buildAsync(log));
            assertThat(program.snapshot().watchers()).isEqualTo(1);
            program.client.close();
            assertThat(log.next()).isEqualTo("open");
            assertThat(log.next()).startsWith("error");
            program.requireLedger(0, 0, 0, 0);
        }
    }

    @Test
    void listenersThatThrowCutNeitherAnotherWatchNorARequest() throws Exception {
        try (Program program = Program.withShortGrace(transport, server.url());
                SilentServer silent = new SilentServer(true)) {
            HttpClient http = program.client.getHttpClient();
            CompletableFuture<HttpResponse<String>> call = send(program.client, "held");
            server.awaitRequest();
            CountDownLatch told = new CountDownLatch(2);
            for (int i = 0; i < 2; i++) {
                get(http.newWebSocketBuilder()
                        .uri(URI.create(silent.url() + "?watch=true"))
                        .buildAsync(new WebSocket.Listener() {
                            @Override
                            public void onError(WebSocket socket, Throwable error) {
                                told.countDown();
                                throw new IllegalStateException("thrown by a listener");
                            }
                        }));
            }
            CompletableFuture<Void> closing = CompletableFuture.runAsync(http::close);
            assertThat(told.await(Program.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            server.release();
            assertThat(get(call).code()).isEqualTo(200);
            assertThatThrownBy(() -> get(closing)).cause().satisfies(failure -> {
                assertThat(failure).hasMessage("thrown by a listener");
                assertThat(failure.getSuppressed()).hasSize(1);
            });
            program.requireLedger(1, 1, 0, 0);
        }
    }

    @Test
    void anInterruptedCloseCancelsAtOnce() throws Exception {
        try (Program program = new Program(transport, server.url())) {
            CompletableFuture<HttpResponse<String>> call = send(program.client, "held");
            server.awaitRequest();
            Thread.currentThread().interrupt();
            program.client.getHttpClient().close();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(call).isCompletedExceptionally();
            program.requireLedger(1, 0, 0, 1);
        }
    }

    @Test
    void oneClientOfAFactoryClosesAlone() throws Exception {
        try (Program program = new Program(transport, server.url());
                KubernetesClient second = program.newClient(server.url())) {
            program.client.close();
            assertThat(get(send(second, "a")).code()).isEqualTo(200);
            assertThat(second.getHttpClient().isClosed()).isFalse();
            assertThat(get(program.registry.shutdown()).isComplete()).isTrue();
            assertThat(second.getHttpClient().isClosed()).isTrue();
            program.requireLedger(1, 1, 0, 0);
        }
    }

    @Test
    void closingTheFactoryDrainsClosesAndDeregisters() throws Exception {
        try (Program program = new Program(transport, server.url())) {
            get(send(program.client, "a"));
            program.factory.close();
            program.factory.close();
            assertThat(program.registry.snapshots()).isEmpty();
            try (KubernetesClient late = program.newClient(server.url())) {
                assertThat(late.getHttpClient().isClosed()).isTrue();
                assertThatThrownBy(() -> get(send(late, "a")));
            }
            program.requireLedger(1, 1, 0, 0);
        }
    }

    @Test
    void aFactoryWithWorkThatDoesNotEndIsLeftOpen() {
        try (Program program = Program.inAHurry(transport.factory(), server.url())) {
            Work stuck = program.metrics().startWork("stuck request");
            assertThatThrownBy(program.factory::close)
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("left open: 1 requests and watches did not end in time")
                    .hasMessageContaining("stuck request");
            stuck.succeed();
            program.factory.close();
            assertThat(program.client.getHttpClient().isClosed()).isTrue();
        }
    }

    @Test
    void anInterruptedCloseOfTheFactoryLeavesItOpen() {
        try (Program program = new Program(transport, server.url())) {
            Work running = program.metrics().startWork("running");
            Thread.currentThread().interrupt();
            assertThatThrownBy(program.factory::close)
                    .isInstanceOf(KubernetesClientException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isTrue();
            running.succeed();
        }
    }

    @Test
    void oneClientThatCannotBeClosedDoesNotKeepTheOthers() throws Exception {
        HttpClient.Factory real = transport.factory();
        HttpClient.Factory broken = () -> breaking(HttpClient.Builder.class, real.newBuilder());
        try (Program program = Program.inAHurry(broken, server.url())) {
            HttpClient second = program.factory.newBuilder().build();
            HttpClient third = program.factory.newBuilder().build();
            ShutdownReport report = get(program.registry.shutdown());
            assertThat(report.isComplete()).isFalse();
            assertThat(report.components().get(0).errors().get(0).getSuppressed())
                    .hasSize(2);
            assertThat(second.isClosed() && third.isClosed()).isTrue();
        }
    }

    @Test
    void aFactoryWhoseClientsFailToCloseSaysSo() {
        HttpClient.Factory real = transport.factory();
        HttpClient.Factory broken = () -> breaking(HttpClient.Builder.class, real.newBuilder());
        try (Program program = Program.inAHurry(broken, server.url())) {
            assertThatThrownBy(program.factory::close)
                    .hasMessage("the clients of \"api\" are drained, but closing them failed");
        }
    }

    @Test
    void theFactorySaysWhatItIs() {
        try (Program program = new Program(transport, server.url(), ComponentOptions.defaults())) {
            HttpClient.Factory real = transport.factory();
            assertThat(program.factory.priority()).isEqualTo(real.priority());
            assertThat(program.factory)
                    .hasToString("tracked " + real.getClass().getSimpleName() + " (" + program.snapshot() + ")");
        }
    }

    /** The real thing, but what it builds fails to close after it has closed. */
    @SuppressWarnings("unchecked")
    private static <T> T breaking(Class<T> type, Object real) {
        return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            Object result;
            try {
                result = method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            if (method.getName().equals("close")) {
                throw new IllegalStateException("cannot close");
            }
            if (method.getName().equals("build")) {
                return breaking(HttpClient.class, result);
            }
            return method.getReturnType().isInstance(proxy) ? proxy : result;
        });
    }

    private CompletableFuture<HttpResponse<String>> send(KubernetesClient client, String path) {
        HttpClient http = client.getHttpClient();
        return http.sendAsync(
                http.newHttpRequestBuilder().uri(server.url() + path).build(), String.class);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
