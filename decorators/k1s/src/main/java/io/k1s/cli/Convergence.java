package io.k1s.cli;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectEvent;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectList;
import io.k1s.client.ObjectQuery;
import io.k1s.client.ResourceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the controllers have to come to: the statuses that follow from the items that are there, counted here without them. While
 * nobody else writes.
 */
final class Convergence {
    private final ObjectClient client;
    private final Map<ObjectKey, List<GenericKubernetesResource>> itemsOf = new HashMap<>();
    private final Set<String> wrong = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<@Nullable Void> right = new CompletableFuture<>();
    private final int items;
    private final int categories;
    private final int leftBehind;

    private Convergence(ObjectClient client) {
        this.client = client;
        ObjectList<GenericKubernetesResource> allItems = client.list(Kinds.ITEM, ObjectQuery.all());
        ObjectList<GenericKubernetesResource> allCategories = client.list(Kinds.CATEGORY, ObjectQuery.all());
        for (GenericKubernetesResource item : allItems.items()) {
            itemsOf.computeIfAbsent(Stock.category(item), category -> new ArrayList<>())
                    .add(item);
        }
        items = allItems.items().size();
        categories = allCategories.items().size();
        allItems.items().forEach(item -> judge(Kinds.ITEM, item, Stock::statusOf));
        allCategories.items().forEach(category -> judge(Kinds.CATEGORY, category, this::totals));
        leftBehind = wrong.size();
        watch(Kinds.ITEM, allItems.resourceVersion(), Stock::statusOf);
        watch(Kinds.CATEGORY, allCategories.resourceVersion(), this::totals);
        look();
    }

    /** Begins to look at what the controllers do. */
    static Convergence of(ObjectClient client) {
        return new Convergence(client);
    }

    /** Waits until every status is right; false if the time passed first. */
    boolean await(Duration atMost) throws InterruptedException {
        try {
            right.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return wrong.isEmpty();
        } catch (ExecutionException e) {
            throw new AssertionError("completed only normally", e);
        }
    }

    int items() {
        return items;
    }

    int categories() {
        return categories;
    }

    /** How many statuses were not right at the beginning. */
    int leftBehind() {
        return leftBehind;
    }

    /** What is not right now. */
    List<String> wrong() {
        return wrong.stream().sorted().toList();
    }

    private Map<String, Object> totals(GenericKubernetesResource category) {
        return Stock.statusOf(category, itemsOf.getOrDefault(ObjectKey.of(category), List.of()));
    }

    private void watch(
            ResourceType<GenericKubernetesResource> type,
            String from,
            Function<GenericKubernetesResource, Map<String, Object>> expected) {
        client.watch(type, ObjectQuery.all(), from, (ObjectEvent<GenericKubernetesResource> event) -> {
            judge(type, event.object(), expected);
            look();
        });
    }

    private void judge(
            ResourceType<GenericKubernetesResource> type,
            GenericKubernetesResource object,
            Function<GenericKubernetesResource, Map<String, Object>> expected) {
        String name = type.qualifiedPlural() + " " + ObjectKey.of(object);
        if (Stock.hasStatus(object, expected.apply(object))) {
            wrong.remove(name);
        } else {
            wrong.add(name);
        }
    }

    private void look() {
        if (wrong.isEmpty()) {
            right.complete(null);
        }
    }
}
