package io.k1s.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.storage.StorageBackend;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Deletes what belongs to an object: the objects that name it, and nothing else, as their owner, and theirs before them. */
final class Dependents {
    private final StorageBackend backend;
    private final ObjectClient client;
    /** Against owners that own each other. */
    private final Set<String> visited = new HashSet<>();

    private final List<String> waiting = new ArrayList<>();

    private record Found(ResourceType<GenericKubernetesResource> type, ObjectNode object) {
        ObjectKey key() {
            ObjectNode metadata = Rules.metadata(object);
            return ObjectKey.of(Rules.text(metadata, "namespace"), Rules.text(metadata, "name"));
        }

        String waitingFor(List<String> finalizers) {
            ObjectKey key = key();
            return type.qualifiedPlural() + " \"" + key.name() + "\""
                    + (key.namespace().isEmpty() ? "" : " in namespace \"" + key.namespace() + "\"")
                    + " waits for its finalizers " + finalizers;
        }
    }

    Dependents(StorageBackend backend, ObjectClient client) {
        this.backend = backend;
        this.client = client;
    }

    /** Deletes as far as it can, and tells whether none is left: then the owner may go. */
    boolean delete(ObjectNode owner) {
        String uid = uid(owner);
        visited.add(uid);
        boolean gone = true;
        for (Found dependent : of(uid)) {
            if (!visited.contains(uid(dependent.object()))) {
                gone &= delete(dependent.object()) && remove(dependent, owner);
            }
        }
        return gone;
    }

    private boolean remove(Found dependent, ObjectNode owner) {
        try {
            List<String> finalizers = client.delete(
                            dependent.type(),
                            dependent.key(),
                            DeleteOptions.none().withUid(uid(dependent.object())))
                    .getFinalizers();
            if (!finalizers.isEmpty()) {
                waiting.add(dependent.waitingFor(finalizers));
            }
            return finalizers.isEmpty();
        } catch (ObjectNotFoundException e) {
            // Somebody else was faster.
            return true;
        } catch (ObjectConflictException e) {
            // And has created another one of that name since, which may be the owner's as well.
            return delete(owner);
        }
    }

    /** Those that are marked for deletion and not gone, as they are to be shown. */
    List<String> waiting() {
        return waiting;
    }

    private static String uid(ObjectNode object) {
        return Rules.text(Rules.metadata(object), "uid");
    }

    private List<Found> of(String uid) {
        List<Found> found = new ArrayList<>();
        StoredObjects.forEach(backend, (key, object) -> {
            if (isOwnedByNobodyElse(object, uid)) {
                found.add(new Found(StoredObjects.type(key, object), object));
            }
        });
        return found;
    }

    private static boolean isOwnedByNobodyElse(ObjectNode object, String uid) {
        JsonNode owners = Rules.metadata(object).path("ownerReferences");
        for (JsonNode owner : owners) {
            if (!owner.path("uid").asText().equals(uid)) {
                return false;
            }
        }
        return !owners.isEmpty();
    }
}
