package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.WorkRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HealthServerTest {
    private static final String BROWSER =
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

    private static final Duration PATIENCE = Duration.ofSeconds(Registries.PATIENCE_SECONDS);

    private final HttpClient client = HttpClient.newHttpClient();
    private final WorkRegistry registry = Registries.patient();
    private HealthServer server;

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void listensOnTheLoopbackAddressUnlessToldOtherwise() throws Exception {
        start(HealthServer.builder(registry));
        assertThat(server.address().getAddress().isLoopbackAddress()).isTrue();
        try (HealthServer other = HealthServer.builder(registry)
                .address(InetAddress.getByName("0.0.0.0"))
                .start()) {
            assertThat(other.address().getAddress().isAnyLocalAddress()).isTrue();
        }
    }

    @Test
    void aThreadThatKeepsTheProcessMayStartItWithoutAnotherOne() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        CompletableFuture<HealthServer> started = new CompletableFuture<>();
        Thread starter = new Thread(() -> {
            try {
                started.complete(HealthServer.builder(registry).start());
            } catch (IOException e) {
                started.completeExceptionally(e);
            }
        });
        starter.setDaemon(false);
        starter.start();
        server = started.get(Registries.PATIENCE_SECONDS, TimeUnit.SECONDS);
        starter.join();
        Set<Thread> own = new HashSet<>(Thread.getAllStackTraces().keySet());
        own.removeAll(before);
        assertThat(own)
                .anyMatch(thread -> thread.getName().startsWith("HTTP-Dispatcher"))
                .allMatch(Thread::isDaemon);
    }

    @Test
    void readinessTurnsRedWithTheRequestAndLivenessStays() throws Exception {
        WorkMetrics jobs = registry.component("jobs");
        start(HealthServer.builder(registry));
        Work work = jobs.startWork("import");
        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").body()).isEqualTo("ready\n");
        var report = registry.shutdown();
        Eventually.holds(() -> get("/readyz").body().equals("not ready: DRAINING\n"));
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        assertThat(get("/livez").statusCode()).isEqualTo(200);
        work.succeed();
        Registries.get(report);
        assertThat(get("/readyz").body()).isEqualTo("not ready: TERMINATED\n");
    }

    @Test
    void metricsAreWhatTheProgramSupplies() throws Exception {
        registry.component("jobs").run("work", () -> {});
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        WorkMeters.of(registry).bindTo(prometheus);
        start(HealthServer.builder(registry).metrics("text/plain; version=0.0.4; charset=utf-8", prometheus::scrape));
        HttpResponse<String> response = get("/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(Scrape.of(response.body()).value("k1s_work_operations_total[component=jobs]"))
                .isEqualTo(1);
    }

    @Test
    void withoutASupplierThereAreNoMetrics() throws Exception {
        start(HealthServer.builder(registry));
        assertThat(get("/metrics").statusCode()).isEqualTo(404);
    }

    @Test
    void scrapeThatFailsIsAnErrorAndTheEndpointGoesOn() throws Exception {
        start(HealthServer.builder(registry).metrics("text/plain", () -> {
            throw new IllegalStateException("secret detail");
        }));
        HttpResponse<String> response = get("/metrics");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).doesNotContain("secret");
        assertThat(get("/livez").statusCode()).isEqualTo(200);
    }

    @Test
    void scrapesThatBlockKeepNoProbeWaitingAndMoreOfThemAreRefused() throws Exception {
        CountDownLatch blocked = new CountDownLatch(4);
        CountDownLatch goOn = new CountDownLatch(1);
        start(HealthServer.builder(registry).metrics("text/plain", () -> {
            blocked.countDown();
            await(goOn);
            return "scraped";
        }));
        List<CompletableFuture<HttpResponse<String>>> scrapes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            scrapes.add(client.sendAsync(request("/metrics").build(), HttpResponse.BodyHandlers.ofString()));
        }
        await(blocked);
        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
        for (String path : new String[] {"/metrics", "/work"}) {
            HttpResponse<String> refused = get(path);
            assertThat(refused.statusCode()).as(path).isEqualTo(503);
            assertThat(refused.body()).startsWith("busy: 4 requests of /metrics and /work are being answered");
        }
        goOn.countDown();
        for (CompletableFuture<HttpResponse<String>> scrape : scrapes) {
            assertThat(Registries.get(scrape).body()).isEqualTo("scraped");
        }
        Eventually.holds(() -> get("/metrics").statusCode() == 200);
    }

    @Test
    void clientsThatSendHalfARequestKeepNoProbeWaiting() throws Exception {
        start(HealthServer.builder(registry));
        List<Socket> halves = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                Socket half = new Socket(
                        server.address().getAddress(), server.address().getPort());
                halves.add(half);
                half.getOutputStream().write("GET /livez".getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(get("/livez").statusCode()).isEqualTo(200);
        } finally {
            for (Socket half : halves) {
                half.close();
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(Registries.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void workIsJsonForPrograms() throws Exception {
        WorkMetrics jobs = registry.component("jobs");
        registry.component("idle");
        start(HealthServer.builder(registry).latencies(Latencies.of(registry)::latency));
        WorkMetersTest.someOfEverything(jobs);
        HttpResponse<String> response = get("/work", "*/*");
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        JsonNode json = new ObjectMapper().readTree(response.body());
        assertThat(json.path("schema").asText()).isEqualTo("k1s.io/work/1");
        assertThat(json.path("state").asText()).isEqualTo("RUNNING");
        assertThat(json.path("ready").asBoolean()).isTrue();
        assertThat(json.path("timeLeftMillis").asDouble()).isEqualTo(600_000);
        JsonNode component = json.path("components").path(0);
        assertThat(component.path("name").asText()).isEqualTo("jobs");
        assertThat(component.path("ledger").path("totalStarted").asLong()).isEqualTo(7);
        assertThat(component.path("ledger").path("inFlight").asLong()).isEqualTo(1);
        assertThat(component.path("latency").path("samples").asLong()).isEqualTo(6);
        assertThat(json.path("components").path(1).has("latency")).isFalse();
        assertThat(json.path("active").asInt()).isEqualTo(2);
        JsonNode oldest = json.path("oldest").path(0);
        assertThat(oldest.path("component").asText()).isEqualTo("jobs");
        assertThat(oldest.path("work").asText()).isEqualTo("stays");
        assertThat(oldest.path("watch").asBoolean()).isFalse();
        assertThat(oldest.path("ageMillis").asDouble()).isPositive();
        assertThat(oldest.path("thread").asText())
                .isEqualTo(Thread.currentThread().getName());
    }

    @Test
    void workIsAPageForBrowsers() throws Exception {
        WorkMetrics jobs = registry.component("jobs");
        registry.component("idle");
        start(HealthServer.builder(registry)
                .latencies(name -> name.equals("jobs")
                        ? Optional.of(new Latency(
                                Duration.ofNanos(750),
                                Duration.ofNanos(12_500),
                                Duration.ofMillis(3),
                                Duration.ofSeconds(90),
                                5))
                        : Optional.empty()));
        jobs.startWork("import <b>&\"laptops\"'");
        jobs.startWatch("prices");
        HttpResponse<String> response = get("/work", BROWSER);
        assertThat(response.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
        assertThat(response.headers().firstValue("Vary")).contains("Accept");
        assertThat(response.body())
                .contains("<strong>ready</strong>")
                .contains("<td>750 ns</td><td>12.5 &micro;s</td><td>3.00 ms</td><td>90.0 s</td><td>5</td>")
                .contains("<td>-</td>".repeat(5))
                .contains("import &lt;b&gt;&amp;&quot;laptops&quot;&#39;")
                .contains("watch: prices")
                .doesNotContain("<b>", "<script");
    }

    @Test
    void namesOfThreadsAreShownWithoutEscapesAndSecrets() throws Exception {
        WorkMetrics jobs = registry.component("jobs");
        start(HealthServer.builder(registry));
        Registries.onThread(Registries.THREAD_NAME, () -> jobs.startWork("import"));
        JsonNode json = new ObjectMapper().readTree(get("/work").body());
        assertThat(json.path("oldest").path(0).path("thread").asText()).isEqualTo(Registries.SHOWN_NAME);
        assertThat(get("/work", BROWSER).body()).contains(Registries.SHOWN_NAME);
    }

    @Test
    void whoeverNamesJsonFirstGetsIt() throws Exception {
        start(HealthServer.builder(registry));
        assertThat(type("application/json")).contains("application/json");
        assertThat(type("application/json, text/html")).contains("application/json");
        assertThat(type("text/html, application/json;q=0.5")).contains("text/html; charset=utf-8");
    }

    @Test
    void ofManyWorksTheOldestAreShown() throws Exception {
        WorkMetrics jobs = registry.component("jobs");
        start(HealthServer.builder(registry));
        for (int i = 0; i < WorkView.MOST_SHOWN + 5; i++) {
            jobs.startWork("work " + i);
        }
        JsonNode json = new ObjectMapper().readTree(get("/work").body());
        assertThat(json.path("active").asInt()).isEqualTo(WorkView.MOST_SHOWN + 5);
        assertThat(json.path("oldest")).hasSize(WorkView.MOST_SHOWN);
        assertThat(json.path("oldest").path(0).path("work").asText()).isEqualTo("work 0");
        assertThat(get("/work", BROWSER).body()).contains("Named work in flight: 105, the oldest 100 of them");
    }

    @Test
    void otherPathsAreNotFound() throws Exception {
        start(HealthServer.builder(registry));
        for (String path : new String[] {"/", "/livezz", "/work/", "/%2e%2e/etc/passwd"}) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    void otherMethodsAreRefused() throws Exception {
        start(HealthServer.builder(registry));
        for (String method : new String[] {"POST", "PUT", "DELETE", "OPTIONS"}) {
            HttpResponse<String> response = client.send(
                    request("/work")
                            .method(method, HttpRequest.BodyPublishers.ofString("x"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(method).isEqualTo(405);
            assertThat(response.headers().firstValue("Allow")).contains("GET, HEAD");
        }
    }

    @Test
    void headHasTheHeadersAlone() throws Exception {
        start(HealthServer.builder(registry));
        HttpResponse<String> response = client.send(
                request("/readyz")
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Length")).contains("6");
        assertThat(response.body()).isEmpty();
    }

    @Test
    void answersCannotBeKeptNorRunAnything() throws Exception {
        start(HealthServer.builder(registry));
        HttpResponse<String> response = get("/work", BROWSER);
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(response.headers().firstValue("Content-Security-Policy"))
                .contains("default-src 'none'; style-src 'unsafe-inline'");
    }

    @Test
    void portInUseIsNamed() throws Exception {
        start(HealthServer.builder(registry));
        int port = server.address().getPort();
        assertThatThrownBy(() -> HealthServer.builder(registry).port(port).start())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot listen on")
                .hasMessageContaining(":" + port);
    }

    @Test
    void portOutOfRangeIsRefused() {
        assertThatThrownBy(() -> HealthServer.builder(registry).port(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the port of the health endpoint is -1; allowed is 0 to 65535");
        assertThatThrownBy(() -> HealthServer.builder(registry).port(65_536))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void closeFreesThePort() throws Exception {
        start(HealthServer.builder(registry));
        int port = server.address().getPort();
        server.close();
        server.close();
        start(HealthServer.builder(registry).port(port));
        assertThat(get("/livez").body()).isEqualTo("alive\n");
    }

    private void start(HealthServer.Builder builder) throws IOException {
        server = builder.start();
    }

    private Optional<String> type(String accept) throws Exception {
        return get("/work", accept).headers().firstValue("Content-Type");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String accept) throws Exception {
        return client.send(request(path).header("Accept", accept).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://" + server.address().getAddress().getHostAddress() + ":"
                        + server.address().getPort() + path));
    }
}
