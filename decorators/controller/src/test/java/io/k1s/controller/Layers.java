package io.k1s.controller;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectQuery;
import io.k1s.client.ResourceType;
import io.k1s.client.StorageClient;
import io.k1s.client.TrackedClient;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.TrackedStorage;
import io.kubernetes.client.extended.controller.reconciler.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Storage, client and controllers over each other, as a program has them. */
final class Layers {
    static final ResourceType<ConfigMap> MAP = ResourceType.of(ConfigMap.class);
    static final long PATIENCE_SECONDS = 30;

    final WorkRegistry registry;
    final TrackedStorage storage;
    final TrackedClient client;
    final EmbeddedRuntime runtime;

    Layers(WorkRegistry registry, StorageBackend backend) {
        this.registry = registry;
        this.storage = TrackedStorage.register(registry, "storage", backend);
        this.client = TrackedClient.register(registry, "client", StorageClient.of(storage), dependsOn("storage"));
        this.runtime = EmbeddedRuntime.register(registry, "controllers", client);
    }

    static Layers inMemory() {
        return new Layers(patient(), new MemoryStorage());
    }

    /** Nothing times out. */
    static WorkRegistry patient() {
        return registry(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).watchGrace(Duration.ofMinutes(5)));
    }

    /** Soft deadline at 300 ms, end of draining at 2 s, hard deadline at 4 s. */
    static WorkRegistry brief() {
        return registry(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofSeconds(4))
                .softTimeout(Duration.ofMillis(300))
                .closeReserve(Duration.ofSeconds(2)));
    }

    static WorkRegistry registry(ShutdownConfig.Builder config) {
        return WorkRegistry.create(config.build());
    }

    ObjectCache<ConfigMap> cache() {
        return runtime.cache(MAP, ObjectQuery.all(), Layers::category);
    }

    static Requests<ConfigMap> itself() {
        return (before, now) -> List.of(Requests.to(key(before, now)));
    }

    static ObjectKey key(@Nullable ConfigMap before, @Nullable ConfigMap now) {
        return ObjectKey.of(now != null ? now : java.util.Objects.requireNonNull(before));
    }

    static String category(ConfigMap map) {
        Map<String, String> data = map.getData();
        return data == null ? "" : data.getOrDefault("category", "");
    }

    static Request request(String name) {
        return new Request("shop", name);
    }

    ConfigMap create(String name) {
        return create(name, Map.of());
    }

    ConfigMap create(String name, Map<String, String> data) {
        return client.create(MAP, map(name, data));
    }

    static ConfigMap map(String name, Map<String, String> data) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .endMetadata()
                .withData(data)
                .build();
    }

    /** Writes one value, through the client. */
    void write(String name, String field, String value) {
        client.edit(MAP, ObjectKey.of("shop", name), map -> {
            Map<String, String> data = new java.util.HashMap<>(map.getData() == null ? Map.of() : map.getData());
            data.put(field, value);
            map.setData(data);
            return map;
        });
    }

    static ShutdownReport.Component component(ShutdownReport report, String name) {
        return report.components().stream()
                .filter(component -> component.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** A handler that is added after the request runs at once. */
    static boolean wasAskedToCancel(WorkMetrics metrics) {
        AtomicBoolean asked = new AtomicBoolean();
        metrics.activeWork().forEach(work -> work.onCancel(() -> asked.set(true)));
        return asked.get();
    }

    /** Tells when what is in progress now has been asked to cancel: after its own handlers were told. */
    static CountDownLatch cancelled(WorkMetrics metrics) {
        CountDownLatch asked = new CountDownLatch(1);
        metrics.activeWork().forEach(work -> work.onCancel(asked::countDown));
        return asked;
    }

    static <T> T get(Future<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no result", e);
        }
    }

    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("released in time")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** For conditions that no event tells about. */
    static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("condition holds in time").isNegative();
            Thread.yield();
        }
    }
}
