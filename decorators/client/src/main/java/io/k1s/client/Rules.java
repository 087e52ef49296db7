package io.k1s.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What becomes of an object between the caller and the storage: the rules of Kubernetes, and the steps that were plugged in. */
final class Rules {
    private static final List<String> OF_THE_SERVER =
            List.of("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds");
    private static final List<String> NOT_KEPT = List.of("selfLink", "managedFields");
    private static final List<String> NOTHING_IF_EMPTY =
            List.of("labels", "annotations", "finalizers", "ownerReferences");

    private final Map<String, List<Defaulting>> defaulting;
    private final Map<String, List<Validation>> validation;
    private final Clock clock;

    /** The steps by the prefix of the type's keys. */
    Rules(Map<String, List<Defaulting>> defaulting, Map<String, List<Validation>> validation, Clock clock) {
        this.defaulting = Map.copyOf(defaulting);
        this.validation = Map.copyOf(validation);
        this.clock = clock;
    }

    /**
     * What is stored for an object to be created under a name.
     *
     * @throws InvalidObjectException if it is not as it may be
     */
    ObjectNode created(ResourceType<?> type, ObjectNode given, String name) {
        List<Cause> causes = new ArrayList<>();
        ObjectNode object = prepared(type, given, causes);
        ObjectNode metadata = metadata(object);
        if (!text(metadata, Codec.RESOURCE_VERSION).isEmpty()) {
            causes.add(new Cause(
                    "metadata.resourceVersion",
                    "is \"" + text(metadata, Codec.RESOURCE_VERSION)
                            + "\"; none is allowed on an object to be created"));
        }
        metadata.put("name", name);
        metadata.remove(OF_THE_SERVER);
        metadata.remove(Codec.RESOURCE_VERSION);
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put("creationTimestamp", now());
        metadata.put("generation", 1);
        object.remove("status");
        return checked(type, object, null, causes);
    }

    /**
     * What is stored when an object is to become another one, its status aside.
     *
     * @throws ObjectConflictException if the new one names another resourceVersion or uid
     * @throws InvalidObjectException if it is not as it may be
     */
    ObjectNode updated(ResourceType<?> type, ObjectNode before, ObjectNode given) {
        List<Cause> causes = new ArrayList<>();
        ObjectNode object = prepared(type, given, causes);
        refuseAnother(type, before, metadata(object), causes);
        keep(before, object, List.of("status"));
        keep(metadata(before), metadata(object), OF_THE_SERVER);
        keep(metadata(before), metadata(object), List.of(Codec.RESOURCE_VERSION));
        if (isMarked(before)) {
            refuseNewFinalizers(metadata(before), metadata(object), causes);
        }
        if (!content(object).equals(content(before))) {
            metadata(object)
                    .put("generation", metadata(before).path("generation").asLong() + 1);
        }
        return checked(type, object, before, causes);
    }

    /** The same when its status is to become another one, and nothing else. */
    ObjectNode withStatus(ResourceType<?> type, ObjectNode before, ObjectNode given) {
        List<Cause> causes = new ArrayList<>();
        ObjectNode object = before.deepCopy();
        ObjectNode changed = prepared(type, given, causes);
        refuseAnother(type, before, metadata(changed), causes);
        keep(changed, object, List.of("status"));
        return checked(type, object, before, causes);
    }

    /** The same object, marked for deletion. */
    ObjectNode marked(ObjectNode before) {
        ObjectNode object = before.deepCopy();
        if (!isMarked(before)) {
            metadata(object).put("deletionTimestamp", now());
            metadata(object).put("deletionGracePeriodSeconds", 0);
        }
        return object;
    }

    /** Checks what a delete asks for. */
    static void check(ResourceType<?> type, ObjectNode before, DeleteOptions options) {
        refuseIfOther(type, before, "uid", options.uid());
        refuseIfOther(type, before, Codec.RESOURCE_VERSION, options.resourceVersion());
    }

    static boolean isMarked(ObjectNode object) {
        return metadata(object).has("deletionTimestamp");
    }

    static boolean hasFinalizers(ObjectNode object) {
        return !metadata(object).path("finalizers").isEmpty();
    }

