package io.k1s.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectExistsException;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectNotFoundException;
import io.k1s.client.ResourceType;
import jakarta.json.Json;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes objects what a file says, as {@code kubectl apply} does: what the file has is set, what it had when it was applied
 * last and no longer has is removed, and what others have set otherwise stays. What was applied last is kept in an annotation.
 */
final class Apply {
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    private final ObjectClient client;

    Apply(ObjectClient client) {
        this.client = client;
    }

    /** What became of an object. */
    enum Outcome {
        CREATED,
        CONFIGURED,
        UNCHANGED
    }

    Outcome apply(ResourceType<GenericKubernetesResource> type, ObjectKey key, ObjectNode given) {
        ObjectNode wanted = given.deepCopy();
        annotations(wanted).remove(LAST_APPLIED);
        if (annotations(wanted).isEmpty()) {
            metadata(wanted).remove("annotations");
        }
        ObjectNode annotated = wanted.deepCopy();
        annotations(annotated).put(LAST_APPLIED, wanted + "\n");
        while (true) {
            try {
                return change(type, key, annotated);
            } catch (ObjectNotFoundException e) {
                try {
                    client.create(type, resource(annotated));
                    return Outcome.CREATED;
                } catch (ObjectExistsException raced) {
                    // Somebody else created it just now.
                }
            }
        }
    }

    private Outcome change(ResourceType<GenericKubernetesResource> type, ObjectKey key, ObjectNode wanted) {
        String[] before = {""};
        GenericKubernetesResource after = client.edit(type, key, current -> {
            before[0] = current.getMetadata().getResourceVersion();
            ObjectNode is = Documents.JSON.valueToTree(current);
            return resource(merged(lastApplied(is), wanted, is));
        });
        return after.getMetadata().getResourceVersion().equals(before[0]) ? Outcome.UNCHANGED : Outcome.CONFIGURED;
    }

    private static ObjectNode lastApplied(ObjectNode current) {
        String text = metadata(current).path("annotations").path(LAST_APPLIED).asText();
        try {
            return !text.isEmpty() && Documents.JSON.readTree(text) instanceof ObjectNode object
                    ? object
                    : Documents.JSON.createObjectNode();
        } catch (JsonProcessingException e) {
            // Not ours, or spoilt: then nothing is known to have been applied, and nothing is removed.
            return Documents.JSON.createObjectNode();
        }
    }

    private static ObjectNode merged(ObjectNode lastApplied, ObjectNode wanted, ObjectNode current) {
        JsonValue target = json(wanted);
        JsonNode set = tree(Json.createMergeDiff(json(current), target).toJsonValue());
        JsonNode removed = tree(Json.createMergeDiff(json(lastApplied), target).toJsonValue());
        keep(set, false);
        keep(removed, true);
        JsonValue withSet = Json.createMergePatch(json(set)).apply(json(current));
        return (ObjectNode) tree(Json.createMergePatch(json(removed)).apply(withSet));
    }

    /** Of a merge patch, either what it removes or what it sets. */
    private static void keep(JsonNode patch, boolean removals) {
        if (!(patch instanceof ObjectNode object)) {
            return;
        }
        List<String> others = new ArrayList<>();
        object.properties().forEach(field -> {
            JsonNode value = field.getValue();
            keep(value, removals);
            boolean isRemoval = value.isNull() || (value.isObject() && !value.isEmpty() && removals);
            if (isRemoval != removals) {
                others.add(field.getKey());
            }
        });
        object.remove(others);
    }

    private static GenericKubernetesResource resource(ObjectNode object) {
        return Documents.JSON.convertValue(object, GenericKubernetesResource.class);
    }

    private static ObjectNode metadata(ObjectNode object) {
        return object.withObjectProperty("metadata");
    }

    private static ObjectNode annotations(ObjectNode object) {
        return metadata(object).withObjectProperty("annotations");
    }

    private static JsonValue json(JsonNode node) {
        try (JsonReader reader = Json.createReader(new StringReader(node.toString()))) {
            return reader.readValue();
        }
    }

    private static JsonNode tree(JsonValue value) {
        try {
            return Documents.JSON.readTree(value.toString());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("no JSON: " + value, e);
        }
    }
}
