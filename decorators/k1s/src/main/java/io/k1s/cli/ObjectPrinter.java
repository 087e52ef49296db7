package io.k1s.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;

/** Prints objects of one kind, in the formats of kubectl. */
final class ObjectPrinter {
    private final Kind kind;
    private final Format format;
    private final boolean withNamespace;
    private final PrintWriter out;
    private final List<Kind.Column> columns;
    /** Unless the definition has a column for it. */
    private final boolean withAge;
    /** The widths of the table that was printed last, for the rows that follow; none before the first. */
    private int[] widths = {};

    /** How objects are printed. */
    enum Format {
        TABLE,
        WIDE,
        YAML,
        JSON,
        NAME
    }

    ObjectPrinter(Kind kind, Format format, boolean withNamespace, PrintWriter out) {
        this.kind = kind;
        this.format = format;
        this.withNamespace = withNamespace && kind.type().namespaced();
        this.out = out;
        this.columns = kind.columns().stream()
                .filter(column -> column.priority() <= 0 || format == Format.WIDE)
                .toList();
        this.withAge = columns.stream().noneMatch(column -> column.title().equalsIgnoreCase("age"));
    }

    static Format format(CommandSpec spec, String value) {
        for (Format format : Format.values()) {
            if (format.name().toLowerCase(Locale.ROOT).equals(value)) {
                return format;
            }
        }
        throw Args.refused(spec, "--output", value, "table, wide, yaml, json or name");
    }

    boolean isTable() {
        return format == Format.TABLE || format == Format.WIDE;
    }

    void single(GenericKubernetesResource object) {
        switch (format) {
            case TABLE, WIDE, NAME -> list(List.of(object));
            case YAML, JSON -> print(tree(object));
        }
    }

    void list(List<GenericKubernetesResource> objects) {
        switch (format) {
            case NAME ->
                objects.forEach(
                        object -> out.println(kind.path(object.getMetadata().getName())));
            case TABLE, WIDE -> table(objects.stream().map(this::row).toList(), "");
            case YAML, JSON -> {
                ObjectNode list = Documents.JSON.createObjectNode();
                list.put("apiVersion", "v1");
                list.putArray("items")
                        .addAll(objects.stream().map(ObjectPrinter::tree).toList());
                list.put("kind", "List");
                list.putObject("metadata").put("resourceVersion", "");
                print(list);
            }
        }
        out.flush();
    }

    /** One event of a watch. */
    void event(String what, GenericKubernetesResource object) {
        switch (format) {
            case NAME -> out.println(what + " " + kind.path(object.getMetadata().getName()));
            case TABLE, WIDE -> table(List.of(row(object)), what);
            case YAML -> {
                out.println("---");
                print(event(what, tree(object)));
            }
            case JSON -> out.println(event(what, tree(object)));
        }
        out.flush();
    }

    private static ObjectNode event(String what, JsonNode object) {
        ObjectNode event = Documents.JSON.createObjectNode().put("type", what);
        event.set("object", object);
        return event;
    }

    private void print(JsonNode tree) {
        try {
            if (format == Format.YAML) {
                out.print(Documents.YAML.writeValueAsString(tree));
            } else {
                out.println(Documents.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(tree));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("no JSON: " + tree, e);
        }
        out.flush();
    }

    private static JsonNode tree(GenericKubernetesResource object) {
        ObjectMapper mapper = Documents.JSON;
        return mapper.valueToTree(object);
    }

    private List<String> row(GenericKubernetesResource object) {
        JsonNode tree = tree(object);
        List<String> row = new ArrayList<>();
        if (withNamespace) {
            row.add(object.getMetadata().getNamespace());
        }
        row.add(object.getMetadata().getName());
        Instant now = Instant.now();
        for (Kind.Column column : columns) {
            row.add(OneLine.escape(column.value(tree, now)));
        }
        if (withAge) {
            row.add(Age.of(object.getMetadata().getCreationTimestamp(), now));
        }
        return row;
    }

    /** Three spaces between columns, as kubectl. Headings the first time; later rows keep to its widths where they fit. */
    private void table(List<List<String>> rows, String event) {
        List<List<String>> all = new ArrayList<>();
        boolean first = widths.length == 0;
        if (first) {
            // As wide as the longest event.
            all.add(cells(event.isEmpty() ? "" : "EVENT   ", headings()));
        }
        rows.forEach(row -> all.add(cells(event, row)));
        int[] wide = first ? new int[all.get(0).size()] : widths;
        for (List<String> row : all) {
            for (int i = 0; i < row.size(); i++) {
                wide[i] = Math.max(wide[i], row.get(i).length());
            }
        }
        widths = wide;
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(row.get(i)).append(" ".repeat(wide[i] - row.get(i).length() + 3));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static List<String> cells(String first, List<String> rest) {
        List<String> cells = new ArrayList<>();
        if (!first.isEmpty()) {
            cells.add(first);
        }
        cells.addAll(rest);
        return cells;
    }

    private List<String> headings() {
        List<String> headings = new ArrayList<>();
        if (withNamespace) {
            headings.add("NAMESPACE");
        }
        headings.add("NAME");
        columns.forEach(column -> headings.add(column.title().toUpperCase(Locale.ROOT)));
        if (withAge) {
            headings.add("AGE");
        }
        return headings;
    }
}
