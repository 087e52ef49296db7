package io.k1s.cli;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.DeleteOptions;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectQuery;
import io.k1s.client.TrackedClient;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.TrackedStorage;
import io.k1s.storage.WatchListener;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ShopTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final WorkRegistry registry = WorkRegistry.create();
    private final StorageBackend backend = new MemoryStorage();
    private final TrackedClient client = TrackedClient.register(
            registry,
            "client",
            Kinds.client(TrackedStorage.register(registry, "storage", backend)),
            dependsOn("storage"));
    private final Shop shop = Shop.register(registry, client);

    @Test
    void catalogueHasSeveralHundredItemsWhoseCategoriesAreThere() {
        List<GenericKubernetesResource> all = Catalogue.read();
        Set<ObjectKey> categories = all.stream()
                .filter(object -> object.getKind().equals("Category"))
                .map(ObjectKey::of)
                .collect(Collectors.toSet());
        List<GenericKubernetesResource> items =
                all.stream().filter(object -> object.getKind().equals("Item")).toList();
        assertThat(items)
                .hasSizeGreaterThan(500)
                .allSatisfy(item -> assertThat(categories).contains(Stock.category(item)));
        assertThat(categories).hasSizeGreaterThan(15);
        assertThat(Catalogue.byCategory()).hasSameSizeAs(categories);
    }

    @Test
    void wholeCatalogueGetsItsAvailabilityAndItsTotals() throws InterruptedException {
        shop.start();
        Catalogue.byCategory().forEach(group -> Catalogue.importInto(client, Journal.nowhere(), group));
        assertRight();
        GenericKubernetesResource toys = client.get(Kinds.CATEGORY, ObjectKey.of("shop", "toys"));
        assertThat((Object) toys.get("status", "items")).isEqualTo(30);
        long revision = backend.revision();
        Catalogue.byCategory().forEach(group -> Catalogue.importInto(client, Journal.nowhere(), group));
        assertThat(backend.revision()).as("imported again").isEqualTo(revision);
    }

    @Test
    void itemThatMovesSellsOutOrGoesIsCountedWhereItIs() throws InterruptedException {
        List.of("a", "b").forEach(name -> client.create(Kinds.CATEGORY, category(name)));
        client.create(Kinds.ITEM, item("chess", "a", 12.5, 3));
        client.create(Kinds.ITEM, item("kite", "a", 0.1, 30));
        shop.start();
        assertRight();
        assertThat(totals("a")).isEqualTo("2 40.5");

        client.edit(Kinds.ITEM, ObjectKey.of("shop", "kite"), kite -> with(kite, "category", "b"));
        client.edit(Kinds.ITEM, ObjectKey.of("shop", "chess"), chess -> with(chess, "quantity", 0));
        assertRight();
        assertThat(totals("a")).isEqualTo("1 0.0");
        assertThat(totals("b")).isEqualTo("1 3.0");
        assertThat(availability("chess")).isEqualTo("sold out");
        assertThat(availability("kite")).isEqualTo("in stock");

        client.delete(Kinds.ITEM, ObjectKey.of("shop", "kite"), DeleteOptions.none());
        assertRight();
        assertThat(totals("b")).isEqualTo("0 0.0");
    }

    @Test
    void statusThatTheCacheHasNotSeenYetIsCorrected() throws InterruptedException {
        client.create(Kinds.CATEGORY, category("a"));
        client.status()
                .edit(
                        Kinds.CATEGORY,
                        ObjectKey.of("shop", "a"),
                        a -> Stock.withStatus(a, Stock.statusOf(a, List.of())));
        CompletableFuture<Void> release = new CompletableFuture<>();
        StorageBackend late = withEventsAfter(release::join, Kinds.CATEGORY.keyPrefix(), backend);
        WorkRegistry own = WorkRegistry.create();
        Shop.register(own, TrackedClient.register(own, "client", Kinds.client(late), ComponentOptions.defaults()))
                .start();

        client.create(Kinds.ITEM, item("kite", "a", 0.1, 30));
        assertRight();
        assertThat(totals("a")).isEqualTo("1 3.0");
        client.delete(Kinds.ITEM, ObjectKey.of("shop", "kite"), DeleteOptions.none());
        assertRight();
        assertThat(totals("a")).isEqualTo("0 0.0");
        release.complete(null);
    }

    @Test
    void itemThatWasCreatedAnewWhileEventsWereLostGetsItsAvailability() throws InterruptedException {
        client.create(Kinds.CATEGORY, category("a"));
        client.create(Kinds.ITEM, item("kite", "a", 0.1, 30));
        CompletableFuture<Void> heldUp = new CompletableFuture<>();
        CompletableFuture<Void> release = new CompletableFuture<>();
        Runnable holdUp = () -> {
            heldUp.complete(null);
            release.join();
        };
        StorageBackend late = withEventsAfter(holdUp, Kinds.ITEM.keyPrefix(), backend);
        WorkRegistry own = WorkRegistry.create();
        Shop.register(own, TrackedClient.register(own, "client", Kinds.client(late), ComponentOptions.defaults()))
                .start();
        assertRight();
        // Of its availability, which is all that its watch has read by now.
        heldUp.join();

        client.delete(Kinds.ITEM, ObjectKey.of("shop", "kite"), DeleteOptions.none());
        client.create(Kinds.ITEM, item("kite", "a", 0.1, 30));
        backend.compact(backend.revision());
        release.complete(null);
        assertRight();
    }

    @Test
    void whatIsLeftBehindIsCountedAndDoneByTheNextStart() throws InterruptedException {
        client.create(Kinds.CATEGORY, category("a"));
        client.create(Kinds.ITEM, item("chess", "a", 12.5, 3));
        assertThat(Convergence.of(client).leftBehind()).isEqualTo(2);
        assertThat(Convergence.of(client).await(Duration.ZERO)).isFalse();
        assertThat(Convergence.of(client).wrong())
                .containsExactly("categories.k1s.io shop/a", "items.k1s.io shop/chess");
        shop.start();
        assertRight();
        ShutdownReport report = registry.shutdown().join();
        assertThat(report.isComplete()).as(report.describe()).isTrue();
        Shop.Reconciles reconciles = shop.reconciles();
        assertThat(reconciles.completed()).isEqualTo(reconciles.started()).isPositive();
        assertThat(reconciles.cut()).isZero();
        assertThat(reconciles)
                .hasToString("reconciles started " + reconciles.started() + "  completed " + reconciles.started()
                        + "  cut 0  queued-unprocessed " + reconciles.queuedUnprocessed());
    }

    /** The storage, whose watches of this prefix do something before they deliver. */
    private static StorageBackend withEventsAfter(Runnable before, String prefix, StorageBackend storage) {
        return (StorageBackend) Proxy.newProxyInstance(
                ShopTest.class.getClassLoader(), new Class<?>[] {StorageBackend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("watch") && arguments[0].equals(prefix)) {
                        WatchListener listener = (WatchListener) arguments[2];
                        arguments[2] = (WatchListener) event -> {
                            before.run();
                            listener.onEvent(event);
                        };
                    }
                    try {
                        return method.invoke(storage, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void assertRight() throws InterruptedException {
        Convergence convergence = Convergence.of(client);
        assertThat(convergence.await(PATIENCE))
                .as(() -> convergence.wrong().toString())
                .isTrue();
    }

    private String totals(String category) {
        GenericKubernetesResource found = client.get(Kinds.CATEGORY, ObjectKey.of("shop", category));
        return found.get("status", "items") + " " + found.get("status", "value");
    }

    private String availability(String item) {
        return client.list(Kinds.ITEM, ObjectQuery.inNamespace("shop").fields("metadata.name=" + item))
                .items()
                .get(0)
                .get("status", "availability");
    }

    private static GenericKubernetesResource category(String name) {
        GenericKubernetesResource category = Catalogue.categories("shop", 1).get(0);
        category.getMetadata().setName(name);
        return category;
    }

    private static GenericKubernetesResource item(String name, String category, double price, int quantity) {
        GenericKubernetesResource item = LoadItem.of(Kinds.ITEM.keyPrefix() + "shop/" + name, 1);
        item.setAdditionalProperty("spec", Map.of("category", category, "price", price, "quantity", quantity));
        return item;
    }

    private static GenericKubernetesResource with(GenericKubernetesResource item, String field, Object value) {
        Map<String, Object> spec = item.get("spec");
        spec.put(field, value);
        return item;
    }
}
