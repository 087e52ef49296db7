package io.k1s.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.internal.KubernetesDeserializer;
import io.k1s.storage.KeyValue;
import io.k1s.storage.StorageException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Objects as bytes in the storage, as JSON trees, and as Java. What is stored has no resourceVersion: that is the revision at
 * which it is stored.
 */
final class Codec {
    static final String RESOURCE_VERSION = "resourceVersion";

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.USE_DEFAULTS))
            .annotationIntrospector(new ConcreteTypes())
            .build();

    private Codec() {}

    /** The tree of what is stored, with its resourceVersion. */
    static ObjectNode decode(KeyValue stored) {
        try {
            if (MAPPER.readTree(new String(stored.value(), StandardCharsets.UTF_8)) instanceof ObjectNode object
                    && object.get("metadata") instanceof ObjectNode metadata) {
                metadata.put(RESOURCE_VERSION, Long.toString(stored.revision()));
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new StorageException(
                    "key \"" + stored.key() + "\" does not hold an object: " + e.getOriginalMessage(), e);
        }
        throw new StorageException("key \"" + stored.key() + "\" does not hold an object with metadata, but "
                + stored.size() + " bytes of something else");
    }

    /** What is to be stored. */
    static byte[] encode(ObjectNode object) {
        ObjectNode stored = object.deepCopy();
        ((ObjectNode) stored.get("metadata")).remove(RESOURCE_VERSION);
        return bytes(stored);
    }

    static <T extends HasMetadata> T typed(ResourceType<T> type, ObjectNode object) {
        try {
            return MAPPER.treeToValue(object, type.javaType());
        } catch (JsonProcessingException e) {
            throw new StorageException(
                    type.qualifiedPlural() + " \""
                            + object.path("metadata").path("name").asText() + "\" does not fit " + type.javaType()
                            + ": " + e.getOriginalMessage(),
                    e);
        }
    }

    /** By way of text: two trees are equal only if their numbers were read by the same rules. */
    static ObjectNode tree(HasMetadata object) {
        return (ObjectNode) parse(new String(bytes(object), StandardCharsets.UTF_8));
    }

    /** Of what is JSON for certain. */
    static JsonNode parse(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(ObjectNode object) {
        return new String(bytes(object), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Object object) {
        try {
            return MAPPER.writeValueAsBytes(object);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    object.getClass() + " cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** A class is what it says: the annotation that it inherits is for values of which only the interface is known. */
    private static final class ConcreteTypes extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable Object findDeserializer(Annotated annotated) {
            Object found = super.findDeserializer(annotated);
            boolean isClass = annotated instanceof AnnotatedClass
                    && !annotated.getRawType().isInterface();
            return isClass && found == KubernetesDeserializer.class ? null : found;
        }
    }
}
