package io.k1s.registry;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.testing.Patience;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The one that loses data: an update made of a delete and a create, with the shutdown between the two. */
class UpdateInFlightTest {
    private final Map<String, String> stored = new ConcurrentHashMap<>(Map.of("object", "old"));
    private final CountDownLatch deleted = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final WorkRegistry registry = Registries.patient();

    @Test
    void anUpdateOfTwoStorageCallsSurvivesBecauseItsCallerDrainsFirst() {
        WorkMetrics storage = registry.component("storage");
        WorkMetrics client = registry.component("client", dependsOn("storage"));
        CompletableFuture<Void> update = Registries.async(() -> {
            client.run("update", () -> {
                storage.run("delete", () -> stored.remove("object"));
                pause();
                storage.run("create", () -> stored.put("object", "new"));
            });
            return null;
        });
        await(deleted);

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        awaitClosed(client);
        assertStaysOpen(storage);
        goOn.countDown();

        get(update);
        assertThat(get(report).isComplete()).isTrue();
        assertThat(stored).containsEntry("object", "new");
    }

    @Test
    void anUpdateOfTwoCallsOfOneComponentSurvivesAsChildrenOfItsWork() {
        WorkMetrics storage = registry.component("storage");
        CompletableFuture<Void> update = Registries.async(() -> {
            try (Work work = storage.startWork("update")) {
                within(storage, work, () -> stored.remove("object"));
                pause();
                within(storage, work, () -> stored.put("object", "new"));
                work.succeed();
            }
            return null;
        });
        await(deleted);

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        awaitClosed(storage);
        goOn.countDown();

        get(update);
        assertThat(get(report).isComplete()).isTrue();
        assertThat(stored).containsEntry("object", "new");
    }

    /** The mutant: what the order above is for. If this test fails, the ones above prove nothing. */
    @Test
    void closingAllGatesAtOnceWouldLoseTheObject() {
        WorkMetrics storage = WorkMetrics.create("storage");
        WorkMetrics client = WorkMetrics.create("client");
        CompletableFuture<Void> update = Registries.async(() -> {
            client.run("update", () -> {
                storage.run("delete", () -> stored.remove("object"));
                pause();
                storage.run("create", () -> stored.put("object", "new"));
            });
            return null;
        });
        await(deleted);

        List.of(client, storage).forEach(WorkMetrics::close);
        goOn.countDown();

        assertThat(update)
                .failsWithin(Duration.ofSeconds(Patience.SECONDS))
                .withThrowableThat()
                .withCauseInstanceOf(WorkRejectedException.class);
        assertThat(stored).doesNotContainKey("object");
    }

    private void pause() {
        deleted.countDown();
        await(goOn);
    }

    private static void within(WorkMetrics storage, Work parent, Runnable call) {
        long ticket = storage.beginChild(parent);
        call.run();
        storage.end(ticket, Outcome.SUCCEEDED);
    }

    /** For a time in which it would have been closed, had the shutdown closed all at once. */
    private static void assertStaysOpen(WorkMetrics component) {
        long end = System.nanoTime() + Duration.ofMillis(300).toNanos();
        while (System.nanoTime() - end < 0) {
            assertThat(component.isClosed()).as(component.name() + " is closed").isFalse();
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
    }

    static void awaitClosed(WorkMetrics component) {
        Patience.until(component::isClosed);
    }
}
