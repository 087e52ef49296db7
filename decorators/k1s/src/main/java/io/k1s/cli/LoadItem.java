package io.k1s.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.k1s.client.ObjectKey;
import io.k1s.storage.KeyValue;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * An item of the load. What it says follows from its key and the number of the change alone, so whoever knows those can check
 * it; the number is an annotation. Its status is the controllers'.
 */
final class LoadItem {
    static final int CATEGORIES = 8;

    private static final String CHANGE = "k1s.io/change";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private LoadItem() {}

    /** Returns the name of a category of the load. */
    static String category(int index) {
        return "c" + index;
    }

    /** Returns a new one. */
    static GenericKubernetesResource of(String storageKey, long change) {
        ObjectKey key = key(storageKey);
        GenericKubernetesResource item = new GenericKubernetesResource();
        item.setApiVersion(Kinds.ITEM.apiVersion());
        item.setKind(Kinds.ITEM.kind());
        item.setMetadata(new ObjectMetaBuilder()
                .withNamespace(key.namespace())
                .withName(key.name())
                .build());
        return changed(item, storageKey, change);
    }

    /** Makes an item what the change makes of it. */
    static GenericKubernetesResource changed(GenericKubernetesResource item, String storageKey, long change) {
        item.getMetadata().setAnnotations(Map.of(CHANGE, Long.toString(change)));
        item.setAdditionalProperty("spec", spec(storageKey, change));
        return item;
    }

    /** Returns the object of a key. */
    static ObjectKey key(String storageKey) {
        String[] parts = storageKey.substring(Kinds.ITEM.keyPrefix().length()).split("/", 2);
        return ObjectKey.of(parts[0], parts[1]);
    }

    /**
     * Returns the change that this is the result of; nothing if it is not what that change made. What names no change was
     * imported, and only its name is compared: others may have changed what it says.
     */
    static OptionalLong change(KeyValue stored) {
        try {
            JsonNode object = MAPPER.readTree(stored.value());
            JsonNode metadata = object.path("metadata");
            String text = metadata.path("annotations").path(CHANGE).asText();
            if (text.isEmpty()) {
                String name = metadata.path("namespace").asText() + "/"
                        + metadata.path("name").asText();
                return stored.key().endsWith("/" + name) ? OptionalLong.of(Change.IMPORT) : OptionalLong.empty();
            }
            if (text.matches("\\d{1,18}")) {
                long change = Long.parseLong(text);
                JsonNode expected = MAPPER.valueToTree(of(stored.key(), change));
                boolean intact = isSame(expected, object, "/metadata/namespace")
                        && isSame(expected, object, "/metadata/name")
                        && isSame(expected, object, "/spec/category")
                        && isSame(expected, object, "/spec/price")
                        && isSame(expected, object, "/spec/quantity");
                return intact ? OptionalLong.of(change) : OptionalLong.empty();
            }
        } catch (IOException e) {
            // No object at all: not what any change made.
        }
        return OptionalLong.empty();
    }

    private static boolean isSame(JsonNode expected, JsonNode found, String pointer) {
        return expected.at(pointer).asText().equals(found.at(pointer).asText());
    }

    private static Map<String, Object> spec(String storageKey, long change) {
        SplittableRandom random = new SplittableRandom(storageKey.hashCode() * 31L + change);
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("category", category(random.nextInt(CATEGORIES)));
        spec.put("price", random.nextInt(100, 100_000) / 100.0);
        spec.put("quantity", Math.max(0, random.nextInt(-5, 60)));
        return spec;
    }
}
