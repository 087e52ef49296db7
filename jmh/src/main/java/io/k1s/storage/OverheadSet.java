package io.k1s.storage;

import io.k1s.bench.Charts;
import io.k1s.bench.Form;
import io.k1s.bench.InvalidRunException;
import io.k1s.bench.Jvm;
import io.k1s.bench.Options;
import io.k1s.bench.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What tracking adds to the operations of a storage, in per cent of what they take without.
 *
 * <p>A process runs blocks of some ms in pairs, undecorated and decorated in random order, and gives the median ratio of its
 * pairs, the mean of several copies of the code. Processes differ more than the pairs of one, by the layout that the JIT and
 * the heap came to, so the result is the median over processes, with an interval bootstrapped over them, and processes are
 * added until that is narrow. The rows take turns, so that a machine that drifts does so for all. Control rows compare
 * undecorated with undecorated: one that does not include 0, or stays wide, makes the run invalid.
 */
public final class OverheadSet {
    private static final int TIMEOUT_SECONDS = 120;
    /** One process that hangs need not cost the run; its row gets another. */
    private static final int MOST_FAILURES = 5;

    private OverheadSet() {}

    /**
     * Whether the {@code rows} are as in {@link OverheadRow#select}.
     *
     * @throws IllegalArgumentException if they are not
     */
    public static void check(Options options) {
        selected(options);
    }

    /** Measures. */
    public static void run(Options options, String mode) throws Exception {
        List<Samples> all = selected(options).stream()
                .map(row -> new Samples(row, options.seed()))
                .toList();
        List<Samples> open = new ArrayList<>(all);
        int failures = 0;
        for (long seed = options.seed(); !open.isEmpty(); ) {
            for (Samples samples : open) {
                try {
                    samples.add(process(options, samples.row(), seed));
                    System.out.println(samples.progress() + ", seed " + seed);
                } catch (IOException e) {
                    System.out.println(samples.row() + ", seed " + seed + ": " + e.getMessage());
                    samples.addFailure();
                    if (++failures > MOST_FAILURES) {
                        throw e;
                    }
                }
                seed++;
            }
            // For whoever has to stop it.
            merge(
                    options,
                    options.target().resolve("overhead-partial.json"),
                    mode,
                    all.stream().filter(s -> s.count() >= 3));
            open.removeIf(samples -> !samples.isOpen(least(options), most(options, samples.row())));
        }
        publish(options, mode, all);
    }

    /** A short run shows the harness and its control. */
    private static List<OverheadRow> selected(Options options) {
        boolean brief = options.rows().isEmpty() && options.form() == Form.SHORT;
        return OverheadRow.select(
                brief ? List.of("memory-json:get") : options.rows(), options.threadsOr(1, 2), options.detailed());
    }

    static int least(Options options) {
        int usual = options.form().of(3, 5, 10);
        return Math.min(usual, options.processes().orElse(usual));
    }

    static int most(Options options, OverheadRow row) {
        int usual = options.form().of(3, 8, row.isOnDisk() ? 20 : 60);
        return options.processes().orElse(usual);
    }

    private static Map<String, Object> process(Options options, OverheadRow row, long seed)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(
                Files.createDirectories(options.target().toAbsolutePath()), "store");
        try {
            return new Jvm(options)
                    .run(
                            TIMEOUT_SECONDS,
                            List.of(),
                            OverheadProcess.class,
                            row.encode(),
                            options.form().name(),
                            "" + seed,
                            folder.toString());
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /**
     * Rows whose control failed go to a file of their own. Short forms have too few processes for a verdict, so theirs is
     * only told.
     */
    static void publish(Options options, String mode, List<Samples> all) throws IOException, InvalidRunException {
        Map<OverheadRow, String> verdicts = new LinkedHashMap<>();
        for (Samples samples : all) {
            if (samples.row().control() && !samples.verdict().isEmpty()) {
                verdicts.put(samples.row(), samples.verdict());
                System.out.println("control: " + samples.verdict());
            }
        }
        boolean judged = options.form() == Form.FULL;
        Path invalid = options.target().resolve("overhead-invalid.json");
        merge(
                options,
                invalid,
                mode,
                all.stream().filter(s -> judged && verdicts.containsKey(s.row().controlRow())));
        List<Map<String, Object>> rows = merge(
                options,
                options.json(),
                mode,
                all.stream()
                        .filter(s -> !judged || !verdicts.containsKey(s.row().controlRow())));
        charts(options.target(), rows);
        if (judged && !verdicts.isEmpty()) {
            throw new InvalidRunException(
                    String.join("; ", verdicts.values()) + "; the rows that this concerns are in " + invalid);
        }
    }

    private static List<Map<String, Object>> merge(Options options, Path file, String mode, Stream<Samples> samples)
            throws IOException {
        List<Map<String, Object>> rows = samples.map(s -> {
                    Map<String, Object> row = s.toRow(Jvm.jdk(), mode);
                    row.put(Results.RUN, options.seed());
                    if (s.row().control()) {
                        row.put(Results.CONTROL_OF, options.seed());
                    }
                    return row;
                })
                .toList();
        return rows.isEmpty() ? Results.read(file) : Results.merge(file, options.bench(), rows);
    }

    /** Per cents of what takes long enough for them, and added time of all that does not wait for the disk. */
    public static void charts(Path folder, List<Map<String, Object>> rows) throws IOException {
        List<Map<String, Object>> shown = rows.stream()
                .filter(row -> isQuick(row) && !row.containsKey(Results.CONTROL_OF))
                .toList();
        chart(
                folder.resolve("overhead.svg"),
                "Overhead of operations of 1 us and more, with 95 % intervals",
                "% of the undecorated operation",
                shown.stream()
                        .filter(row -> Results.number(row, "baselineNs") >= 1_000)
                        .toList(),
                List.of("overheadPercent", "low95", "high95"));
        chart(
                folder.resolve("overhead-added.svg"),
                "What tracking adds to an operation, with 95 % intervals",
                "ns",
                shown,
                List.of("addedNs", "addedLow95", "addedHigh95"));
    }

    private static boolean isQuick(Map<String, Object> row) {
        return !row.get("backend").equals("rocksdb-sync");
    }

    private static void chart(
            Path svg, String title, String unit, List<Map<String, Object>> rows, List<String> valueLowHigh)
            throws IOException {
        if (rows.isEmpty()) {
            return;
        }
        List<String> labels = rows.stream()
                .map(row -> row.get("backend") + " " + row.get("operation") + " x" + row.get("threads")
                        + (Boolean.TRUE.equals(row.get("detailedMetrics")) ? "" : " plain"))
                .toList();
        List<String> categories = labels.stream().distinct().toList();
        Map<String, List<Double>> values = new LinkedHashMap<>();
        Map<String, List<Double>> errors = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            Map<String, Object> row = rows.get(i);
            String series = "JDK " + row.get("jdk") + " " + row.get("mode");
            int at = categories.indexOf(labels.get(i));
            double value = Results.number(row, valueLowHigh.get(0));
            double low = Results.number(row, valueLowHigh.get(1));
            double high = Results.number(row, valueLowHigh.get(2));
            set(values, series, categories.size(), at, value);
            set(errors, series, categories.size(), at, Math.max(high - value, value - low));
        }
        Charts.bars(svg, title, unit, false, categories, values, errors);
    }

    private static void set(Map<String, List<Double>> map, String series, int size, int at, double value) {
        map.computeIfAbsent(series, s -> new ArrayList<>(java.util.Collections.nCopies(size, null)))
                .set(at, value);
    }
}
