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
 * ones that it measured again.
 */
public final class Results {
    /** The key of the run that a row is of: its seed, as in runs.json. */
    public static final String RUN = "run";

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

    /** Adds rows to the file of a set, each with the run that measured it. */
    public static List<Map<String, Object>> merge(
            Options options, List<String> identity, List<Map<String, Object>> rows) throws IOException {
        rows.forEach(row -> row.put(RUN, options.seed()));
        return merge(options.json(), identity, rows);
    }

    /** Adds rows to a file. Rows that agree with a new one in the identity keys are replaced. */
    public static List<Map<String, Object>> merge(Path file, List<String> identity, List<Map<String, Object>> rows)
            throws IOException {
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
