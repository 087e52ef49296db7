package io.k1s.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.storage.MemoryStorage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrdSchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final JsonNode DEFINITION = json("""
            {"metadata": {"name": "boats.test.k1s.io"},
             "spec": {"group": "test.k1s.io", "scope": "Namespaced",
              "names": {"kind": "Boat", "plural": "boats"},
              "versions": [
               {"name": "v1alpha1", "storage": false, "schema": {"openAPIV3Schema": {"type": "object"}}},
               {"name": "v1", "storage": true, "schema": {"openAPIV3Schema":
                {"type": "object", "required": ["spec"],
                 "properties": {
                  "spec": {"type": "object", "required": ["length"],
                   "properties": {
                    "length": {"type": "number", "minimum": 1, "maximum": 400},
                    "crew": {"type": "integer", "default": 2},
                    "flag": {"type": "string", "enum": ["dk", "no"], "default": "dk"},
                    "built": {"type": "string", "format": "date"},
                    "port": {"x-kubernetes-int-or-string": true, "type": "string"},
                    "note": {"type": "string", "nullable": true},
                    "engine": {"type": "object", "default": {}, "properties": {"kind": {"type": "string", "default": "diesel"}}},
                    "masts": {"type": "array", "items": {"type": "object", "properties":
                      {"height": {"type": "integer", "default": 10}}}},
                    "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {}},
                    "sails": {"type": "object", "additionalProperties": {"type": "object", "properties":
                      {"area": {"type": "integer", "default": 20}}}},
                    "cargo": {"type": "object", "x-kubernetes-embedded-resource": true, "properties":
                      {"spec": {"type": "object", "properties": {"weight": {"type": "integer"}}}}}}},
                  "status": {"type": "object", "properties": {"afloat": {"type": "boolean"}}}}}}}]}}
            """);

    private final CrdSchema schema = CrdSchema.of(DEFINITION);
    private final StorageClient client = StorageClient.builder(new MemoryStorage("memory", 100))
            .schema(schema)
            .build();

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private static GenericKubernetesResource boat(String spec) {
        GenericKubernetesResource boat = new GenericKubernetesResource();
        boat.setMetadata(Gadget.of("ida").getMetadata());
        boat.setAdditionalProperty("spec", JSON.convertValue(json(spec), Map.class));
        return boat;
    }

    private List<Cause> causes(String spec) {
        ObjectNode object = Codec.tree(boat(spec));
        object.put("apiVersion", "test.k1s.io/v1");
        object.put("kind", "Boat");
        return schema.validate(object, null);
    }

    @Test
    void typeIsThatOfTheStoredVersion() {
        assertThat(schema.type())
                .isEqualTo(new ResourceType<>(
                        GenericKubernetesResource.class, "test.k1s.io", "v1", "Boat", "boats", true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"length\": 5}",
                "{\"length\": 5.5, \"port\": 80, \"note\": null}",
                "{\"length\": 5, \"port\": \"http\"}",
                "{\"length\": 5, \"extra\": {\"anything\": [1]}}",
                "{\"length\": 5, \"sails\": {\"main\": {\"area\": 1}}}",
                "{\"length\": 5, \"cargo\": {\"apiVersion\": \"v1\", \"kind\": \"X\", \"metadata\": {\"name\": \"x\"}, \"spec\": {\"weight\": 1}}}"
            })
    void whatFitsIsTaken(String spec) {
        assertThat(causes(spec)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|spec|length",
                "{\"length\": \"5\"}|spec.length|is \"5\"; string found, number expected",
                "{\"length\": 0}|spec.length|is 0; must have a minimum value of 1",
                "{\"length\": 5, \"crew\": 1.5}|spec.crew|is 1.5; number found, integer expected",
                "{\"length\": 5, \"flag\": \"se\"}|spec.flag|is \"se\"; does not have a value in the enumeration [\"dk\", \"no\"]",
                "{\"length\": 5, \"built\": \"yesterday\"}|spec.built|is \"yesterday\"",
                "{\"length\": 5, \"port\": true}|spec.port|is true",
                "{\"length\": 5, \"crew\": null}|spec.crew|is null",
                "{\"length\": 5, \"lenght\": 5}|spec|lenght",
                "{\"length\": 5, \"masts\": [{}, {\"height\": \"x\"}]}|spec.masts[1].height|is \"x\"",
                "{\"length\": 5, \"sails\": {\"main\": {\"colour\": 1}}}|spec.sails.main|colour"
            })
    void whatDoesNotFitIsNamedWithItsFieldAndValue(String spec, String field, String message) {
        assertThat(causes(spec)).allSatisfy(cause -> {
            assertThat(cause.field()).isEqualTo(field);
        });
        assertThat(causes(spec)).anySatisfy(cause -> assertThat(cause.message()).contains(message));
    }

    @Test
    void allCausesAreToldTogetherAndNothingIsStored() {
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> client.create(schema.type(), boat("{\"crew\": \"two\", \"flag\": \"se\"}")))
                .satisfies(e -> assertThat(e.causes()).hasSize(3))
                .withMessageContaining("Boat.test.k1s.io \"ida\" is invalid: ")
                .withMessageContaining("spec.crew: is \"two\"");
        assertThat(client.list(schema.type(), ObjectQuery.all()).items()).isEmpty();
    }

    @Test
    void defaultsAreFilledInAtEveryDepthAndStored() {
        client.create(
                schema.type(),
                boat("{\"length\": 5, \"crew\": 3, \"masts\": [{}, {\"height\": 4}], \"sails\": {\"jib\": {}}}"));
        GenericKubernetesResource read = client.get(schema.type(), ObjectKey.of("default", "ida"));
        assertThat(JSON.<JsonNode>valueToTree(read.getAdditionalProperties().get("spec")))
                .isEqualTo(
                        json(
                                "{\"length\": 5, \"crew\": 3, \"masts\": [{\"height\": 10}, {\"height\": 4}],"
                                        + "\"flag\": \"dk\", \"engine\": {\"kind\": \"diesel\"}, \"sails\": {\"jib\": {\"area\": 20}}}"));
    }

    @Test
    void statusIsHeldAgainstTheSchemaToo() {
        ObjectKey key = ObjectKey.of("default", "ida");
        client.create(schema.type(), boat("{\"length\": 5}"));
        client.status().patch(schema.type(), key, Patch.merge("{\"status\": {\"afloat\": true}}"));
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() ->
                        client.status().patch(schema.type(), key, Patch.merge("{\"status\": {\"afloat\": \"so-so\"}}")))
                .withMessageContaining("status.afloat: is \"so-so\"");
    }

    @Test
    void stepsRunInOrderAndSeeWhatTheObjectWas() {
        ResourceType<Gadget> type = Gadget.TYPE;
        StorageClient own = StorageClient.builder(new MemoryStorage("memory", 100))
                .defaulting(type, object -> object.withObjectProperty("spec").put("colour", "grey"))
                .defaulting(
                        type,
                        object -> object.withObjectProperty("spec")
                                .put(
                                        "colour",
                                        "light" + object.at("/spec/colour").asText()))
                .validation(
                        type,
                        (object, before) -> before == null
                                ? List.of()
                                : List.of(new Cause(
                                        "", "was " + before.at("/spec/colour").asText())))
                .build();
        Gadget gadget = own.create(type, Gadget.of("a"));
        assertThat(gadget.spec.colour).isEqualTo("lightgrey");
        assertThatExceptionOfType(InvalidObjectException.class)
                .isThrownBy(() -> own.update(type, gadget))
                .withMessage("Gadget.test.k1s.io \"a\" is invalid: was lightgrey");
    }

    @Test
    void whatIsNoDefinitionIsRefused() {
        for (String wrong : List.of(
                "{\"metadata\": {\"name\": \"x\"}}",
                "{\"metadata\": {\"name\": \"x\"}, \"spec\": {\"versions\": [{\"name\": \"v1\", \"storage\": true}]}}",
                "{\"metadata\": {\"name\": \"x\"}, \"spec\": {\"versions\": [{\"storage\": false, \"schema\":"
                        + " {\"openAPIV3Schema\": {}}}]}}")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CrdSchema.of(json(wrong)))
                    .withMessageContaining("definition \"x\" has no stored version with a schema");
        }
    }
}
