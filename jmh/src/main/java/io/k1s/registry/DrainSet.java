package io.k1s.registry;

import io.k1s.bench.Charts;
import io.k1s.bench.Estimate;
import io.k1s.bench.Jvm;
import io.k1s.bench.Options;
import io.k1s.bench.Results;
import io.k1s.bench.Variant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long a drain takes: from the last end to the return of the wait, against what the JDK has; a whole shutdown; and from
 * SIGTERM to the exit of an idle process, against a bare JVM with an empty hook.
 */
public final class DrainSet {
    static final String WAKE = "last end to drained";
    static final String SHUTDOWN = "request to report";
    static final String AFTER_END = "last end to report";
    static final String EXIT = "SIGTERM to exit, idle";

    private final Options options;
    private final String mode;
    private final List<Map<String, Object>> rows = new ArrayList<>();

    private DrainSet(Options options, String mode) {
        this.options = options;
        this.mode = mode;
    }

    /** Measures. */
    public static void run(Options options, String mode) throws IOException, InterruptedException {
        DrainSet set = new DrainSet(options, mode);
        set.wake();
        set.shutdowns();
        set.exits();
        charts(options.target(), Results.merge(options, set.rows));
    }

    private void wake() throws IOException, InterruptedException {
        List<Map<String, Object>> processes = new ArrayList<>();
        int wanted = options.form().of(3, 5, 20);
        for (int i = 0; i < wanted; i++) {
            processes.add(new Jvm(options)
                    .run(
                            120,
                            List.of(),
                            DrainProcess.class,
                            "" + options.form().of(30, 300, 1_000),
                            "" + (options.seed() + i)));
            System.out.println("drain process " + (i + 1) + " of " + wanted + ": " + processes.get(i));
        }
        for (String design : DrainProcess.DESIGNS) {
            add(
                    WAKE,
                    design,
                    "us",
                    estimate(processes, design).times(1e-3),
                    estimate(processes, design + " ratio"),
                    wanted);
        }
    }

    private void shutdowns() throws IOException, InterruptedException {
        int wanted = options.form().of(3, 3, 11);
        for (int components : new int[] {10, 1_000}) {
            for (int works : new int[] {10, 1_000, 100_000}) {
                List<Map<String, Object>> processes = new ArrayList<>();
                for (int i = 0; i < wanted; i++) {
                    processes.add(
                            new Jvm(options).run(120, List.of(), ShutdownProcess.class, "" + components, "" + works));
                }
                String what = works + " works, " + components + " components";
                add(SHUTDOWN, what, "ms", estimate(processes, "whole"), null, wanted);
                add(AFTER_END, what, "ms", estimate(processes, "afterLastEnd"), null, wanted);
                System.out.println("shutdown with " + what + ": " + estimate(processes, "whole") + " ms");
            }
        }
    }

    private void exits() throws IOException, InterruptedException {
        IdlePairs pairs = IdlePairs.run(options, options.form().of(3, 15, 100));
        add(EXIT, "k1s", "ms", pairs.exit(true), pairs.exitRatio(), pairs.count());
        add(EXIT, "bare JVM", "ms", pairs.exit(false), new Estimate(1, 1, 1), pairs.count());
        System.out.println("idle SIGTERM to exit against a bare JVM: " + pairs.exitRatio());
    }

    private Estimate estimate(List<Map<String, Object>> processes, String key) {
        return Estimate.ofMedian(
                processes.stream().mapToDouble(p -> Results.number(p, key)).toArray(), options.seed());
    }

    private void add(String measure, String design, String unit, Estimate value, Estimate ratio, int samples) {
        Map<String, Object> row = Results.row(
                "measure",
                measure,
                "design",
                design,
                "jdk",
                Jvm.jdk(),
                "mode",
                mode,
                "unit",
                unit,
                "value",
                value.value(),
                "low95",
                value.low(),
                "high95",
                value.high(),
                "samples",
                samples);
        if (ratio != null) {
            row.putAll(Results.row("ratio", ratio.value(), "ratioLow95", ratio.low(), "ratioHigh95", ratio.high()));
        }
        rows.add(row);
    }

    /** Draws rows, each JDK and mode apart. */
    public static void charts(Path folder, List<Map<String, Object>> rows) throws IOException {
        for (var of : Results.byVariant(rows).entrySet()) {
            chart(folder, of.getKey(), of.getValue());
        }
    }

    private static void chart(Path folder, Variant variant, List<Map<String, Object>> rows) throws IOException {
        List<String> names = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            if (row.get("measure").equals(SHUTDOWN) || row.get("measure").equals(EXIT)) {
                names.add(
                        row.get("measure").equals(EXIT)
                                ? "idle exit, " + row.get("design")
                                : (String) row.get("design"));
                values.add(Results.number(row, "value"));
            }
        }
        Map<String, List<Double>> series = new LinkedHashMap<>();
        series.put("ms", values);
        Charts.bars(
                folder.resolve(variant.svg("drain")),
                "Shutdowns, and exits of an idle process, " + variant.title(),
                "ms (logarithmic)",
                true,
                names,
                series,
                Map.of());
    }
}
