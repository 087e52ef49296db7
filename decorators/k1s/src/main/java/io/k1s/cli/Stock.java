package io.k1s.cli;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ObjectKey;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What items and categories say, and what their statuses have to be. */
final class Stock {
    /** With fewer than so many of an item there are few. */
    private static final long FEW = 10;

    private Stock() {}

    /** Returns the category of an item, which is in the same namespace. */
    static ObjectKey category(GenericKubernetesResource item) {
        return ObjectKey.of(item.getMetadata().getNamespace(), text(item, "category"));
    }

    /** Tells whether a category has to count anew when an item has become another. */
    static boolean isSame(GenericKubernetesResource before, GenericKubernetesResource now) {
        return category(before).equals(category(now)) && value(before).compareTo(value(now)) == 0;
    }

    /** Returns the status of an item. */
    static Map<String, Object> statusOf(GenericKubernetesResource item) {
        long quantity = quantity(item);
        String availability = quantity == 0 ? "sold out" : quantity < FEW ? "few left" : "in stock";
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("availability", availability);
        status.put("observedGeneration", generation(item));
        return status;
    }

    /** Returns the status of a category with these items. */
    static Map<String, Object> statusOf(
            GenericKubernetesResource category, Collection<GenericKubernetesResource> items) {
        BigDecimal sum = items.stream().map(Stock::value).reduce(BigDecimal.ZERO, BigDecimal::add);
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("items", items.size());
        status.put("value", sum.setScale(2, RoundingMode.HALF_UP).doubleValue());
        status.put("observedGeneration", generation(category));
        return status;
    }

    /** Tells whether an object has this status, however its numbers were read. */
    static boolean hasStatus(GenericKubernetesResource object, Map<String, Object> status) {
        return object.getAdditionalProperties().get("status") instanceof Map<?, ?> present
                && status.entrySet().stream()
                        .allMatch(entry -> String.valueOf(present.get(entry.getKey()))
                                .equals(entry.getValue().toString()));
    }

    /** Returns the object with this status. */
    static GenericKubernetesResource withStatus(GenericKubernetesResource object, Map<String, Object> status) {
        object.setAdditionalProperty("status", status);
        return object;
    }

    static long generation(GenericKubernetesResource object) {
        Long generation = object.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }

    private static BigDecimal value(GenericKubernetesResource item) {
        return new BigDecimal(text(item, "price")).multiply(BigDecimal.valueOf(quantity(item)));
    }

    private static long quantity(GenericKubernetesResource item) {
        return new BigDecimal(text(item, "quantity")).longValue();
    }

    private static String text(GenericKubernetesResource item, String field) {
        @Nullable Object value = item.get("spec", field);
        return value == null ? "0" : value.toString();
    }
}
