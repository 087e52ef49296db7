package io.k1s.cli;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectNotFoundException;
import io.k1s.client.ObjectQuery;
import io.k1s.client.ResourceType;
import io.k1s.client.TrackedClient;
import io.k1s.controller.EmbeddedRuntime;
import io.k1s.controller.ObjectCache;
import io.k1s.controller.Requests;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.WorkRegistry;
import io.kubernetes.client.extended.controller.reconciler.Request;
import io.kubernetes.client.extended.controller.reconciler.Result;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The two controllers: an item gets its availability; a category counts its items, and what they are worth. */
final class Shop {
    private static final int WORKERS = 2;
    private static final Result DONE = new Result(false);

    private final TrackedClient client;
    private final EmbeddedRuntime runtime;
    private final ObjectCache<GenericKubernetesResource> items;

    /**
     * What became of the reconciles.
     *
     * @param started how many began
     * @param completed how many of them came to their end, by an exception perhaps
     * @param cut how many of them did not: interrupted, or left behind
     * @param queuedUnprocessed for how many objects none began, since it was last asked for
     */
    record Reconciles(long started, long completed, long cut, long queuedUnprocessed) {
        @Override
        public String toString() {
            return shown(started, completed, cut, queuedUnprocessed);
        }

        /** For figures that may be unknown, too. */
        static String shown(Object started, Object completed, Object cut, Object queuedUnprocessed) {
            return "reconciles started " + started + "  completed " + completed + "  cut " + cut
                    + "  queued-unprocessed " + queuedUnprocessed;
        }
    }

    private Shop(TrackedClient client, EmbeddedRuntime runtime) {
        this.client = client;
        this.runtime = runtime;
        this.items = runtime.cache(
                Kinds.ITEM, ObjectQuery.all(), item -> Stock.category(item).toString());
    }

    /** Registers the controllers as the component "controllers", which depends on the client. */
    static Shop register(WorkRegistry registry, TrackedClient client) {
        Shop shop = new Shop(client, EmbeddedRuntime.register(registry, "controllers", client));
        ObjectCache<GenericKubernetesResource> categories =
                shop.runtime.cache(Kinds.CATEGORY, ObjectQuery.all(), category -> "");
        shop.runtime.controller("Item", WORKERS, shop::reconcileItem).on(shop.items, Shop::itself);
        shop.runtime
                .controller("Category", WORKERS, shop::reconcileCategory)
                .on(categories, Shop::itself)
                .on(shop.items, Shop::categoriesOf);
        return shop;
    }

    /** Returns when everything that is there has asked for its reconcile. */
    void start() {
        runtime.start();
    }

    /** Exact once the controllers have drained. */
    Reconciles reconciles() {
        WorkSnapshot ledger = runtime.metrics().snapshot();
        return new Reconciles(
                ledger.totalStarted(),
                ledger.operations() + ledger.errors(),
                ledger.cancelled() + ledger.inFlight(),
                runtime.queuedUnprocessed());
    }

    private Result reconcileItem(Request request) {
        return reconcile(Kinds.ITEM, request, Stock::statusOf);
    }

    private Result reconcileCategory(Request request) {
        String category = Requests.key(request).toString();
        return reconcile(Kinds.CATEGORY, request, current -> Stock.statusOf(current, items.indexed(category)));
    }

    /**
     * Judges by what is stored. A cache may not have seen the status that the reconcile before has written, and take the one
     * before that for right.
     */
    private Result reconcile(
            ResourceType<GenericKubernetesResource> type,
            Request request,
            Function<GenericKubernetesResource, Map<String, Object>> status) {
        try {
            client.status().edit(type, Requests.key(request), current -> {
                Map<String, Object> right = status.apply(current);
                return Stock.hasStatus(current, right) ? current : Stock.withStatus(current, right);
            });
        } catch (ObjectNotFoundException e) {
            // Deleted since it was seen; that event asks for what there is to do.
        }
        return DONE;
    }

    /**
     * A change of the status alone, which is this controller's own, asks for nothing. An object of the same generation may be
     * another one, created anew while events were lost.
     */
    private static Collection<Request> itself(
            @Nullable GenericKubernetesResource before, @Nullable GenericKubernetesResource now) {
        if (now == null || (before != null && isOfOneSpec(before, now))) {
            return List.of();
        }
        return List.of(Requests.to(ObjectKey.of(now)));
    }

    private static boolean isOfOneSpec(GenericKubernetesResource before, GenericKubernetesResource now) {
        return Stock.generation(before) == Stock.generation(now)
                && Objects.equals(
                        before.getMetadata().getUid(), now.getMetadata().getUid());
    }

    /** The category that an item is in, and the one that it was in. */
    private static Collection<Request> categoriesOf(
            @Nullable GenericKubernetesResource before, @Nullable GenericKubernetesResource now) {
        if (before != null && now != null && Stock.isSame(before, now)) {
            return List.of();
        }
        Set<String> seen = new TreeSet<>();
        return Stream.of(Optional.ofNullable(before), Optional.ofNullable(now))
                .flatMap(Optional::stream)
                .map(Stock::category)
                .filter(category -> seen.add(category.toString()))
                .map(Requests::to)
                .toList();
    }
}
