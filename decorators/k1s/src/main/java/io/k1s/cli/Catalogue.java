package io.k1s.cli;

import com.fasterxml.jackson.databind.MappingIterator;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectExistsException;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectQuery;
import io.k1s.client.ResourceType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** The goods of a shop, which the program brings along: categories, and several hundred items. */
final class Catalogue {
    private static final String RESOURCE = "catalogue.yaml";
    private static final List<String> TITLES =
            List.of("Garden", "Kitchen", "Books", "Toys", "Lighting", "Stationery", "Tools", "Sports");

    private Catalogue() {}

    /** Reads everything. */
    static List<GenericKubernetesResource> read() {
        try (InputStream in = Catalogue.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("resource " + RESOURCE + " is missing in the program");
            }
            try (MappingIterator<GenericKubernetesResource> documents =
                    Documents.YAML.readerFor(GenericKubernetesResource.class).readValues(in)) {
                return documents.readAll();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads each category with its items, the category first. */
    static Collection<List<GenericKubernetesResource>> byCategory() {
        Map<String, List<GenericKubernetesResource>> groups = new LinkedHashMap<>();
        for (GenericKubernetesResource object : read()) {
            String category = isItem(object)
                    ? Stock.category(object).name()
                    : object.getMetadata().getName();
            groups.computeIfAbsent(category, name -> new ArrayList<>()).add(object);
        }
        return groups.values();
    }

    /** Creates what is not there, and writes down what it creates. What is there stays as it is. All are of one namespace. */
    static void importInto(ObjectClient client, Journal journal, List<GenericKubernetesResource> objects) {
        // Asked first: a change that was pending and did not come about would be pending for ever.
        Set<String> present = storageKeys(client, objects.get(0).getMetadata().getNamespace());
        for (GenericKubernetesResource object : objects) {
            ResourceType<GenericKubernetesResource> type = isItem(object) ? Kinds.ITEM : Kinds.CATEGORY;
            Change change = Change.put(Change.IMPORT, storageKey(type, object));
            if (!present.contains(change.key())) {
                journal.pending(change);
                try {
                    client.create(type, object);
                    journal.acknowledged(change);
                } catch (ObjectExistsException e) {
                    // Somebody else created it just now.
                }
            }
        }
    }

    private static Set<String> storageKeys(ObjectClient client, String namespace) {
        Set<String> keys = new HashSet<>();
        for (ResourceType<GenericKubernetesResource> type : List.of(Kinds.CATEGORY, Kinds.ITEM)) {
            client.list(type, ObjectQuery.inNamespace(namespace))
                    .items()
                    .forEach(object -> keys.add(storageKey(type, object)));
        }
        return keys;
    }

    private static String storageKey(ResourceType<?> type, GenericKubernetesResource object) {
        ObjectKey key = ObjectKey.of(object);
        return type.keyPrefix() + key.namespace() + "/" + key.name();
    }

    private static boolean isItem(GenericKubernetesResource object) {
        return object.getKind().equals(Kinds.ITEM.kind());
    }

    /** Makes categories for a load. */
    static List<GenericKubernetesResource> categories(String namespace, int count) {
        List<GenericKubernetesResource> categories = new ArrayList<>();
        IntStream.range(0, count).forEach(i -> {
            GenericKubernetesResource category = new GenericKubernetesResource();
            category.setApiVersion(Kinds.CATEGORY.apiVersion());
            category.setKind(Kinds.CATEGORY.kind());
            category.setMetadata(new ObjectMetaBuilder()
                    .withNamespace(namespace)
                    .withName(LoadItem.category(i))
                    .build());
            category.setAdditionalProperty("spec", Map.of("title", TITLES.get(i % TITLES.size())));
            categories.add(category);
        });
        return categories;
    }
}
