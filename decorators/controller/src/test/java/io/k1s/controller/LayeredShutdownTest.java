package io.k1s.controller;

import static io.k1s.controller.Layers.MAP;
import static io.k1s.controller.Layers.await;
import static io.k1s.controller.Layers.get;
import static io.k1s.controller.Layers.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectQuery;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import io.kubernetes.client.extended.controller.reconciler.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A shutdown of all layers, with work between them. */
@Timeout(120)
class LayeredShutdownTest {
    private final MemoryStorage backend = new MemoryStorage();
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    /** One reconcile in flight, which is about to write. */
    private Layers aboutToWrite(CompletableFuture<Void> written) {
        Layers layers = new Layers(Layers.patient(), backend);
        layers.create("laptop");
        layers.runtime
                .controller("Map", 1, request -> {
                    entered.countDown();
                    await(goOn);
                    try {
                        layers.write(request.getName(), "state", "reconciled");
                        written.complete(null);
                    } catch (WorkRejectedException e) {
                        written.completeExceptionally(e);
                    }
                    return new Result(false);
                })
                .on(layers.cache(), Layers.itself());
        layers.runtime.start();
        await(entered);
        return layers;
    }

    @Test
    void reconcileInFlightMakesItsLastWriteAfterTheShutdownHasBegun() {
        CompletableFuture<Void> written = new CompletableFuture<>();
        Layers layers = aboutToWrite(written);
        Watch watch = layers.client.watch(MAP, ObjectQuery.all(), "", event -> {});

        CompletableFuture<ShutdownReport> report = layers.registry.shutdown();
        until(layers.runtime.metrics()::isClosed);
        goOn.countDown();

        get(written);
        assertThat(get(report).isComplete()).isTrue();
        assertThat(get(watch.ended().toCompletableFuture()).lastRevision()).isEqualTo(2);
        assertThat(layers.runtime.queuedUnprocessed())
                .as("the request of its own write")
                .isEqualTo(1);
    }

    /** The mutant: what the order above is for. If this test fails, the one above proves nothing. */
    @Test
    void closingAllGatesAtOnceWouldLoseTheLastWrite() {
        CompletableFuture<Void> written = new CompletableFuture<>();
        Layers layers = aboutToWrite(written);

        List.of(layers.runtime.metrics(), layers.runtime.events(), layers.client.metrics(), layers.storage.metrics())
                .forEach(WorkMetrics::close);
        goOn.countDown();

        assertThat(written)
                .failsWithin(Duration.ofSeconds(Layers.PATIENCE_SECONDS))
                .withThrowableThat()
                .withCauseInstanceOf(WorkRejectedException.class);
        assertThat(backend.revision()).isEqualTo(1);
    }

    /** Each reconcile writes the next object, whose event asks for the next reconcile: most of the time nothing is in flight. */
    @Test
    void workThatHopsFromLayerToLayerIsNeverTakenForIdle() throws InterruptedException {
        for (int round = 0; round < 10; round++) {
            Layers layers = Layers.inMemory();
            AtomicInteger reconciles = new AtomicInteger();
            AtomicInteger writes = new AtomicInteger();
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger afterTheEnd = new AtomicInteger();
            ObjectCache<ConfigMap> cache = layers.cache();
            layers.runtime
                    .controller("Map", 2, request -> {
                        if (over.get()) {
                            afterTheEnd.incrementAndGet();
                        }
                        reconciles.incrementAndGet();
                        layers.create("hop-" + writes.incrementAndGet());
                        return new Result(false);
                    })
                    .on(
                            cache,
                            (before, now) -> before == null && now != null
                                    ? List.of(Requests.to(ObjectKey.of(now)))
                                    : List.of());
            layers.runtime.start();
            layers.create("hop-0");
            AtomicBoolean idle = new AtomicBoolean();
            until(() -> {
                idle.compareAndSet(false, !layers.registry.isAnyWorkInProgress());
                return reconciles.get() > 10;
            });
            assertThat(idle).as("idle between two hops").isFalse();

            layers.runtime.metrics().quiescence().thenRun(() -> over.set(true)).toCompletableFuture();
            ShutdownReport report = get(layers.registry.shutdown());

            assertThat(report.isComplete()).as(report.describe()).isTrue();
            assertThat(report.components()).allMatch(component -> component.admittedAfterClose() == 0);
            assertThat(afterTheEnd).hasValue(0);
            assertThat(writes).as("every reconcile made its write").hasValue(reconciles.get());
            assertThat(reconciles.get() + layers.runtime.queuedUnprocessed())
                    .as("each of the %d objects was reconciled, or is counted", writes.get() + 1)
                    .isEqualTo(writes.get() + 1);
        }
    }

