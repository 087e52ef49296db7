package io.k1s.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ResourceType;
import io.k1s.client.StorageClient;
import io.k1s.storage.StorageBackend;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The kinds that the program brings along, from the definitions in its resources. */
final class Kinds {
    private static final Kind ITEMS = read("kinds/item.yaml");
    private static final Kind CATEGORIES = read("kinds/category.yaml");

    /** Something on stock: spec {category, price, quantity}, status {availability}. */
    static final ResourceType<GenericKubernetesResource> ITEM = ITEMS.type();

    /** A group of items: spec {title}, status {items, value}. */
    static final ResourceType<GenericKubernetesResource> CATEGORY = CATEGORIES.type();

    /** All of them. */
    static final List<Kind> KNOWN = List.of(ITEMS, CATEGORIES);

    private Kinds() {}

    /** A client that holds objects of these kinds against their schemas. */
    static StorageClient client(StorageBackend backend) {
        return client(backend, KNOWN);
    }

    /** The same for any kinds. */
    static StorageClient client(StorageBackend backend, List<Kind> kinds) {
        StorageClient.Builder builder = StorageClient.builder(backend);
        for (Kind kind : kinds) {
            if (kind.schema() != null) {
                builder.schema(kind.schema());
            }
        }
        return builder.build();
    }

    private static Kind read(String resource) {
        try (InputStream in = Kinds.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("resource " + resource + " is missing in the program");
            }
            JsonNode definition = Documents.YAML.readTree(in);
            return Kind.of(definition);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
