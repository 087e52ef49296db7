package io.k1s.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.Cause;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectQuery;
import io.k1s.client.ResourceType;
import io.k1s.client.StorageClient;
import io.k1s.storage.StorageBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The kinds of a store: those that the program knows, those that are defined there, and those that merely have objects. */
final class KindTable {
    /** A definition is an object like any other. */
    static final ResourceType<GenericKubernetesResource> DEFINITION = ResourceType.generic(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> WITHOUT_NAMESPACES = Set.of(
            "ClusterRole",
            "ClusterRoleBinding",
            "IngressClass",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PriorityClass",
            "StorageClass");

    private final StorageBackend backend;
    private final List<Kind> defined = new ArrayList<>();

    private KindTable(StorageBackend backend) {
        this.backend = backend;
    }

    static KindTable of(StorageBackend backend) {
        KindTable table = new KindTable(backend);
        table.defined.add(new Kind(DEFINITION, "customresourcedefinition", List.of("crd", "crds"), List.of(), null));
        table.defined.addAll(Kinds.KNOWN);
        StorageClient.of(backend)
                .list(DEFINITION, ObjectQuery.all())
                .items()
                .forEach(definition -> table.define(JSON.valueToTree(definition)));
        return table;
    }

    /** A client that holds objects against the schemas of these kinds, and definitions against what is one. */
    ObjectClient client() {
        StorageClient.Builder builder = StorageClient.builder(backend).validation(DEFINITION, KindTable::problems);
        for (Kind kind : defined) {
            if (kind.schema() != null) {
                builder.schema(kind.schema());
            }
        }
        return builder.build();
    }

    private static List<Cause> problems(ObjectNode definition, @Nullable ObjectNode before) {
        List<Cause> causes = new ArrayList<>(Kind.columnProblems(definition));
        try {
            var unused = Kind.of(definition);
        } catch (IllegalArgumentException e) {
            causes.add(new Cause("spec", String.valueOf(e.getMessage())));
        }
        return causes;
    }

    /** Takes up a definition, in place of an earlier one. */
    void define(JsonNode definition) {
        Kind kind = Kind.of(definition);
        defined.removeIf(other -> other.type().keyPrefix().equals(kind.type().keyPrefix()));
        defined.add(kind);
    }

    /** The kind that a user means. */
    Kind called(String word) {
        for (Kind kind : defined) {
            if (kind.isCalled(word)) {
                return kind;
            }
        }
        for (ResourceType<GenericKubernetesResource> type : ResourceType.storedIn(backend)) {
            Kind kind = Kind.undefined(type);
            if (kind.isCalled(word)) {
                return kind;
            }
        }
        throw new CommandException("the store has no kind \"" + OneLine.escape(word)
                + "\", by plural, singular or short name; known are "
                + String.join(
                        ", ", defined.stream().map(kind -> kind.type().plural()).toList()));
    }

    /** The kind of a document. */
    Kind of(String apiVersion, String kind) {
        for (Kind known : defined) {
            if (known.type().apiVersion().equals(apiVersion)
                    && known.type().kind().equals(kind)) {
                return known;
            }
        }
        return Kind.undefined(ResourceType.generic(apiVersion, kind, !WITHOUT_NAMESPACES.contains(kind)));
    }
}
