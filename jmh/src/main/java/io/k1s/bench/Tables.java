package io.k1s.bench;

import static io.k1s.bench.Report.interval;
import static io.k1s.bench.Report.shown;
import static io.k1s.bench.Report.table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The tables of docs/performance.md, each from the rows of a set. */
final class Tables {
    static final List<String> NAMES = List.of(
            "core", "ratios", "overhead", "control", "latency", "drain", "footprint", "scaling", "runs", "charts");

    private Tables() {}

    static String of(String name, Path measured) throws IOException {
        return switch (name) {
            case "core" -> core(rows(measured, "core"));
            case "ratios" -> CoreRatios.table(rows(measured, "core"));
            case "overhead" -> overhead(rows(measured, "overhead"), false);
            case "control" -> overhead(rows(measured, "overhead"), true);
            case "latency" -> latency(rows(measured, "latency"));
            case "drain" -> drain(rows(measured, "drain"));
            case "footprint" -> footprint(rows(measured, "footprint"));
            case "scaling" -> scaling(rows(measured, "scaling"));
            case "runs" -> runs(rows(measured, "runs"));
            case "charts" -> charts(measured);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static List<Map<String, Object>> rows(Path measured, String set) throws IOException {
        return Results.read(measured.resolve(set + ".json"));
    }

    /** Which JDK in which mode, as the tables call it. */
    static String variant(Map<String, Object> row) {
        return row.get("jdk") + " " + row.get("mode");
    }

    private static String core(List<Map<String, Object>> rows) {
        List<String> threads =
                rows.stream().map(row -> "" + row.get("threads")).distinct().toList();
        List<String> head = new ArrayList<>(List.of("design", "JDK, mode"));
        threads.forEach(count -> head.add(count + (count.equals("1") ? " thread" : " threads")));
        Map<List<String>, Map<String, String>> lines = rows.stream()
                .collect(Collectors.groupingBy(
                        row -> List.of((String) row.get("design"), variant(row)),
                        java.util.LinkedHashMap::new,
                        Collectors.toMap(
                                row -> "" + row.get("threads"), row -> interval(row, "nsPerOp", "low95", "high95"))));
        List<List<String>> cells = new ArrayList<>();
        lines.forEach((key, values) -> {
            List<String> line = new ArrayList<>(key);
            threads.forEach(count -> line.add(values.getOrDefault(count, "-")));
            cells.add(line);
        });
        return table(head, cells);
    }

    private static String overhead(List<Map<String, Object>> rows, boolean control) {
        return table(
                List.of(
                        "backend",
                        "operation",
                        "threads",
                        "JDK, mode",
                        "detailed metrics",
                        "baseline ns",
                        "decorated ns",
                        "overhead %",
                        "added ns",
                        "pairs",
                        "processes"),
                rows.stream()
                        .filter(row -> ((String) row.get("operation")).startsWith("control") == control)
                        .map(row -> List.of(
                                "" + row.get("backend"),
                                "" + row.get("operation"),
                                "" + row.get("threads"),
                                variant(row),
                                Boolean.TRUE.equals(row.get("detailedMetrics")) ? "on" : "off",
                                shown(row, "baselineNs"),
                                shown(row, "decoratedNs"),
                                interval(row, "overheadPercent", "low95", "high95"),
                                interval(row, "addedNs", "addedLow95", "addedHigh95"),
                                "" + row.get("pairs"),
                                "" + row.get("processes")))
                        .toList());
    }

    private static String latency(List<Map<String, Object>> rows) {
        return table(
                List.of(
                        "load",
                        "design",
                        "JDK, mode",
                        "p50 us",
                        "p90",
                        "p99",
                        "p99.9",
                        "p99.99",
                        "most",
                        "p99.9 to undecorated"),
                rows.stream()
                        .map(row -> List.of(
                                shown(100 * Results.number(row, "fraction")) + " %, " + shown(row, "ratePerSecond")
                                        + "/s",
                                "" + row.get("design"),
                                variant(row),
                                shown(row, "p50Us"),
                                shown(row, "p90Us"),
                                shown(row, "p99Us"),
                                shown(row, "p999Us"),
                                shown(row, "p9999Us"),
                                shown(row, "maxUs"),
                                interval(row, "p999Ratio", "low95", "high95")))
                        .toList());
    }

    private static String drain(List<Map<String, Object>> rows) {
        return table(
                List.of("what", "of", "JDK, mode", "time", "ratio"),
                rows.stream()
                        .map(row -> List.of(
                                "" + row.get("measure"),
                                "" + row.get("design"),
                                variant(row),
                                interval(row, "value", "low95", "high95") + " " + row.get("unit"),
                                row.containsKey("ratio") ? interval(row, "ratio", "ratioLow95", "ratioHigh95") : "-"))
                        .toList());
    }

    private static String footprint(List<Map<String, Object>> rows) {
        return table(
                List.of("what", "JDK, mode", "takes"),
                rows.stream()
                        .map(row -> List.of(
                                "" + row.get("measure"),
                                variant(row),
                                interval(row, "value", "low95", "high95") + " " + row.get("unit")))
                        .toList());
    }

    private static String scaling(List<Map<String, Object>> rows) {
        return table(
                List.of(
                        "cores",
                        "threads",
                        "JDK, mode",
                        "most stripes",
                        "bytes per component",
                        "bytes per thread",
                        "look, warm us",
                        "cold us",
                        "cold ns per thread",
                        "cold, other socket us",
                        "one shared word, ns per operation",
                        "six atomics, ns per operation"),
                rows.stream()
                        .map(row -> List.of(
                                "" + row.get("cores"),
                                "" + row.get("threads"),
                                variant(row),
                                "" + row.get("stripes"),
                                shown(row, "bytesPerComponent"),
                                shown(row, "bytesPerThread"),
                                shown(row, "warmLookUs"),
                                shown(row, "coldLookUs"),
                                shown(row, "coldNsPerThread"),
                                shown(row, "remoteLookUs"),
                                shown(row, "oneWordNsPerOp"),
                                shown(row, "sixAtomicsNsPerOp")))
                        .toList());
    }

    private static String runs(List<Map<String, Object>> rows) {
        return table(
                List.of("set", "JDK, mode", "command", "runtime", "machine", "ended"),
                rows.stream()
                        .map(row -> List.of(
                                "" + row.get("set"),
                                variant(row),
                                "`" + row.get("command") + "`",
                                "" + row.get("runtime"),
                                row.get("cpu") + ", " + row.get("cores") + " cores, " + row.get("os"),
                                "" + row.get("ended")))
                        .toList());
    }

    private static String charts(Path measured) throws IOException {
        if (!java.nio.file.Files.isDirectory(measured)) {
            return "*Not measured yet.*\n";
        }
        try (var files = java.nio.file.Files.list(measured)) {
            String images = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".svg"))
                    .sorted()
                    .map(name -> "![" + name.replace(".svg", "") + "](performance/" + name + ")\n")
                    .collect(Collectors.joining("\n"));
            return images.isEmpty() ? "*Not measured yet.*\n" : images;
        }
    }
}
