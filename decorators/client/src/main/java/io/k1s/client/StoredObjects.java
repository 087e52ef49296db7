package io.k1s.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.StorageBackend;
import java.util.function.BiConsumer;

/** All objects of a storage, whatever their type. */
final class StoredObjects {
    private static final int PAGE = 500;

    private StoredObjects() {}

    /** As a snapshot, by key and object. */
    static void forEach(StorageBackend backend, BiConsumer<String, ObjectNode> action) {
        ListOptions options = ListOptions.prefix(ResourceType.ROOT).withLimit(PAGE);
        String token = "";
        do {
            ListResult page = backend.list(options.continuing(token));
            for (KeyValue stored : page.items()) {
                action.accept(stored.key(), Codec.decode(stored));
            }
            token = page.continueToken();
        } while (!token.isEmpty());
    }

    static ResourceType<GenericKubernetesResource> type(String key, ObjectNode object) {
        String plural = key.split("/", -1)[2];
        boolean namespaced = Rules.metadata(object).hasNonNull("namespace");
        return ResourceType.generic(Rules.text(object, "apiVersion"), Rules.text(object, "kind"), plural, namespaced);
    }
}
