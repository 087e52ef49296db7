package io.k1s.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Rows in a JSON file. A run adds its rows to those of earlier runs, on another JDK or of another group, and replaces the
 * ones that it measured again: those that agree in the keys that tell the rows of a set apart.
 */
public final class Results {
    /** The key of the run that a row is of: its seed, as in runs.json. */
    public static final String RUN = "run";

    /** The key of the run that a control row is of: it says nothing about the rows of another. */
    public static final String CONTROL_OF = "controlOf";

    /** The set of the notes on runs. */
    static final String RUNS = "runs";

    private static final Map<String, List<String>> IDENTITY = Map.of(
            "core",
            List.of("design", "threads", "jdk", "mode"),
            "footprint",
            List.of("measure", "jdk", "mode"),
            "drain",
            List.of("measure", "design", "jdk", "mode"),
            "latency",
            List.of("design", "fraction", "threads", "jdk", "mode"),
            "overhead",
            List.of("backend", "operation", "threads", "jdk", "mode", "detailedMetrics", CONTROL_OF),
            "scaling",
            List.of("cores", "jdk", "mode"),
            RUNS,
            List.of(RUN, "set", "jdk", "mode"));

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<List<Map<String, Object>>> ROWS = new TypeReference<>() {};
    private static final TypeReference<Map<String, Object>> ROW = new TypeReference<>() {};

    private Results() {}

    /** A row from keys and values in turn. Numbers get the digits that they deserve. */
    public static Map<String, Object> row(Object... keysAndValues) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            Object value = keysAndValues[i + 1];
            row.put((String) keysAndValues[i], value instanceof Double number ? rounded(number) : value);
        }
        return row;
    }

    /** Adds rows to the file of their set, each with the run that measured it; returns all that it has now. */
    public static List<Map<String, Object>> merge(Options options, List<Map<String, Object>> rows) throws IOException {
        rows.forEach(row -> row.put(RUN, options.seed()));
        return merge(options.json(), options.bench(), rows);
    }

    /** Adds rows of a set to a file. Rows that are the same but for what was measured are replaced. */
    public static List<Map<String, Object>> merge(Path file, String set, List<Map<String, Object>> rows)
            throws IOException {
        List<String> identity = IDENTITY.get(set);
        if (identity == null) {
            throw new IllegalArgumentException("no set \"" + set + "\"");
        }
        Map<List<Object>, Map<String, Object>> merged = new LinkedHashMap<>();
        for (Map<String, Object> row : read(file)) {
            merged.put(idOf(row, identity), row);
        }
        for (Map<String, Object> row : rows) {
            merged.put(idOf(row, identity), row);
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        List<String> lines = new ArrayList<>();
        for (Map<String, Object> row : merged.values()) {
            lines.add("  " + JSON.writeValueAsString(row));
        }
        Files.writeString(file, lines.stream().collect(Collectors.joining(",\n", "[\n", "\n]\n")));
        return List.copyOf(merged.values());
    }

    /** The rows of a file; none if there is no such file. */
    public static List<Map<String, Object>> read(Path file) throws IOException {
        return Files.exists(file) ? JSON.readValue(Files.readString(file), ROWS) : List.of();
    }

    /** The rows of each JDK in each mode. */
    public static Map<Variant, List<Map<String, Object>>> byVariant(List<Map<String, Object>> rows) {
        return rows.stream().collect(Collectors.groupingBy(Variant::of, LinkedHashMap::new, Collectors.toList()));
    }

    /** One row as a line, as a measured process prints it. */
    public static String line(Map<String, Object> row) {
        try {
            return JSON.writeValueAsString(row);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not to be written: " + row, e);
        }
    }

    /** What {@link #line} wrote. */
    public static Map<String, Object> parse(String line) {
        try {
            return JSON.readValue(line, ROW);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a row: " + line, e);
        }
    }

    /** A number of a row. */
    public static double number(Map<String, Object> row, String key) {
        if (row.get(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("no number \"" + key + "\" in " + row);
    }

    private static List<Object> idOf(Map<String, Object> row, List<String> identity) {
        return identity.stream()
                .map(key -> (Object) String.valueOf(row.get(key)))
                .toList();
    }

    /** To seven significant digits. */
    private static double rounded(double value) {
        if (value == 0 || !Double.isFinite(value)) {
            return value;
        }
        return new java.math.BigDecimal(value)
                .round(new java.math.MathContext(7))
                .doubleValue();
    }
}
