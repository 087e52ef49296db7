package io.k1s.client;

import jakarta.json.JsonException;
import jakarta.json.JsonReader;
import jakarta.json.JsonStructure;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.util.function.UnaryOperator;
import org.eclipse.parsson.JsonProviderImpl;

/** A change of a JSON document that is applied to whatever the document is by then. Immutable, safe for use by any thread. */
public final class Patch {
    /** By name: to find it anew for each document would cost more than the patch, and go by the thread's class loader. */
    private static final JsonProvider JSON = new JsonProviderImpl();

    private final String kind;
    private final String text;
    private final UnaryOperator<JsonValue> change;

    private Patch(String kind, String text, UnaryOperator<JsonValue> change) {
        this.kind = kind;
        this.text = text;
        this.change = change;
    }

    /**
     * A JSON merge patch (RFC 7396): what is in it replaces what is there, null removes.
     *
     * @throws IllegalArgumentException if it is no JSON object
     */
    public static Patch merge(String json) {
        JsonValue patch = parse("JSON merge patch", json);
        if (patch.getValueType() != JsonValue.ValueType.OBJECT) {
            throw new IllegalArgumentException("JSON merge patch is \"" + shown(json)
                    + "\"; a JSON object is allowed, with what is to be changed");
        }
        return new Patch("merge", json, document -> JSON.createMergePatch(patch).apply(document));
    }

    /**
     * A JSON patch (RFC 6902): a list of operations, of which either all are done or none.
     *
     * @throws IllegalArgumentException if it is no list of operations
     */
    public static Patch json(String json) {
        JsonValue patch = parse("JSON patch", json);
        if (patch.getValueType() != JsonValue.ValueType.ARRAY) {
            throw new IllegalArgumentException("JSON patch is \"" + shown(json)
                    + "\"; a JSON array of operations is allowed, each with op, path and what that needs");
        }
        return new Patch(
                "json", json, document -> JSON.createPatch(patch.asJsonArray()).apply((JsonStructure) document));
    }

    private static JsonValue parse(String what, String json) {
        try (JsonReader reader = JSON.createReader(new StringReader(json))) {
            return reader.readValue();
        } catch (JsonException e) {
            throw new IllegalArgumentException(
                    what + " is \"" + shown(json) + "\"; JSON is allowed: " + e.getMessage(), e);
        }
    }

    private static String shown(String json) {
        return json.length() <= 200 ? json : json.substring(0, 200) + "...";
    }

    /**
     * Applies it.
     *
     * @param document a JSON document
     * @return the changed document
     * @throws JsonException if it does not fit: a path that is not there, a test that fails
     */
    String apply(String document) {
        JsonValue before = parse("document", document);
        try {
            return change.apply(before).toString();
        } catch (ClassCastException | IllegalArgumentException e) {
            // An operation without what it needs; the library finds out only when it is applied.
            throw new JsonException("an operation is malformed: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return kind + " patch " + shown(text);
    }
}