    @Test
    void thousandWatchesAreToldOfEverythingAndEnd() {
        Layers layers = Layers.inMemory();
        AtomicInteger events = new AtomicInteger();
        List<CompletableFuture<WatchEnded>> ends = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            ends.add(layers.client
                    .watch(MAP, ObjectQuery.all(), "", event -> events.incrementAndGet())
                    .ended()
                    .toCompletableFuture());
        }
        layers.create("a");
        layers.create("b");

        ShutdownReport report = get(layers.registry.shutdown());

        assertThat(report.isComplete()).as(report.describe()).isTrue();
        assertThat(ends).allSatisfy(end -> {
            assertThat(get(end).reason()).isEqualTo(WatchEnded.Reason.CLOSING);
            assertThat(get(end).lastRevision()).isEqualTo(2);
        });
        assertThat(events).hasValue(2_000);
        assertThat(layers.client.metrics().snapshot().watchers()).isZero();
    }

    @Test
    void watcherThatIsSlowHoldsUpNoWriterAndIsCancelledAfterItsGrace() {
        Layers layers = new Layers(
                Layers.registry(ShutdownConfig.builder()
                        .gracefulTimeout(Duration.ofMinutes(10))
                        .watchGrace(Duration.ofMillis(100))),
                backend);
        Watch slow = layers.client.watch(MAP, ObjectQuery.all(), "", event -> {
            entered.countDown();
            await(goOn);
        });
        layers.create("a");
        await(entered);
        for (int i = 0; i < 100; i++) {
            layers.create("more-" + i);
        }

        CountDownLatch cancelled = Layers.cancelled(layers.client.metrics());
        CompletableFuture<ShutdownReport> report = layers.registry.shutdown();
        await(cancelled);
        goOn.countDown();

        assertThat(get(report).isComplete()).isTrue();
        WatchEnded ended = get(slow.ended().toCompletableFuture());
        assertThat(ended.reason()).isEqualTo(WatchEnded.Reason.CANCELLED);
        assertThat(ended.lastRevision()).isLessThan(101);
    }

    @Test
    void mappingThatIsSlowHoldsUpNoReconcileAndIsCancelledAfterItsGrace() {
        Layers layers = new Layers(
                Layers.registry(ShutdownConfig.builder()
                        .gracefulTimeout(Duration.ofMinutes(10))
                        .watchGrace(Duration.ofMillis(100))),
                backend);
        layers.runtime.controller("Map", 1, request -> new Result(false)).on(layers.cache(), (before, now) -> {
            entered.countDown();
            await(goOn);
            return List.of();
        });
        layers.runtime.start();
        layers.create("a");
        await(entered);
        layers.create("b");

        CountDownLatch cancelled = Layers.cancelled(layers.runtime.events());
        CompletableFuture<ShutdownReport> report = layers.registry.shutdown();
        await(cancelled);
        goOn.countDown();

        assertThat(get(report).isComplete()).isTrue();
        assertThat(layers.runtime.events().snapshot().operations())
                .as("the list, and the event that was under way")
                .isEqualTo(2);
    }
}
