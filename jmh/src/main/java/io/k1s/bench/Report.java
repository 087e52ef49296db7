package io.k1s.bench;

import io.k1s.metrics.CoreSet;
import io.k1s.registry.DrainSet;
import io.k1s.storage.LatencySet;
import io.k1s.storage.OverheadSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Puts what was measured into docs/performance.md: adds the rows of full runs to those in docs/performance, draws the charts
 * of all of them, and writes the tables between the page's markers, so that no figure of a table is copied by hand.
 */
final class Report {
    private Report() {}

    /** Adds what is in the target folder to what is in the docs, then writes the tables and charts of all that is there. */
    static void write(Path target, Path docs) throws IOException {
        Path measured = Files.createDirectories(measured(docs));
        publish(target, measured);
        charts(Files.createDirectories(target.resolve("report")), measured);
        Path page = docs.resolve("performance.md");
        Files.writeString(page, filled(Files.readString(page), measured));
        System.out.println("wrote the tables of " + page);
    }

    /**
     * Replaces the rows that were measured again, by a run that is noted as a full one of committed code, and leaves all others
     * as they are.
     *
     * @throws IllegalArgumentException if the page has another run with the seed of one of these; then nothing is published
     */
    private static void publish(Path target, Path measured) throws IOException {
        List<Map<String, Object>> full = Results.read(json(target, Results.RUNS)).stream()
                .filter(run -> "full".equals(run.get("form")) && Machine.isCommitted(run))
                .toList();
        for (Map<String, Object> run : full) {
            Optional<String> other = Machine.otherIn(json(measured, Results.RUNS), run);
            if (other.isPresent()) {
                throw new IllegalArgumentException(
                        "the seed of run " + run.get(Results.RUN) + " is that of another, " + other.get());
            }
        }
        Results.merge(json(measured, Results.RUNS), Results.RUNS, full);
        for (String set : Options.SETS) {
            Set<Object> runs = full.stream()
                    .filter(run -> set.equals(run.get("set")))
                    .map(run -> List.of(run.get(Results.RUN), Variant.of(run)))
                    .collect(Collectors.toSet());
            List<Map<String, Object>> rows = Results.read(json(target, set));
            List<Map<String, Object>> published = rows.stream()
                    .filter(row -> runs.contains(List.of(row.get(Results.RUN), Variant.of(row))))
                    .toList();
            if (!rows.isEmpty()) {
                Results.merge(json(measured, set), set, published);
                System.out.println(set + ": " + published.size() + " of " + rows.size()
                        + " rows are of full runs of committed code");
            }
        }
    }

    /** Where the rows of the page are. */
    static Path measured(Path docs) {
        return docs.resolve("performance");
    }

    static Path json(Path folder, String set) {
        return folder.resolve(set + ".json");
    }

    /** Drawn in a folder with their PNG files, which are not published. */
    private static void charts(Path drawn, Path measured) throws IOException {
        CoreSet.charts(drawn, Results.read(json(measured, "core")));
        FootprintSet.charts(drawn, Results.read(json(measured, "footprint")));
        DrainSet.charts(drawn, Results.read(json(measured, "drain")));
        LatencySet.charts(drawn, Results.read(json(measured, "latency")));
        OverheadSet.charts(drawn, Results.read(json(measured, "overhead")));
        ScalingSet.charts(drawn, Results.read(json(measured, "scaling")));
        try (Stream<Path> files = Files.list(drawn)) {
            for (Path svg :
                    files.filter(file -> file.toString().endsWith(".svg")).toList()) {
                Files.copy(svg, measured.resolve(svg.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** The page with all tables as the rows in a folder say. */
    static String filled(String page, Path measured) throws IOException {
        String filled = page;
        for (String table : Tables.NAMES) {
            filled = replaced(filled, table, Tables.of(table, measured));
        }
        return filled;
    }

    private static String replaced(String page, String table, String content) {
        String begin = "<!-- table " + table + " -->\n";
        String end = "<!-- end " + table + " -->";
        int from = page.indexOf(begin);
        int to = page.indexOf(end);
        if (from < 0 || to < from) {
            throw new IllegalArgumentException(
                    "the page has no place for table \"" + table + "\": it needs " + begin.strip() + " and " + end);
        }
        return page.substring(0, from + begin.length()) + content + page.substring(to);
    }

    /** A Markdown table. */
    static String table(List<String> head, List<List<String>> rows) {
        if (rows.isEmpty()) {
            return "*Not measured yet.*\n";
        }
        return Stream.concat(Stream.of(head, head.stream().map(h -> "---").toList()), rows.stream())
                .map(cells -> "| " + String.join(" | ", cells) + " |\n")
                .collect(Collectors.joining());
    }

    /** A number of a row with as many digits as its size deserves; a dash if there is none. */
    static String shown(Map<String, Object> row, String key) {
        return row.get(key) instanceof Number number ? shown(number.doubleValue()) : "-";
    }

    static String shown(double value) {
        double size = Math.abs(value);
        return size >= 1_000
                ? String.format(Locale.ROOT, "%,.0f", value)
                : size >= 100
                        ? String.format(Locale.ROOT, "%.0f", value)
                        : size >= 10
                                ? String.format(Locale.ROOT, "%.1f", value)
                                : String.format(Locale.ROOT, "%.2f", value);
    }

    /** Like {@code 3.02 [2.98, 3.10]}. */
    static String shown(Estimate estimate) {
        return shown(estimate.value()) + " [" + shown(estimate.low()) + ", " + shown(estimate.high()) + "]";
    }

    /** The same of a row; without brackets if it has no interval. */
    static String interval(Map<String, Object> row, String value, String low, String high) {
        return row.containsKey(low)
                ? shown(row, value) + " [" + shown(row, low) + ", " + shown(row, high) + "]"
                : shown(row, value);
    }
}
