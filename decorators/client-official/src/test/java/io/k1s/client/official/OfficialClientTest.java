package io.k1s.client.official;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.util.Watch;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import okhttp3.Cache;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a call of the official client is counted as, over real connections. */
@Timeout(120)
class OfficialClientTest {
    static final long PATIENCE_SECONDS = 20;

    /** Of a watch. What ends earlier was ended by the drain. */
    private static final Duration LONG_GRACE = Duration.ofSeconds(9);

    private static final Duration SHORT_GRACE = Duration.ofMillis(500);
    private static final Duration SOFT_TIMEOUT = Duration.ofSeconds(10);

    private final WorkRegistry registry = registry(LONG_GRACE, SOFT_TIMEOUT);

    private HeldServer server;
    private TrackedApiClient tracked;

    @BeforeEach
    void start() throws Exception {
        server = new HeldServer();
        tracked = TrackedApiClient.register(registry, "api", newClient(server.url()));
    }

    @AfterEach
    void stop() {
        registry.shutdownNow().join();
        server.close();
    }

    @Test
    void callsToAnApiServerAreCounted() throws Exception {
        KubernetesMockServer cluster = new KubernetesMockServer(
                new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(List.of()), false);
        cluster.init();
        try {
            ApiClient client = TrackedApiClient.register(registry, "cluster", newClient(cluster.url("/")))
                    .apiClient();
            CoreV1Api core = new CoreV1Api(client);
            V1ConfigMap map = new V1ConfigMap()
                    .apiVersion("v1")
                    .kind("ConfigMap")
                    .metadata(new V1ObjectMeta().name("a").namespace("test"))
                    .data(Map.of("key", "value"));
            core.createNamespacedConfigMap("test", map).execute();
            assertThat(core.readNamespacedConfigMap("a", "test").execute().getData())
                    .containsEntry("key", "value");
            assertThatThrownBy(
                            () -> core.readNamespacedConfigMap("none", "test").execute())
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.getCode()).isEqualTo(404));
            core.replaceNamespacedConfigMap("a", "test", map.data(Map.of("key", "other")))
                    .execute();
            core.deleteNamespacedConfigMap("a", "test").execute();
            WorkSnapshot snapshot = registry.snapshots().get(1);
            assertThat(snapshot.totalStarted()).isEqualTo(5);
            assertThat(snapshot.operations()).isEqualTo(4);
            assertThat(snapshot.errors()).isEqualTo(1);
            assertThat(snapshot.inFlight()).isZero();
        } finally {
            cluster.destroy();
        }
    }

    @Test
    void aClientUnderASecondNameIsRefusedAndCountedOnce() throws Exception {
        assertThatThrownBy(() -> TrackedApiClient.register(registry, "again", tracked.apiClient()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of component \"again\" is that of component \"api\" already");
        try (Response answer = call("status/404").execute()) {
            assertThat(answer.code()).isEqualTo(404);
        }
        requireLedger(1, 0, 1, 0);
    }

    @Test
    void anAnswerThatSaysNoIsAFailure() throws Exception {
        try (Response notFound = call("status/404").execute();
                Response error = call("status/500").execute()) {
            assertThat(notFound.body().string()).isEqualTo("{}");
            assertThat(error.code()).isEqualTo(500);
        }
        requireLedger(2, 0, 2, 0);
    }

    @Test
    void aRefusedConnectionIsAFailure() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Request nowhere =
                new Request.Builder().url("http://127.0.0.1:" + port + "/").build();
        assertThatThrownBy(() -> http().newCall(nowhere).execute()).isInstanceOf(IOException.class);
        requireLedger(1, 0, 1, 0);
    }

    @Test
    void retriesOfOtherInterceptorsArePartOfTheWork() throws Exception {
        ApiClient client = tracked.apiClient();
        client.setHttpClient(client.getHttpClient()
                .newBuilder()
                .addInterceptor(chain -> {
                    chain.proceed(chain.request()).close();
                    return chain.proceed(chain.request());
                })
                .build());
        call("a").execute().close();
        assertThat(server.requests).hasValue(2);
        requireLedger(1, 1, 0, 0);
    }

    @Test
    void aStreamIsWorkUntilItsEndWasRead() throws Exception {
        try (Response response = call("stream").execute();
                InputStream stream = response.body().byteStream()) {
            assertThat(stream.read()).isEqualTo('f');
            assertThat(snapshot().inFlight()).isEqualTo(1);
            server.endStreams();
            assertThat(stream.readAllBytes()).hasSize(5 + 64 * 1024);
            assertThat(snapshot().inFlight()).isZero();
        }
        requireLedger(1, 1, 0, 0);
    }

    @Test
    void aBodyThatIsClosedUnreadIsDone() throws Exception {
        call("a").execute().close();
        requireLedger(1, 1, 0, 0);
    }

    @Test
    void theBodyKeepsItsTypeAndLength() throws Exception {
        try (Response response = call("a").execute()) {
            assertThat(response.body().contentType()).hasToString("application/json");
            assertThat(response.body().contentLength()).isEqualTo(HeldServer.CONFIG_MAP.length());
            assertThat(response.body().string()).isEqualTo(HeldServer.CONFIG_MAP);
        }
    }

    @Test
    void aCancelledCallIsACancellation() throws Exception {
        Call call = call("held");
        CompletableFuture<Integer> code = enqueue(call);
        server.awaitRequest();
        call.cancel();
        assertThatThrownBy(() -> get(code)).isInstanceOf(ExecutionException.class);
        requireLedger(1, 0, 0, 1);
    }

    @Test
    void aStreamOfACancelledCallIsACancellation() throws Exception {
        Call call = call("stream");
        try (Response response = call.execute()) {
            call.cancel();
        }
        requireLedger(1, 0, 0, 1);
    }

    @Test
    void aStreamThatBreaksIsAFailure() throws Exception {
        try (Response response = call("stream").execute()) {
            server.breakStreams();
            assertThatThrownBy(() -> response.body().bytes()).isInstanceOf(IOException.class);
        }
        requireLedger(1, 0, 1, 0);
    }

    @Test
    void aCallInFlightFinishesWhileNewOnesAreRefused() throws Exception {
        CompletableFuture<Integer> inFlight = enqueue(call("held"));
        server.awaitRequest();
        CompletableFuture<ShutdownReport> shutdown = registry.shutdown();
        await(() -> tracked.metrics().isClosed());
        CoreV1Api core = new CoreV1Api(tracked.apiClient());
        assertThatThrownBy(() -> core.readNamespacedConfigMap("a", "test").execute())
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(RequestRejectedException.find(e)
                                        .orElseThrow()
                                        .rejection())
                                .returns("api", WorkRejectedException::component)
                                .returns(WorkRejectedException.Reason.CLOSED, WorkRejectedException::reason));
        assertThat(RequestRejectedException.find(new IOException("another"))).isEmpty();
        assertThat(inFlight).isNotDone();
        server.release();
        assertThat(get(inFlight)).isEqualTo(200);
        assertThat(get(shutdown).isComplete()).isTrue();
        assertThat(snapshot().rejected()).isEqualTo(1);
        assertThat(http().dispatcher().executorService().isShutdown()).isTrue();
        requireLedger(1, 1, 0, 0);
    }

    @Test
    void aCallThatNeverEndsIsCancelledAtTheSoftDeadline() throws Exception {
        WorkRegistry hurried = hurried();
        tracked = TrackedApiClient.register(hurried, "api", newClient(server.url()));
        CompletableFuture<Integer> waiting = enqueue(call("held"));
        server.awaitRequest();
        try (Response unread = call("stream").execute()) {
            assertThat(get(hurried.shutdown()).isComplete()).isTrue();
            assertThat(unread.code()).isEqualTo(200);
        }
        assertThatThrownBy(() -> get(waiting)).isInstanceOf(ExecutionException.class);
        requireLedger(2, 0, 0, 2);
    }

    @Test
    void anAnswerToACallThatHasJustBeenCancelledIsACancellation() throws Exception {
        HeldReads held = new HeldReads();
        held.holdAnswer();
        WorkRegistry other = registerWith(held);
        CompletableFuture<Integer> answer = enqueue(call("a"));
        held.awaitHeld();
        assertThat(tracked.metrics().activeWork()).singleElement().satisfies(Work::requestCancel);
        held.release();
        assertThatThrownBy(() -> get(answer)).hasCauseInstanceOf(IOException.class);
        requireLedger(1, 0, 0, 1);
        assertThat(get(other.shutdown()).isComplete()).isTrue();
    }

    @Test
    void closingUnderLoadLosesNothing() throws Exception {
        List<CompletableFuture<Integer>> calls = new java.util.ArrayList<>();
        for (int i = 0; i < 5; i++) {
            calls.add(enqueue(call("held")));
            server.awaitRequest();
        }
        CompletableFuture<Void> closing = CompletableFuture.runAsync(tracked::close);
        await(() -> tracked.metrics().isClosed());
        assertThatThrownBy(() -> call("a").execute()).isInstanceOf(RequestRejectedException.class);
        server.release();
        for (CompletableFuture<Integer> call : calls) {
            assertThat(get(call)).isEqualTo(200);
        }
        get(closing);
        tracked.close();
        assertThat(registry.snapshots()).isEmpty();
        requireLedger(5, 5, 0, 0);
    }

    @Test
    void aWatchIsAWatcherUntilItIsClosed() throws Exception {
        try (Watch<V1ConfigMap> watch = watch("")) {
            assertThat(watch.hasNext()).isTrue();
            assertThat(watch.next().object.getMetadata().getName()).isEqualTo("a");
            assertThat(snapshot().watchers()).isEqualTo(1);
            assertThat(tracked.metrics().activeWork())
                    .singleElement()
                    .returns("watch /api/v1/namespaces/test/configmaps", Work::description);
        }
        requireLedger(0, 0, 0, 0);
    }

    @Test
    void aWatchAtShutdownEndsAsIfTheServerHadEndedIt() throws Exception {
        HeldReads held = new HeldReads();
        WorkRegistry other = registerWith(held);
        try (Watch<V1ConfigMap> watch = watch("")) {
            assertThat(watch.next().type).isEqualTo("ADDED");
            held.holdNext();
            CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(watch::hasNext);
            held.awaitReading();
            ShutdownReport report = get(other.shutdown());
            assertThat(report.isComplete()).isTrue();
            assertThat(report.components().get(0).drainTime()).isLessThan(LONG_GRACE);
            assertThat(get(waiting)).isFalse();
        }
        requireLedger(0, 0, 0, 0);
    }

    @Test
    void aWatchIsNotCutInTheMiddleOfAnEvent() throws Exception {
        try (Watch<V1ConfigMap> watch = watch("half")) {
            assertThat(watch.next().type).isEqualTo("ADDED");
            server.awaitRequest();
            assertThat(watch.hasNext()).isTrue();
            CompletableFuture<ShutdownReport> shutdown = registry.shutdown();
            await(() -> tracked.metrics().isClosed());
            server.release();
            assertThat(watch.next().object.getMetadata().getName()).isEqualTo("a");
            assertThat(watch.hasNext()).isFalse();
            assertThat(get(shutdown).isComplete()).isTrue();
        }
        requireLedger(0, 0, 0, 0);
    }

    @Test
    void aWatchIsNotCutByTheBeginOfAnEventThatComesWithTheDrain() throws Exception {
        HeldReads held = new HeldReads();
        WorkRegistry other = registerWith(held);
        try (Watch<V1ConfigMap> watch = watch("late")) {
            assertThat(watch.next().type).isEqualTo("ADDED");
            assertThat(hasNextWithTheDrain(watch, held, other)).isFalse();
            assertThat(get(other.shutdown()).isComplete()).isTrue();
        }
        requireLedger(0, 0, 0, 0);
    }

    @Test
    void aWholeEventThatComesWithTheDrainIsDelivered() throws Exception {
        HeldReads held = new HeldReads();
        WorkRegistry other = registerWith(held);
        try (Watch<V1ConfigMap> watch = watch("more")) {
            assertThat(watch.next().type).isEqualTo("ADDED");
            assertThat(hasNextWithTheDrain(watch, held, other)).isTrue();
            assertThat(watch.next().object.getMetadata().getName()).isEqualTo("a");
            assertThat(watch.hasNext()).isFalse();
            assertThat(get(other.shutdown()).isComplete()).isTrue();
        }
        requireLedger(0, 0, 0, 0);
    }

    @Test
    void aWatchWithABacklogEndsBetweenTwoEventsToo() throws Exception {
        HeldReads held = new HeldReads();
        WorkRegistry other = registerWith(held);
        try (Watch<V1ConfigMap> watch = watch("backlog")) {
            assertThat(watch.next().type).isEqualTo("ADDED");
            server.awaitRequest();
            assertThat(watch.hasNext()).isTrue();
            held.holdNext();
            server.release();
            CompletableFuture<String> next = CompletableFuture.supplyAsync(() -> watch.next().type);
            held.awaitHeld();
            CountDownLatch draining = new CountDownLatch(1);
            tracked.metrics().activeWork().get(0).onDrain(draining::countDown);
            CompletableFuture<ShutdownReport> shutdown = other.shutdown();
            HeldServer.await(draining);
            held.release();
            assertThat(get(next)).isEqualTo("ADDED");
            // The other one that came whole in the piece in which that one ended.
            assertThat(watch.next().object.getMetadata().getName()).isEqualTo("a");
            assertThat(watch.hasNext()).isFalse();
            assertThat(get(shutdown).isComplete()).isTrue();
            assertThat(get(shutdown).components().get(0).drainTime()).isLessThan(LONG_GRACE);
        }
        requireLedger(0, 0, 0, 0);
    }

    @Test
    void aWatchThatNobodyReadsIsCancelledAfterItsGrace() throws Exception {
        WorkRegistry impatient = registry(SHORT_GRACE, SOFT_TIMEOUT);
        tracked = TrackedApiClient.register(impatient, "api", newClient(server.url()));
        try (Watch<V1ConfigMap> watch = watch("")) {
            ShutdownReport report = get(impatient.shutdown());
            assertThat(report.isComplete()).isTrue();
            assertThat(report.components().get(0).drainTime()).isBetween(SHORT_GRACE.dividedBy(2), LONG_GRACE);
        }
        requireLedger(0, 0, 0, 0);
    }

    @Test
    void aFollowedLogIsAWatcher() throws Exception {
        try (Response response = call("stream?follow=1").execute()) {
            assertThat(response.code()).isEqualTo(200);
            assertThat(snapshot().watchers()).isEqualTo(1);
        }
        try (Response response = call("stream?follow=false").execute()) {
            assertThat(response.code()).isEqualTo(200);
            assertThat(snapshot().watchers()).isZero();
        }
        requireLedger(1, 1, 0, 0);
    }

    @Test
    void aWatchThatIsNotAdmittedIsRefused() throws Exception {
        assertThat(get(registry.shutdown()).isComplete()).isTrue();
        assertThatThrownBy(() -> watch(""))
                .isInstanceOf(ApiException.class)
                .cause()
                .isInstanceOf(RequestRejectedException.class)
                .hasMessageEndingWith(": watch /api/v1/namespaces/test/configmaps");
    }

    @Test
    void aWebSocketIsWorkUntilItIsOpen() throws Exception {
        KubernetesMockServer cluster = new KubernetesMockServer(false);
        cluster.expect()
                .get()
                .withPath("/exec")
                .andUpgradeToWebSocket()
                .open("hello")
                .done()
                .once();
        cluster.init();
        try {
            CompletableFuture<String> message = new CompletableFuture<>();
            WebSocket unused = http().newWebSocket(
                            new Request.Builder().url(cluster.url("/exec")).build(), new WebSocketListener() {
                                @Override
                                public void onMessage(WebSocket from, String text) {
                                    message.complete(text);
                                }

                                @Override
                                public void onMessage(WebSocket from, okio.ByteString bytes) {
                                    message.complete(bytes.utf8());
                                }

                                @Override
                                public void onClosing(WebSocket from, int code, String reason) {
                                    from.close(code, reason);
                                }

                                @Override
                                public void onFailure(WebSocket from, Throwable error, Response response) {
                                    message.completeExceptionally(error);
                                }
                            });
            assertThat(get(message)).isEqualTo("hello");
        } finally {
            cluster.destroy();
        }
        requireLedger(1, 1, 0, 0);
    }

    @Test
    void theCacheIsClosedToo() throws Exception {
        Cache cache = new Cache(Files.createTempDirectory("cache").toFile(), 1 << 20);
        ApiClient client = newClient(server.url());
        client.setHttpClient(client.getHttpClient().newBuilder().cache(cache).build());
        try (TrackedApiClient cached =
                TrackedApiClient.register(registry, "cached", client, ComponentOptions.defaults())) {
            assertThat(cached)
                    .hasToString("tracked " + client.getBasePath() + " ("
                            + cached.metrics().snapshot() + ")");
            cache.initialize();
        }
        assertThat(cache.isClosed()).isTrue();
    }

    @Test
    void whatDoesNotEndInTimeIsLeftOpenAndNamed() {
        WorkRegistry hurried = hurried();
        TrackedApiClient stuck = TrackedApiClient.register(hurried, "stuck", newClient(server.url()));
        Work work = stuck.metrics().startWork("stuck call");
        assertThatThrownBy(stuck::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("left open: 1 calls and watches did not end in time")
                .hasMessageContaining("stuck call");
        work.succeed();
        stuck.close();
    }

    @Test
    void aFailureToCloseIsThrown() {
        WorkRegistry hurried = hurried();
        ApiClient broken = newClient(server.url());
        TrackedApiClient tracking = TrackedApiClient.register(hurried, "broken", broken);
        broken.setHttpClient(new OkHttpClient.Builder()
                .dispatcher(new okhttp3.Dispatcher(new java.util.concurrent.ForkJoinPool() {
                    @Override
                    public void shutdown() {
                        throw new IllegalStateException("cannot");
                    }
                }))
                .build());
        assertThatThrownBy(tracking::close)
                .hasMessage("the client of \"broken\" is drained, but closing it failed")
                .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("cannot"));
    }

    @Test
    void anInterruptedCloseLeavesItOpen() {
        Work work = tracked.metrics().startWork("running");
        Thread.currentThread().interrupt();
        assertThatThrownBy(tracked::close)
                .isInstanceOf(IllegalStateException.class)
                .hasCauseInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isTrue();
        work.succeed();
    }

    /** Registers a client whose reads are held, instead of the one that is there. */
    private WorkRegistry registerWith(HeldReads held) {
        WorkRegistry other = registry(LONG_GRACE, SOFT_TIMEOUT);
        ApiClient client = newClient(server.url());
        client.setHttpClient(
                client.getHttpClient().newBuilder().addInterceptor(held).build());
        tracked = TrackedApiClient.register(other, "api", client);
        return other;
    }

    /** Looks for a next event, of which the first bytes have been read, but not delivered, when the drain ends the watch. */
    private boolean hasNextWithTheDrain(Watch<V1ConfigMap> watch, HeldReads held, WorkRegistry other) throws Exception {
        held.holdNext();
        server.release();
        CompletableFuture<Boolean> next = CompletableFuture.supplyAsync(watch::hasNext);
        held.awaitHeld();
        var unused = other.shutdown();
        held.awaitCancelled();
        held.release();
        return get(next);
    }

    private static WorkRegistry hurried() {
        return registry(SHORT_GRACE, Duration.ofSeconds(1));
    }

    private static WorkRegistry registry(Duration watchGrace, Duration softTimeout) {
        return WorkRegistry.create(ShutdownConfig.builder()
                .gracefulTimeout(softTimeout.plusSeconds(2))
                .softTimeout(softTimeout)
                .watchGrace(watchGrace)
                .build());
    }

    static ApiClient newClient(String url) {
        ApiClient client = new ApiClient();
        client.setBasePath(url.substring(0, url.length() - 1));
        client.setReadTimeout(0);
        return client;
    }

    private OkHttpClient http() {
        return tracked.apiClient().getHttpClient();
    }

    private Call call(String path) {
        return http().newCall(new Request.Builder().url(server.url() + path).build());
    }

    private Watch<V1ConfigMap> watch(String selector) throws ApiException {
        Type type = new com.google.gson.reflect.TypeToken<Watch.Response<V1ConfigMap>>() {}.getType();
        return Watch.createWatch(
                tracked.apiClient(),
                new CoreV1Api(tracked.apiClient())
                        .listNamespacedConfigMap("test")
                        .labelSelector(selector)
                        .watch(true)
                        .buildCall(null),
                type);
    }

    private static CompletableFuture<Integer> enqueue(Call call) {
        CompletableFuture<Integer> code = new CompletableFuture<>();
        call.enqueue(new Callback() {
            @Override
            public void onFailure(Call failed, IOException e) {
                code.completeExceptionally(e);
            }

            @Override
            public void onResponse(Call answered, Response response) {
                response.close();
                code.complete(response.code());
            }
        });
        return code;
    }

    private WorkSnapshot snapshot() {
        return tracked.metrics().snapshot();
    }

    private void requireLedger(long started, long operations, long errors, long cancelled) {
        await(() -> snapshot().inFlight() == 0 && snapshot().watchers() == 0);
        WorkSnapshot now = snapshot();
        assertThat(now.totalStarted()).as("started").isEqualTo(started);
        assertThat(now.operations()).as("operations").isEqualTo(operations);
        assertThat(now.errors()).as("errors").isEqualTo(errors);
        assertThat(now.cancelled()).as("cancelled").isEqualTo(cancelled);
        assertThat(now.repeatedEnds()).as("repeated ends").isZero();
    }

    /** For what another thread does and nobody is told about. */
    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("never came to hold");
            }
            Thread.yield();
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
