package io.k1s.bench;

import static io.k1s.bench.Report.interval;
import static io.k1s.bench.Report.shown;
import static io.k1s.bench.Report.table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables of docs/performance.md, each from the rows of a set. */
final class Tables {
    static final List<String> NAMES = List.of(
            "core", "ratios", "overhead", "control", "latency", "drain", "footprint", "scaling", "runs", "charts");

    /** By how much of it the baseline of a row may differ from its control's. */
    private static final double SAME_BASELINE = 0.03;

    private static final Map<String, String> CHARTS = Map.of(
            "core", "Time of begin + end by design and number of threads",
            "drain", "Time of shutdowns by works and components, and of the exit of an idle process",
            "footprint", "Bytes of a component, and bytes that an operation allocates",
            "latency", "Percentiles of the latency of a get at half of saturation, by design",
            "overhead", "Overhead of operations in per cent, with intervals",
            "overhead-added", "Time that tracking adds to operations, with intervals",
            "scaling",
                    "Time of a look at a whole component by the threads that use it, with warm and with cold caches");

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
            case "scaling" -> scaling(measured);
            case "runs" -> runs(measured);
            case "charts" -> charts(measured);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static List<Map<String, Object>> rows(Path measured, String set) throws IOException {
        return Results.read(measured.resolve(set + ".json"));
    }

    private static String variant(Map<String, Object> row) {
        return Variant.of(row).toString();
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

    /** The rows, or their controls: those of the runs that have a row. */
    private static String overhead(List<Map<String, Object>> all, boolean control) {
        Set<Object> runs = all.stream()
                .filter(row -> !isControl(row))
                .map(row -> row.get(Results.RUN))
                .collect(Collectors.toSet());
        return table(
                List.of(
                        "backend",
                        "operation",
                        "threads",
                        "JDK, mode",
                        "detailed metrics",
                        "baseline ns",
                        "overhead %",
                        "added ns",
                        "pairs",
                        "processes",
                        "run"),
                all.stream()
                        .filter(row -> isControl(row) == control && runs.contains(row.get(Results.RUN)))
                        .map(row -> List.of(
                                "" + row.get("backend"),
                                "" + row.get("operation"),
                                "" + row.get("threads"),
                                variant(row),
                                Boolean.TRUE.equals(row.get("detailedMetrics")) ? "on" : "off",
                                baseline(row, all),
                                interval(row, "overheadPercent", "low95", "high95"),
                                interval(row, "addedNs", "addedLow95", "addedHigh95"),
                                "" + row.get("pairs"),
                                processes(row),
                                "" + row.get(Results.RUN)))
                        .toList());
    }

    /**
     * The undecorated operation, and beside it what the control of the same run took for the same, where they differ: then the
     * decorated arm is not all that the two processes differ in.
     */
    static String baseline(Map<String, Object> row, List<Map<String, Object>> all) {
        String shown = shown(row, "baselineNs");
        return all.stream()
                .filter(control -> ("control " + row.get("operation")).equals(control.get("operation"))
                        && Stream.of("backend", "threads", "jdk", "mode", Results.RUN)
                                .allMatch(key -> Objects.equals(row.get(key), control.get(key))))
                .filter(control ->
                        Math.abs(Results.number(row, "baselineNs") / Results.number(control, "baselineNs") - 1)
                                > SAME_BASELINE)
                .map(control -> shown + ", of the control " + shown(control, "baselineNs"))
                .findFirst()
                .orElse(shown);
    }

    /** Those that its figures are of, and those that failed, of which some may have been the slow ones. */
    private static String processes(Map<String, Object> row) {
        boolean allEnded = row.getOrDefault("failures", 0).equals(0);
        return row.get("processes") + (allEnded ? "" : ", " + row.get("failures") + " failed");
    }

    private static boolean isControl(Map<String, Object> row) {
        return ("" + row.get("operation")).startsWith("control");
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

    /** What was calculated, beside what was measured where a machine had as many cores. */
    private static String scaling(Path measured) throws IOException {
        List<Map<String, Object>> core = rows(measured, "core");
        List<Map<String, Object>> runs = rows(measured, Results.RUNS);
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
                        "begin + end in turn, ns",
                        "one shared word, ns per operation, at most",
                        "measured",
                        "six atomics, ns per operation, at most",
                        "measured"),
                rows(measured, "scaling").stream()
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
                                shown(row, "inTurnNs"),
                                shown(row, "oneWordNsPerOp"),
                                onAllCores("one word, add", row, core, runs),
                                shown(row, "sixAtomicsNsPerOp"),
                                onAllCores("six atomics", row, core, runs)))
                        .toList());
    }

    /** What a design took on as many threads as a point has cores, on a machine with that many. */
    private static String onAllCores(
            String design, Map<String, Object> point, List<Map<String, Object>> core, List<Map<String, Object>> runs) {
        Object cores = point.get("cores");
        return core.stream()
                .filter(row -> design.equals(row.get("design"))
                        && Variant.of(row).equals(Variant.of(point))
                        && cores.equals(row.get("threads"))
                        && runs.stream()
                                .anyMatch(run -> cores.equals(run.get("cores"))
                                        && "core".equals(run.get("set"))
                                        && row.get(Results.RUN).equals(run.get(Results.RUN))))
                .findFirst()
                .map(row -> interval(row, "nsPerOp", "low95", "high95"))
                .orElse("-");
    }

    /** The runs that a row of the page is of. */
    private static String runs(Path measured) throws IOException {
        Set<List<String>> published = new HashSet<>();
        for (String set : Options.SETS) {
            rows(measured, set).stream()
                    .filter(row -> !isControl(row))
                    .forEach(row -> published.add(List.of(set, "" + row.get(Results.RUN), variant(row))));
        }
        return table(
                List.of("run", "JDK, mode", "command", "commit", "runtime", "machine", "ended"),
                rows(measured, Results.RUNS).stream()
                        .filter(run -> published.contains(
                                List.of("" + run.get("set"), "" + run.get(Results.RUN), variant(run))))
                        .map(run -> List.of(
                                "" + run.get(Results.RUN),
                                variant(run),
                                "`" + run.get("command") + "`",
                                "" + run.getOrDefault("commit", "-"),
                                "" + run.get("runtime"),
                                run.get("cpu") + ", " + run.get("cores") + " cores, " + run.get("os"),
                                "" + run.get("ended")))
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
                    .map(name -> "![" + inWords(name.replace(".svg", "")) + "](performance/" + name + ")\n")
                    .collect(Collectors.joining("\n"));
            return images.isEmpty() ? "*Not measured yet.*\n" : images;
        }
    }

    /** What a chart shows, for who does not see it. */
    private static String inWords(String chart) {
        String[] parts = chart.split("-jdk", 2);
        String shown = CHARTS.getOrDefault(parts[0], parts[0]);
        return parts.length == 1 ? shown : shown + ", JDK " + parts[1].replace("-", ", ");
    }
}
