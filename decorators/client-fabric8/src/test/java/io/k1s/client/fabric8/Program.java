package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A program with one tracked client of one API server. */
final class Program implements AutoCloseable {
    static final long PATIENCE_SECONDS = 20;
    /** Of a watch. What ends earlier was ended by the drain. */
    static final Duration LONG_GRACE = Duration.ofSeconds(9);

    static final Duration SHORT_GRACE = Duration.ofMillis(500);

    final WorkRegistry registry;
    final TrackedHttpClientFactory factory;
    final KubernetesClient client;

    Program(Transport transport, String server) {
        this(transport, server, ComponentOptions.defaults());
    }

    Program(Transport transport, String server, ComponentOptions options) {
        this(withGrace(LONG_GRACE), transport.factory(), server, options);
    }

    Program(ShutdownConfig config, HttpClient.Factory transport, String server, ComponentOptions options) {
        registry = WorkRegistry.create(config);
        factory = TrackedHttpClientFactory.register(registry, "api", transport, options);
        client = newClient(server);
    }

    /** One that waits for three seconds at most. */
    static Program inAHurry(HttpClient.Factory transport, String server) {
        return new Program(
                ShutdownConfig.builder()
                        .gracefulTimeout(Duration.ofSeconds(3))
                        .softTimeout(Duration.ofSeconds(1))
                        .watchGrace(SHORT_GRACE)
                        .build(),
                transport,
                server,
                ComponentOptions.defaults());
    }

    /** One that leaves a silent watch half a second, and requests ten. */
    static Program withShortGrace(Transport transport, String server) {
        return new Program(withGrace(SHORT_GRACE), transport.factory(), server, ComponentOptions.defaults());
    }

    private static ShutdownConfig withGrace(Duration grace) {
        return ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofSeconds(15))
                .softTimeout(Duration.ofSeconds(10))
                .watchGrace(grace)
                .build();
    }

    KubernetesClient newClient(String server) {
        return new KubernetesClientBuilder()
                .withConfig(config(server))
                .withHttpClientFactory(factory)
                .build();
    }

    static Config config(String server) {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(server)
                .withNamespace("test")
                .withRequestRetryBackoffLimit(0)
                .withTrustCerts(true)
                .build();
    }

    WorkMetrics metrics() {
        return factory.metrics();
    }

    WorkSnapshot snapshot() {
        return metrics().snapshot();
    }

    void awaitIdle() {
        await(() -> snapshot().inFlight() == 0 && snapshot().watchers() == 0);
    }

    void requireLedger(long started, long operations, long errors, long cancelled) {
        awaitIdle();
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
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    @Override
    public void close() {
        registry.shutdownNow().join();
        client.close();
    }
}
