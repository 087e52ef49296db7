package io.k1s.storage;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one row of the overhead table compares.
 *
 * @param control whether both arms are undecorated
 */
record OverheadRow(String backend, String operation, int threads, boolean detailedMetrics, boolean control) {
    static final List<String> BACKENDS = List.of("memory-raw", "memory-json", "rocksdb", "rocksdb-sync");
    static final List<String> OPERATIONS = List.of("create", "get", "list", "update", "delete", "watch");

    private static final String CONTROL = "control get";
    private static final Map<String, List<String>> PUBLISHED = Map.of(
            "memory-raw", List.of("get", "update"),
            "memory-json", List.of("get", "create", "update", "list", "delete"),
            "rocksdb", List.of("get", "update"),
            "rocksdb-sync", List.of("update"));

    /**
     * The rows asked for, and the control rows that they need: a {@code get} of each backend on each number of threads.
     * Operations dominated by the disk would tell nothing about the harness.
     *
     * @param selection {@code all}, or of each {@code BACKEND} (what is published of it), {@code BACKEND:OPERATION} or
     *     {@code BACKEND:*}; empty for all that is published
     * @throws IllegalArgumentException if one names nothing
     */
    static List<OverheadRow> select(List<String> selection, List<Integer> threads, List<Boolean> detailed) {
        Set<OverheadRow> rows = new LinkedHashSet<>();
        for (String backend : BACKENDS) {
            for (String operation : OPERATIONS) {
                if (isSelected(selection, backend, operation)) {
                    for (int count : threads) {
                        for (boolean on : detailed) {
                            OverheadRow row = new OverheadRow(backend, operation, count, on, false);
                            rows.add(row.controlRow());
                            rows.add(row);
                        }
                    }
                }
            }
        }
        selection.forEach(OverheadRow::check);
        return new ArrayList<>(rows);
    }

    /** The row that tells whether this one can be believed. */
    OverheadRow controlRow() {
        String quick = backend.equals("rocksdb-sync") ? "rocksdb" : backend;
        return new OverheadRow(quick, "get", threads, true, true);
    }

    private static boolean isSelected(List<String> selection, String backend, String operation) {
        boolean published = PUBLISHED.get(backend).contains(operation);
        return selection.isEmpty()
                ? published
                : selection.contains("all")
                        || selection.contains(backend + ":*")
                        || selection.contains(backend + ":" + operation)
                        || (published && selection.contains(backend));
    }

    private static void check(String asked) {
        String[] parts = asked.split(":", 2);
        boolean known = asked.equals("all")
                || BACKENDS.contains(parts[0])
                        && (parts.length == 1 || parts[1].equals("*") || OPERATIONS.contains(parts[1]));
        if (!known) {
            throw new IllegalArgumentException(
                    "rows has \"" + asked + "\": allowed is all, or BACKEND, BACKEND:OPERATION or"
                            + " BACKEND:* of the backends " + BACKENDS + " and the operations " + OPERATIONS);
        }
    }

    /** Whether the operation waits for the disk, so that a per cent of it says nothing. */
    boolean isOnDisk() {
        return backend.equals("rocksdb-sync") && !operation.equals("get") && !operation.equals("list");
    }

    /** The operation as the table shows it. */
    String label() {
        return control ? CONTROL : operation;
    }

    /** As an argument of the process that measures it. */
    String encode() {
        return String.join("/", backend, operation, "" + threads, "" + detailedMetrics, "" + control);
    }

    static OverheadRow decode(String encoded) {
        String[] parts = encoded.split("/");
        return new OverheadRow(
                parts[0],
                parts[1],
                Integer.parseInt(parts[2]),
                Boolean.parseBoolean(parts[3]),
                Boolean.parseBoolean(parts[4]));
    }

    @Override
    public String toString() {
        return backend + " " + label() + ", " + threads + (threads == 1 ? " thread" : " threads")
                + (detailedMetrics ? "" : ", plain");
    }
}