    private ObjectNode prepared(ResourceType<?> type, ObjectNode given, List<Cause> causes) {
        ObjectNode object = given.objectNode();
        object.put("apiVersion", type.apiVersion());
        object.put("kind", type.kind());
        object.set("metadata", given.get("metadata") instanceof ObjectNode metadata ? metadata : given.objectNode());
        given.properties().forEach(field -> object.putIfAbsent(field.getKey(), field.getValue()));
        refuseAnotherType(given, "apiVersion", type.apiVersion(), causes);
        refuseAnotherType(given, "kind", type.kind(), causes);
        defaulting.getOrDefault(type.keyPrefix(), List.of()).forEach(step -> step.applyTo(object));
        ObjectNode metadata = metadata(object);
        metadata.remove(NOT_KEPT);
        NOTHING_IF_EMPTY.stream()
                .filter(field -> metadata.path(field).isEmpty())
                .forEach(metadata::remove);
        return object;
    }

    private ObjectNode checked(
            ResourceType<?> type, ObjectNode object, @Nullable ObjectNode before, List<Cause> causes) {
        MetadataRules.check(type, metadata(object), causes);
        for (Validation step : validation.getOrDefault(type.keyPrefix(), List.of())) {
            causes.addAll(step.validate(object, before));
        }
        if (!causes.isEmpty()) {
            throw new InvalidObjectException(type, text(metadata(object), "name"), causes);
        }
        return object;
    }

    private static void refuseAnotherType(ObjectNode given, String field, String expected, List<Cause> causes) {
        String value = text(given, field);
        if (!value.isEmpty() && !value.equals(expected)) {
            causes.add(new Cause(field, "is \"" + value + "\"; \"" + expected + "\" is allowed here"));
        }
    }

    private static void refuseAnother(
            ResourceType<?> type, ObjectNode before, ObjectNode metadata, List<Cause> causes) {
        refuseIfOther(type, before, "uid", text(metadata, "uid"));
        refuseIfOther(type, before, Codec.RESOURCE_VERSION, text(metadata, Codec.RESOURCE_VERSION));
        for (String field : List.of("name", "namespace")) {
            String was = text(metadata(before), field);
            if (!text(metadata, field).equals(was)) {
                causes.add(new Cause(
                        "metadata." + field, "is \"" + text(metadata, field) + "\"; it stays \"" + was + "\""));
            }
        }
    }

    private static void refuseIfOther(ResourceType<?> type, ObjectNode before, String field, String expected) {
        String actual = text(metadata(before), field);
        if (!expected.isEmpty() && !expected.equals(actual)) {
            ObjectKey key = ObjectKey.of(text(metadata(before), "namespace"), text(metadata(before), "name"));
            throw new ObjectConflictException(
                    type,
                    key,
                    field.equals("uid")
                            ? "its uid is " + actual + ", not the expected " + expected
                            : "the object has been modified; it is at resourceVersion " + actual
                                    + ", not at the expected " + expected);
        }
    }

    private static void refuseNewFinalizers(ObjectNode before, ObjectNode after, List<Cause> causes) {
        List<JsonNode> were = new ArrayList<>();
        before.path("finalizers").forEach(were::add);
        for (JsonNode finalizer : after.path("finalizers")) {
            if (!were.contains(finalizer)) {
                causes.add(new Cause(
                        "metadata.finalizers",
                        "has the new \"" + finalizer.asText()
                                + "\"; an object that is being deleted may only lose some"));
            }
        }
    }

    /** Takes fields over, and their absence. */
    private static void keep(ObjectNode from, ObjectNode to, List<String> fields) {
        for (String field : fields) {
            JsonNode value = from.get(field);
            if (value == null || value.isNull()) {
                to.remove(field);
            } else {
                to.set(field, value);
            }
        }
    }

    /** What counts for the generation. */
    private static ObjectNode content(ObjectNode object) {
        ObjectNode content = object.objectNode();
        content.setAll(object);
        return content.without(List.of("metadata", "status"));
    }

    static ObjectNode metadata(ObjectNode object) {
        return (ObjectNode) object.get("metadata");
    }

    static String text(ObjectNode object, String field) {
        JsonNode value = object.get(field);
        return value == null || value.isNull() ? "" : value.asText();
    }

    private String now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
