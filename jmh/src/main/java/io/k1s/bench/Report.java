package io.k1s.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Puts what was measured into docs/performance.md: copies rows and charts to docs/performance, and writes the tables between
 * the page's markers, so that no figure is copied by hand.
 */
final class Report {
    private Report() {}

    /** Copies what is in the target folder, then writes the tables of what is in the docs. */
    static void write(Path target, Path docs) throws IOException {
        Path measured = Files.createDirectories(docs.resolve("performance"));
        try (Stream<Path> files = Files.list(target)) {
            for (Path file : files.filter(Report::isPublished).sorted().toList()) {
                Files.copy(file, measured.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                System.out.println("copied " + file.getFileName());
            }
        }
        Path page = docs.resolve("performance.md");
        Files.writeString(page, filled(Files.readString(page), measured));
        System.out.println("wrote the tables of " + page);
    }

    private static boolean isPublished(Path file) {
        String name = file.getFileName().toString();
        return Stream.concat(Options.SETS.stream(), Stream.of("runs"))
                .anyMatch(set -> name.equals(set + ".json")
                        || name.equals(set + ".svg")
                        || (name.startsWith(set + "-") && name.endsWith(".svg")));
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
    static String interval(Map<String, Object> row, String value, String low, String high) {
        return row.containsKey(low)
                ? shown(row, value) + " [" + shown(row, low) + ", " + shown(row, high) + "]"
                : shown(row, value);
    }
}
