package io.k1s.storage;

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
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How long a {@code get} of an encoded object takes, from when it was meant to start, under an open load: operations start at
 * a fixed rate whether or not the one before has ended, so a stall counts for all that it delays (no coordinated omission).
 * Undecorated, decorated, and with the six shared counters that the project started from, in turns. The ratio of two designs
 * is taken in each repetition; the result is the median over processes of their median repetition.
 */
public final class LatencySet {
    private static final List<String> PERCENTILES = List.of("p50", "p90", "p99", "p999", "p9999", "max");
    private static final double HALF = 0.5;
    private static final int THREADS = 2;
    /**
     * So that there are few collections, one for each 2.5 GB: a repetition in which one takes more than a thousandth of the time
     * has it in its p99.9. Filled once by the warm-up.
     */
    private static final List<String> ROOM = List.of("-Xms3g", "-Xmx3g", "-Xmn2500m");

    private LatencySet() {}

    /** Measures. */
    public static void run(Options options, String mode) throws IOException, InterruptedException {
        List<Double> fractions = options.form().of(List.of(HALF), List.of(HALF), List.of(0.1, 0.25, HALF, 0.75, 0.9));
        int processes = options.processes().orElse(options.form().of(3, 3, 12));
        double saturation = Results.number(process(options, List.of(1_000.0), List.of(0), 0), "saturation");
        System.out.printf(Locale.ROOT, "latency: saturation is %.0f per second%n", saturation);
        List<Double> rates =
                fractions.stream().map(f -> (double) Math.round(f * saturation)).toList();
        List<Integer> repetitions = fractions.stream()
                .map(f ->
                        f == HALF ? options.form().of(1, 3, 9) : options.form().of(1, 1, 3))
                .toList();
        List<List<Map<String, Object>>> cells = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            cells.add(cells(process(options, rates, repetitions, options.seed() + i)));
            System.out.println(
                    "latency process " + (i + 1) + " of " + processes + ": " + seen(cells, rates, fractions));
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < rates.size(); i++) {
            for (String design : LatencyProcess.DESIGNS) {
                rows.add(row(cells, design, fractions.get(i), rates.get(i), mode, options.seed()));
            }
        }
        charts(options.target(), Results.merge(options, rows));
    }

    private static Map<String, Object> process(
            Options options, List<Double> rates, List<Integer> repetitions, long seed)
            throws IOException, InterruptedException {
        long millis = options.form().of(100, 700, 1_000);
        return new Jvm(options)
                .run(
                        300,
                        ROOM,
                        LatencyProcess.class,
                        "" + THREADS,
                        "" + millis,
                        "" + seed,
                        joined(rates),
                        joined(repetitions));
    }

    private static String joined(List<?> values) {
        return values.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    @SuppressWarnings("unchecked") // what the process wrote
    private static List<Map<String, Object>> cells(Map<String, Object> process) {
        return (List<Map<String, Object>>) process.get("cells");
    }

    private static String seen(List<List<Map<String, Object>>> cells, List<Double> rates, List<Double> fractions) {
        double half = rates.get(fractions.indexOf(HALF));
        double[] ratios = ratios(cells, "decorated", half);
        return "p99.9 ratio at half "
                + (ratios.length < 3 ? "to come" : Estimate.ofMedian(ratios, 0).toString());
    }

    private static Map<String, Object> row(
            List<List<Map<String, Object>>> cells,
            String design,
            double fraction,
            double rate,
            String mode,
            long seed) {
        List<Object> row = new ArrayList<>(List.of(
                "design",
                design,
                "fraction",
                fraction,
                "ratePerSecond",
                rate,
                "threads",
                THREADS,
                "jdk",
                Jvm.jdk(),
                "mode",
                mode));
        for (String percentile : PERCENTILES) {
            double[] values = cells.stream()
                    .mapToDouble(c -> median(c, design, rate, percentile))
                    .toArray();
            row.add(percentile + "Us");
            row.add(Estimate.median(values) / 1e3);
        }
        Estimate ratio = Estimate.ofMedian(ratios(cells, design, rate), seed);
        row.addAll(List.of(
                "p999Ratio", ratio.value(), "low95", ratio.low(), "high95", ratio.high(), "processes", cells.size()));
        return Results.row(row.toArray());
    }

    private static double median(List<Map<String, Object>> cells, String design, double rate, String percentile) {
        return Estimate.median(values(cells, design, rate, percentile));
    }

    /** In the order of the repetitions. */
    private static double[] values(List<Map<String, Object>> cells, String design, double rate, String percentile) {
        return cells.stream()
                .filter(c -> c.get("design").equals(design) && Results.number(c, "rate") == rounded(rate))
                .mapToDouble(c -> Results.number(c, percentile))
                .toArray();
    }

    private static double rounded(double rate) {
        return Results.number(Results.row("rate", rate), "rate");
    }

    /** Of the p99.9 to that of the undecorated store, one of each process. */
    private static double[] ratios(List<List<Map<String, Object>>> cells, String design, double rate) {
        return cells.stream()
                .mapToDouble(process -> {
                    double[] of = values(process, design, rate, "p999");
                    double[] to = values(process, LatencyProcess.DESIGNS.get(0), rate, "p999");
                    return Estimate.median(IntStream.range(0, of.length)
                            .mapToDouble(i -> of[i] / to[i])
                            .toArray());
                })
                .toArray();
    }

    /** Draws rows, each JDK and mode apart. */
    public static void charts(Path folder, List<Map<String, Object>> rows) throws IOException {
        for (var of : Results.byVariant(rows).entrySet()) {
            chart(folder, of.getKey(), of.getValue());
        }
    }

    private static void chart(Path folder, Variant variant, List<Map<String, Object>> rows) throws IOException {
        Map<Double, String> ticks = new LinkedHashMap<>();
        List<String> names = List.of("p50", "p90", "p99", "p99.9", "p99.99");
        for (int i = 0; i < names.size(); i++) {
            ticks.put((double) i, names.get(i));
        }
        Map<String, double[][]> curves = new LinkedHashMap<>();
        for (Map<String, Object> row : rows) {
            if (Results.number(row, "fraction") == HALF) {
                double[] x = IntStream.range(0, names.size()).asDoubleStream().toArray();
                double[] y = PERCENTILES.stream()
                        .limit(names.size())
                        .mapToDouble(p -> Results.number(row, p + "Us"))
                        .toArray();
                curves.put((String) row.get("design"), new double[][] {x, y});
            }
        }
        Charts.curves(
                folder.resolve(variant.svg("latency")),
                "Latency of a get at half of saturation, " + variant.title(),
                "share of the operations",
                "microseconds from the intended start (logarithmic)",
                ticks,
                curves);
    }
}
