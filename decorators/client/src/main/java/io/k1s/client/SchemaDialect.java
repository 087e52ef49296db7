package io.k1s.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Makes a schema in the dialect of CustomResourceDefinitions one of plain OpenAPI 3.0. */
final class SchemaDialect {
    private SchemaDialect() {}

    static ObjectNode translated(JsonNode schema) {
        ObjectNode translated = schema.deepCopy();
        withObjectFields(translated);
        translate(translated);
        return translated;
    }

    /** What every object has; the metadata has rules of its own. */
    private static void withObjectFields(ObjectNode schema) {
        ObjectNode properties = schema.withObjectProperty("properties");
        for (String field : List.of("apiVersion", "kind")) {
            if (!properties.has(field)) {
                properties.putObject(field).put("type", "string");
            }
        }
        properties
                .withObjectProperty("metadata")
                .put("type", "object")
                .put("x-kubernetes-preserve-unknown-fields", true);
    }

    private static void translate(JsonNode node) {
        if (!(node instanceof ObjectNode schema)) {
            return;
        }
        if (schema.path("x-kubernetes-embedded-resource").asBoolean()) {
            withObjectFields(schema);
        }
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            schema.remove("type");
            schema.withArrayProperty("anyOf").removeAll();
            schema.withArrayProperty("anyOf").addObject().put("type", "integer");
            schema.withArrayProperty("anyOf").addObject().put("type", "string");
        }
        if (schema.has("properties")
                && !schema.has("additionalProperties")
                && !schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
            schema.put("additionalProperties", false);
        }
        // Only known keywords are left, or the library warns of each.
        List<String> foreign = new ArrayList<>();
        schema.fieldNames().forEachRemaining(foreign::add);
        foreign.removeIf(keyword -> !keyword.startsWith("x-kubernetes-"));
        schema.remove(foreign);
        schema.path("properties").forEach(SchemaDialect::translate);
        translate(schema.path("additionalProperties"));
        translate(schema.path("items"));
    }
}
