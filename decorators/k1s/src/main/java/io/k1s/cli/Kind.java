package io.k1s.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.Cause;
import io.k1s.client.CrdSchema;
import io.k1s.client.ResourceType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A kind of objects as its user calls it and sees it.
 *
 * @param type what the client calls it
 * @param singular its name for one object, in small letters
 * @param shortNames other names
 * @param columns what a table shows of an object, besides its name and age
 * @param schema what its objects are held against; null for anything
 */
record Kind(
        ResourceType<GenericKubernetesResource> type,
        String singular,
        List<String> shortNames,
        List<Column> columns,
        @Nullable CrdSchema schema) {

    private static final String COLUMNS = "additionalPrinterColumns";

    /**
     * A column of a table.
     *
     * @param title its title
     * @param path where its value is, such as {@code .spec.price}
     * @param type what its value is; a {@code date} is shown as how long ago it is
     * @param priority 0 for every table; more for wide ones only
     */
    record Column(String title, String path, String type, int priority) {
        private static Column of(JsonNode column) {
            return new Column(
                    column.path("name").asText(),
                    column.path("jsonPath").asText(),
                    column.path("type").asText(),
                    column.path("priority").asInt());
        }

        /** Returns what an object has there, as a table shows it; empty for nothing. */
        String value(JsonNode object, Instant now) {
            String text = object.at(path.replace('.', '/')).asText();
            return type.equals("date") && !text.isEmpty() ? Age.of(text, now) : text;
        }
    }

    /**
     * Reads a CustomResourceDefinition.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Kind of(JsonNode definition) {
        CrdSchema schema = CrdSchema.of(definition);
        JsonNode names = definition.path("spec").path("names");
        List<String> shortNames = new ArrayList<>();
        names.path("shortNames").forEach(name -> shortNames.add(name.asText()));
        List<Column> columns = new ArrayList<>();
        for (JsonNode version : definition.path("spec").path("versions")) {
            if (version.path("storage").asBoolean()) {
                version.path(COLUMNS).forEach(column -> columns.add(Column.of(column)));
            }
        }
        String singular = names.path("singular").asText();
        return new Kind(
                schema.type(),
                singular.isEmpty() ? schema.type().kind().toLowerCase(Locale.ROOT) : singular,
                List.copyOf(shortNames),
                List.copyOf(columns),
                schema);
    }

    /** Names what is wrong with the columns of a CustomResourceDefinition, in any of its versions. */
    static List<Cause> columnProblems(JsonNode definition) {
        List<Cause> causes = new ArrayList<>();
        JsonNode versions = definition.path("spec").path("versions");
        for (int i = 0; i < versions.size(); i++) {
            JsonNode columns = versions.path(i).path(COLUMNS);
            for (int k = 0; k < columns.size(); k++) {
                String path = columns.path(k).path("jsonPath").asText();
                if (!path.startsWith(".")) {
                    causes.add(new Cause(
                            "spec.versions[" + i + "]." + COLUMNS + "[" + k + "].jsonPath",
                            "is \"" + path + "\"; allowed is a path that begins with \".\", such as .spec.price"));
                }
            }
        }
        return causes;
    }

    /** Returns the singular and the group, as kubectl names an object: {@code item.k1s.io}. */
    String qualifiedSingular() {
        return type.group().isEmpty() ? singular : singular + "." + type.group();
    }

    /** Returns what kubectl calls one object: {@code item.k1s.io/laptop}. */
    String path(String name) {
        return qualifiedSingular() + "/" + name;
    }

    /** A kind that nobody has defined. */
    static Kind undefined(ResourceType<GenericKubernetesResource> type) {
        return new Kind(type, type.kind().toLowerCase(Locale.ROOT), List.of(), List.of(), null);
    }

    /** Tells whether a user means it by a word: its plural, singular, kind or short name, perhaps with the group. */
    boolean isCalled(String word) {
        String small = word.toLowerCase(Locale.ROOT);
        String group = type.group();
        if (!group.isEmpty() && small.endsWith("." + group)) {
            small = small.substring(0, small.length() - group.length() - 1);
        }
        return small.equals(type.plural())
                || small.equals(singular)
                || small.equals(type.kind().toLowerCase(Locale.ROOT))
                || shortNames.contains(small);
    }
}
