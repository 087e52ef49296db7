package io.k1s.observe;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.k1s.registry.WorkRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP endpoint of a registry: {@code /livez}, {@code /readyz}, {@code /metrics}, {@code /work}.
 *
 * <p>There is none unless a program starts it, and it listens on the loopback address unless told otherwise: it has no
 * authentication, and {@code /work} shows what the process does. It answers until the process ends, also during a
 * shutdown, on daemon threads of its own.
 *
 * <ul>
 *   <li>{@code /livez}: 200 as long as the process answers.
 *   <li>{@code /readyz}: 200 until a shutdown is requested, then 503 with the state. The same as {@link
 *       WorkRegistry#isReady()}.
 *   <li>{@code /metrics}: what {@link Builder#metrics} supplies, else 404.
 *   <li>{@code /work}: components, counters, latencies and the oldest named works: a page where {@code Accept} asks for HTML,
 *       else JSON, which needs {@code com.fasterxml.jackson.core:jackson-databind} (501 without).
 * </ul>
 *
 * <p>At most four requests of {@code /metrics} and {@code /work} are answered at once, and more get 503: one that blocks, or is
 * read slowly, keeps no probe waiting.
 *
 * <p>GET and HEAD alone are answered. Needs the module {@code jdk.httpserver}.
 */
public final class HealthServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HealthServer.class);
    /** How many requests that may take long are answered at once. */
    private static final int MOST_LONG = 4;
    /** The others are for the probes, and for clients that send half a request: the server reads on these threads. */
    private static final int THREADS = 16;

    private static final String TEXT = "text/plain; charset=utf-8";

    private final WorkRegistry registry;
    private final Function<String, Optional<Latency>> latencies;
    private final String metricsType;
    private final @Nullable Supplier<String> metrics;
    private final HttpServer server;
    private final ExecutorService threads;
    private final Semaphore longOnes = new Semaphore(MOST_LONG);

    private HealthServer(Builder builder) throws IOException {
        this.registry = builder.registry;
        this.latencies = builder.latencies;
        this.metricsType = builder.metricsType;
        this.metrics = builder.metrics;
        this.server = listen(new InetSocketAddress(builder.address, builder.port));
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(THREADS, code -> {
            Thread thread = new Thread(code, "k1s-health-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    /**
     * Returns a builder of an endpoint on the loopback address, on a free port.
     *
     * @param registry what it shows
     * @return the builder
     */
    public static Builder builder(WorkRegistry registry) {
        return new Builder(Objects.requireNonNull(registry, "registry"));
    }

    private static HttpServer listen(InetSocketAddress address) throws IOException {
        try {
            return HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new IOException("the health endpoint cannot listen on " + address + ": " + e.getMessage(), e);
        }
    }

    /**
     * Returns where it listens.
     *
     * @return the address with the real port
     */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Stops listening. Idempotent. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (method.equals("GET") || method.equals("HEAD")) {
                respond(exchange);
            } else {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, new Answer(405, TEXT, "GET and HEAD alone are answered\n"));
            }
        }
    }

    /** A permit is held until the answer is written: whoever reads it can be slow too. */
    private void respond(HttpExchange exchange) throws IOException {
        if (!mayTakeLong(exchange)) {
            send(exchange, answer(exchange));
        } else if (longOnes.tryAcquire()) {
            try {
                send(exchange, answer(exchange));
            } finally {
                longOnes.release();
            }
        } else {
            send(
                    exchange,
                    new Answer(
                            503,
                            TEXT,
                            "busy: " + MOST_LONG
                                    + " requests of /metrics and /work are being answered; more are not\n"));
        }
    }

    private static boolean mayTakeLong(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return "/metrics".equals(path) || "/work".equals(path);
    }

    private record Answer(int code, String type, String body) {}

    private Answer answer(HttpExchange exchange) {
        try {
            return switch (exchange.getRequestURI().getPath()) {
                case "/livez" -> new Answer(200, TEXT, "alive\n");
                case "/readyz" ->
                    registry.isReady()
                            ? new Answer(200, TEXT, "ready\n")
                            : new Answer(503, TEXT, "not ready: " + registry.state() + "\n");
                case "/metrics" ->
                    metrics == null
                            ? new Answer(404, TEXT, "no metrics were given to this endpoint\n")
                            : new Answer(200, metricsType, metrics.get());
                case "/work" -> work(exchange);
                default -> new Answer(404, TEXT, "there are /livez, /readyz, /metrics and /work\n");
            };
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("path", exchange.getRequestURI().getPath())
                    .setCause(e)
                    .log("request failed");
            return new Answer(500, TEXT, "failed, see the log\n");
        }
    }

    private Answer work(HttpExchange exchange) {
        exchange.getResponseHeaders().set("Vary", "Accept");
        WorkView view = WorkView.of(registry, latencies);
        if (wantsPage(exchange.getRequestHeaders())) {
            return new Answer(200, "text/html; charset=utf-8", WorkPage.render(view));
        }
        try {
            return new Answer(200, "application/json", WorkJson.render(view));
        } catch (NoClassDefFoundError e) {
            return new Answer(501, TEXT, "JSON needs jackson-databind on the class path; ask for text/html\n");
        }
    }

    /** Browsers name HTML first; programs name JSON, anything, or nothing. */
    private static boolean wantsPage(Headers headers) {
        String accepted = String.join(",", headers.getOrDefault("Accept", java.util.List.of()));
        int html = accepted.indexOf("text/html");
        int json = accepted.indexOf("application/json");
        return html >= 0 && (json < 0 || html < json);
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", answer.type);
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        if (exchange.getRequestMethod().equals("HEAD")) {
            headers.set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(answer.code, -1);
        } else {
            exchange.sendResponseHeaders(answer.code, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Sets up a {@link HealthServer}. Not thread-safe. */
    public static final class Builder {
        private final WorkRegistry registry;
        private InetAddress address = InetAddress.getLoopbackAddress();
        private int port;
        private Function<String, Optional<Latency>> latencies = name -> Optional.empty();
        private String metricsType = TEXT;
        private @Nullable Supplier<String> metrics;

        private Builder(WorkRegistry registry) {
            this.registry = registry;
        }

        /**
         * Chooses the address. The default is the loopback address, which other machines, and probes of an orchestrator, do
         * not reach.
         *
         * @param listenOn an address of this machine, or the wildcard
         * @return this
         */
        public Builder address(InetAddress listenOn) {
            this.address = Objects.requireNonNull(listenOn, "address");
            return this;
        }

        /**
         * Chooses the port.
         *
         * @param number 1 to 65,535, or 0, the default, for a free one
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder port(int number) {
            if (number < 0 || number > 65_535) {
                throw new IllegalArgumentException(
                        "the port of the health endpoint is " + number + "; allowed is 0 to 65535");
            }
            this.port = number;
            return this;
        }

        /**
         * Chooses what {@code /metrics} answers, for example {@code prometheusRegistry::scrape} as {@code text/plain;
         * version=0.0.4; charset=utf-8}.
         *
         * @param contentType the type of the text
         * @param scrape makes the text; called by up to four threads at once
         * @return this
         */
        public Builder metrics(String contentType, Supplier<String> scrape) {
            this.metricsType = Objects.requireNonNull(contentType, "contentType");
            this.metrics = Objects.requireNonNull(scrape, "scrape");
            return this;
        }

        /**
         * Adds latencies to {@code /work}.
         *
         * @param source finds the latency of a component by its name, as {@code latencies::latency} of {@link Latencies} does
         * @return this
         */
        public Builder latencies(Function<String, Optional<Latency>> source) {
            this.latencies = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Starts to listen.
         *
         * @return the endpoint
         * @throws IOException if the port is in use, or the address is not of this machine
         */
        public HealthServer start() throws IOException {
            HealthServer server = new HealthServer(this);
            // From there, since its own thread is a daemon only if the one that starts it is.
            CompletableFuture.runAsync(server.server::start, server.threads).join();
            return server;
        }
    }
}
