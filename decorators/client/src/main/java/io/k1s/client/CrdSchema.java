package io.k1s.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.path.PathType;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The schema of a kind as a CustomResourceDefinition has it ({@code openAPIV3Schema}): a step that fills in its defaults, and
 * one that holds objects against it. A field that the schema does not know is refused, unless it says {@code
 * x-kubernetes-preserve-unknown-fields}; rules in CEL ({@code x-kubernetes-validations}) are not looked at. Immutable, safe
 * for use by any thread.
 *
 * <p>Needs {@code com.networknt:json-schema-validator}.
 */
public final class CrdSchema implements Defaulting, Validation {
    private final ResourceType<GenericKubernetesResource> type;
    private final JsonNode given;
    private final Schema schema;

    private CrdSchema(ResourceType<GenericKubernetesResource> type, JsonNode given) {
        this.type = type;
        this.given = given;
        this.schema = SchemaRegistry.withDialect(
                        Dialects.getOpenApi30(),
                        builder -> builder.schemaRegistryConfig(SchemaRegistryConfig.builder()
                                .pathType(PathType.JSON_PATH)
                                .locale(Locale.ROOT)
                                .formatAssertionsEnabled(true)
                                .build()))
                .getSchema(SchemaDialect.translated(given).toString(), InputFormat.JSON);
        schema.initializeValidators();
    }

    /**
     * Reads a CustomResourceDefinition: of its versions the one that is stored.
     *
     * @param definition the definition as JSON
     * @throws IllegalArgumentException if it is none
     */
    public static CrdSchema of(JsonNode definition) {
        JsonNode spec = definition.path("spec");
        for (JsonNode version : spec.path("versions")) {
            JsonNode schema = version.path("schema").path("openAPIV3Schema");
            if (version.path("storage").asBoolean() && schema.isObject()) {
                return new CrdSchema(
                        ResourceType.generic(
                                spec.path("group").asText() + "/"
                                        + version.path("name").asText(),
                                spec.path("names").path("kind").asText(),
                                spec.path("names").path("plural").asText(),
                                spec.path("scope").asText().equals("Namespaced")),
                        schema);
            }
        }
        throw new IllegalArgumentException(
                "definition \"" + definition.path("metadata").path("name").asText()
                        + "\" has no stored version with a schema; a CustomResourceDefinition with"
                        + " spec.versions[].schema.openAPIV3Schema is allowed");
    }

    /** Returns the type that it is for, without a Java type of its own. */
    public ResourceType<GenericKubernetesResource> type() {
        return type;
    }

    @Override
    public void applyTo(ObjectNode object) {
        applyDefaults(object, given);
    }

    /** Kubernetes fills in a property that is missing in an object that is there, and goes on inside what it filled in. */
    private static void applyDefaults(@Nullable JsonNode value, JsonNode schema) {
        if (value instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> property :
                    schema.path("properties").properties()) {
                JsonNode preset = property.getValue().get("default");
                if (preset != null && !object.has(property.getKey())) {
                    object.set(property.getKey(), preset.deepCopy());
                }
                applyDefaults(object.get(property.getKey()), property.getValue());
            }
            JsonNode others = schema.path("additionalProperties");
            if (others.isObject()) {
                object.forEach(each -> applyDefaults(each, others));
            }
        } else if (value != null && value.isArray()) {
            value.forEach(each -> applyDefaults(each, schema.path("items")));
        }
    }

    @Override
    public List<Cause> validate(ObjectNode object, @Nullable ObjectNode before) {
        List<Cause> causes = new ArrayList<>();
        for (com.networknt.schema.Error error : schema.validate(object)) {
            String field = error.getInstanceLocation().toString().replaceFirst("^\\$\\.?", "");
            JsonNode value = error.getInstanceNode();
            boolean shown = value != null && value.isValueNode();
            causes.add(new Cause(field, (shown ? "is " + value + "; " : "") + error.getMessage()));
        }
        return causes;
    }
}
