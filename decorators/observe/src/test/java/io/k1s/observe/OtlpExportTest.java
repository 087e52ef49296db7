package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.WorkRegistry;
import io.micrometer.core.instrument.Clock;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A collector that is an HTTP server in this test receives what a real exporter sends. */
@Timeout(120)
class OtlpExportTest {
    @Test
    void countersArriveAtACollector() throws Exception {
        LinkedBlockingQueue<Received> received = new LinkedBlockingQueue<>();
        HttpServer collector = collector(received);
        try {
            WorkRegistry registry = Registries.patient();
            WorkMetrics jobs = registry.component("jobs");
            OtlpMeterRegistry otlp = new OtlpMeterRegistry(config(collector), Clock.SYSTEM);
            WorkMeters.of(registry)
                    .withLatencies(Latencies.of(registry)::latency)
                    .bindTo(otlp);
            WorkMetersTest.someOfEverything(jobs);
            // Exports once more as it closes.
            otlp.close();
            Received request = received.poll(Registries.PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(request).as("an export").isNotNull();
            assertThat(request.path()).isEqualTo("/v1/metrics");
            Map<String, Double> values = values(request.body());
            assertThat(values)
                    .containsEntry("k1s.work.started{component=jobs}", 7.0)
                    .containsEntry("k1s.work.operations{component=jobs}", 3.0)
                    .containsEntry("k1s.work.errors{component=jobs}", 2.0)
                    .containsEntry("k1s.work.cancelled{component=jobs}", 1.0)
                    .containsEntry("k1s.work.rejected{component=jobs}", 1.0)
                    .containsEntry("k1s.work.inflight{component=jobs}", 1.0)
                    .containsEntry("k1s.work.inflight.peak{component=jobs}", 2.0)
                    .containsEntry("k1s.work.watchers{component=jobs}", 1.0)
                    .containsEntry("k1s.work.latency.samples{component=jobs}", 6.0)
                    .containsEntry("k1s.ready{}", 1.0);
            assertThat(values.get("k1s.work.latency.max{component=jobs}")).isPositive();
            assertThat(values).containsKey("k1s.work.latency{component=jobs,quantile=0.99}");
        } finally {
            collector.stop(0);
        }
    }

    private record Received(String path, ExportMetricsServiceRequest body) {}

    private static HttpServer collector(LinkedBlockingQueue<Received> received) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                byte[] bytes = exchange.getRequestBody().readAllBytes();
                InputStream body = new ByteArrayInputStream(bytes);
                if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
                    body = new GZIPInputStream(body);
                }
                received.add(
                        new Received(exchange.getRequestURI().getPath(), ExportMetricsServiceRequest.parseFrom(body)));
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
        return server;
    }

    private static OtlpConfig config(HttpServer collector) {
        String url = "http://" + collector.getAddress().getAddress().getHostAddress() + ":"
                + collector.getAddress().getPort() + "/v1/metrics";
        return new OtlpConfig() {
            @Override
            public String get(String key) {
                return null;
            }

            @Override
            public String url() {
                return url;
            }

            @Override
            public Duration step() {
                // Longer than the test: what arrives is the export of the close.
                return Duration.ofHours(1);
            }
        };
    }

    private static Map<String, Double> values(ExportMetricsServiceRequest request) {
        Map<String, Double> values = new TreeMap<>();
        request.getResourceMetricsList().stream()
                .flatMap(resource -> resource.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .forEach(metric -> points(metric)
                        .forEach(point -> values.put(
                                metric.getName() + "{" + labels(point.getAttributesList()) + "}",
                                point.hasAsInt() ? point.getAsInt() : point.getAsDouble())));
        return values;
    }

    private static List<NumberDataPoint> points(Metric metric) {
        return switch (metric.getDataCase()) {
            case GAUGE -> metric.getGauge().getDataPointsList();
            case SUM -> metric.getSum().getDataPointsList();
            default -> List.of();
        };
    }

    private static String labels(List<KeyValue> attributes) {
        return attributes.stream()
                .map(label -> label.getKey() + "=" + label.getValue().getStringValue())
                .sorted()
                .collect(Collectors.joining(","));
    }
}
