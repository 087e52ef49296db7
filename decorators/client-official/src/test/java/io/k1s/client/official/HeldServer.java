package io.k1s.client.official;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP server whose answers the test holds back, and cuts into pieces. */
final class HeldServer implements AutoCloseable {
    static final String CONFIG_MAP =
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"test\"}}";
    private static final int CHUNK = 64 * 1024;
    private static final int HALF = 20;

    /** One per request that has come. */
    final BlockingQueue<String> arrived = new LinkedBlockingQueue<>();

    final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch streamEnd = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private volatile boolean broken;

    HeldServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, 200, CONFIG_MAP));
        server.createContext("/held", this::held);
        server.createContext("/status/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            answer(exchange, Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)), "{}");
        });
        server.createContext("/stream", this::stream);
        server.createContext("/api/v1/namespaces/test/configmaps", this::watch);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    void awaitRequest() throws InterruptedException {
        if (arrived.poll(OfficialClientTest.PATIENCE_SECONDS, TimeUnit.SECONDS) == null) {
            throw new AssertionError("no request came");
        }
    }

    /** Lets all that is held back be answered. */
    void release() {
        released.countDown();
    }

    /** Ends all streams. */
    void endStreams() {
        streamEnd.countDown();
    }

    /** Drops the connections of all streams. */
    void breakStreams() {
        broken = true;
        streamEnd.countDown();
    }

    private void held(HttpExchange exchange) throws IOException {
        arrived.add(exchange.getRequestURI().toString());
        await(released);
        answer(exchange, 200, CONFIG_MAP);
    }

    /** A first piece at once, the end when the test says so. */
    private void stream(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        OutputStream body = exchange.getResponseBody();
        body.write("first\n".getBytes(StandardCharsets.UTF_8));
        body.flush();
        arrived.add(exchange.getRequestURI().toString());
        await(streamEnd);
        if (broken) {
            // The server then drops the connection.
            throw new IOException("broken");
        }
        body.write(new byte[CHUNK]);
        body.close();
    }

    /**
     * An event; to "half" half of the next one, and the rest of it when the test says so; to "late" half of the next one when
     * the test says so, and no more; to "more" a whole event before that half, in one piece; to "backlog" half of the next one,
     * and when the test says so a little more of it, then pieces without an end, inside each of which two events end. A list to
     * who does not watch.
     */
    private void watch(HttpExchange exchange) throws IOException {
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        if (!query.contains("watch=true")) {
            answer(exchange, 200, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMapList\",\"items\":[]}");
            return;
        }
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            String event = "{\"type\":\"ADDED\",\"object\":" + CONFIG_MAP + "}\n";
            body.write(event.getBytes(StandardCharsets.UTF_8));
            body.flush();
            if (query.contains("half")) {
                body.write(event.substring(0, HALF).getBytes(StandardCharsets.UTF_8));
                body.flush();
                arrived.add(query);
                await(released);
                body.write(event.substring(HALF).getBytes(StandardCharsets.UTF_8));
                body.flush();
            }
            if (query.contains("backlog")) {
                body.write(event.substring(0, HALF).getBytes(StandardCharsets.UTF_8));
                body.flush();
                arrived.add(query);
                await(released);
                int more = 2 * HALF;
                body.write(event.substring(HALF, more).getBytes(StandardCharsets.UTF_8));
                body.flush();
                byte[] piece =
                        (event.substring(more) + event + event.substring(0, more)).getBytes(StandardCharsets.UTF_8);
                while (streamEnd.getCount() > 0) {
                    // Fails once the client has gone.
                    body.write(piece);
                    body.flush();
                }
            }
            if (query.contains("late") || query.contains("more")) {
                await(released);
                String whole = query.contains("more") ? event : "";
                body.write((whole + event.substring(0, HALF)).getBytes(StandardCharsets.UTF_8));
                body.flush();
            }
            arrived.add(query);
            await(streamEnd);
        }
    }

    private void answer(HttpExchange exchange, int code, String text) throws IOException {
        requests.incrementAndGet();
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(OfficialClientTest.PATIENCE_SECONDS * 3, TimeUnit.SECONDS)) {
                throw new IOException("not released");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        release();
        endStreams();
        server.stop(0);
        threads.shutdownNow();
    }
}
