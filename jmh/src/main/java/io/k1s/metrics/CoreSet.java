package io.k1s.metrics;

import io.k1s.bench.Charts;
import io.k1s.bench.Jvm;
import io.k1s.bench.Options;
import io.k1s.bench.Results;
import io.k1s.bench.Variant;
import io.k1s.storage.TrackedCallBenchmark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.ListStatistics;

/**
 * The core and what else could have been built, side by side: every design on every number of threads, in rounds of one JVM
 * each, so that a machine that drifts does so for all. The interval is the t-interval of the JVMs' means; with less than
 * three rounds of the iterations of one JVM, which leaves out that JVMs differ.
 */
public final class CoreSet {
    private static final String ON_VIRTUAL_THREADS = "virtual threads";
    private static final int VIRTUAL_THREADS_SINCE = 21;
    /** More virtual threads than that would not run beside each other, but one after the other. */
    private static final int CARRIERS = Runtime.getRuntime().availableProcessors();

    private CoreSet() {}

    /**
     * Whether there is something to measure for each of the {@code rows}, which are parts of the designs' names.
     *
     * @throws IllegalArgumentException if there is not
     */
    public static void check(Options options) {
        List<Case> cases = cases(options);
        for (String asked : options.rows()) {
            if (cases.stream().noneMatch(c -> c.design.contains(asked))) {
                throw new IllegalArgumentException("rows has \"" + asked + "\": allowed is a part of one of "
                        + designs().keySet() + ", and \"" + ON_VIRTUAL_THREADS + "\" on at most " + CARRIERS
                        + " threads");
            }
        }
    }

    /** Measures. */
    public static void run(Options options, String mode) throws IOException, RunnerException {
        List<Case> cases = cases(options);
        int rounds = options.form().of(1, 1, 5);
        for (int round = 1; round <= rounds; round++) {
            for (Case c : cases) {
                c.runs.add(iterations(options, c));
                System.out.printf(
                        Locale.ROOT,
                        "core round %d of %d: %-28s %d threads %8.2f ns%n",
                        round,
                        rounds,
                        c.design,
                        c.threads,
                        mean(c.runs.get(round - 1)));
            }
        }
        List<Map<String, Object>> rows = cases.stream().map(c -> row(c, mode)).toList();
        // With what earlier runs measured: one command may have been too long, or of other numbers of threads.
        charts(options.target(), Results.merge(options, rows));
    }

    private static List<Case> cases(Options options) {
        List<Case> cases = new ArrayList<>();
        for (int threads :
                options.form().of(options.threadsOr(1, 2), options.threadsOr(1, 2), options.threadsOr(1, 2, 4, 8))) {
            designs().forEach((design, method) -> {
                boolean asked =
                        options.rows().isEmpty() || options.rows().stream().anyMatch(design::contains);
                if (asked && (!design.endsWith(ON_VIRTUAL_THREADS) || threads <= CARRIERS)) {
                    cases.add(new Case(design, method, threads, new ArrayList<>()));
                }
            });
        }
        return cases;
    }

    private record Case(String design, String method, int threads, List<List<Double>> runs) {}

    /** What the designs are called, and where they are. */
    private static Map<String, String> designs() {
        Map<String, String> designs = new LinkedHashMap<>();
        String ours = BeginEndBenchmark.class.getName();
        designs.put("k1s ticket", ours + ".ticket");
        designs.put("k1s registered", ours + ".registered");
        designs.put("k1s ended elsewhere", EndElsewhereBenchmark.class.getName() + ".endedElsewhere");
        if (Jvm.jdk() >= VIRTUAL_THREADS_SINCE) {
            designs.put("k1s " + ON_VIRTUAL_THREADS, ours + ".registered");
        }
        designs.put("k1s exact peak", ours + ".exactPeak");
        designs.put("k1s token", ours + ".token");
        designs.put("call, tracked", TrackedCallBenchmark.class.getName() + ".trackedCall");
        designs.put("call, bare", TrackedCallBenchmark.class.getName() + ".bareCall");
        String baselines = BaselineBenchmark.class.getName();
        designs.put("six atomics", baselines + ".sixAtomics");
        designs.put("one word, CAS", baselines + ".oneWordCas");
        designs.put("one word, add", baselines + ".oneWordAdd");
        designs.put("LongAdder pair", baselines + ".longAdders");
        designs.put("Phaser", baselines + ".phaser");
        designs.put("Semaphore", baselines + ".semaphore");
        designs.put("read lock", baselines + ".readLock");
        designs.put("WriterReaderPhaser", baselines + ".writerReaderPhaser");
        designs.put("Micrometer Timer", baselines + ".timer");
        designs.put("Micrometer LongTaskTimer", baselines + ".longTaskTimer");
        designs.put("two atomics, own line", baselines + ".ownAtomics");
        designs.put("empty method", baselines + ".empty");
        return designs;
    }

    private static List<Double> iterations(Options options, Case c) throws RunnerException {
        ChainedOptionsBuilder builder = new OptionsBuilder()
                .include("^" + c.method.replace(".", "\\.") + "$")
                .threads(c.threads)
                .forks(1)
                .jvmArgs(new Jvm(options).flags().toArray(String[]::new))
                .warmupIterations(options.form().of(1, 3, 3))
                .warmupTime(TimeValue.milliseconds(options.form().of(50, 300, 400)))
                .measurementIterations(options.form().of(3, 5, 5))
                .measurementTime(TimeValue.milliseconds(options.form().of(50, 300, 400)))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        if (c.design.endsWith(ON_VIRTUAL_THREADS)) {
            builder.jvmArgsAppend("-Djmh.executor=VIRTUAL");
        }
        Collection<RunResult> results = new Runner(builder.build()).run();
        List<Double> scores = new ArrayList<>();
        for (RunResult result : results) {
            for (BenchmarkResult fork : result.getBenchmarkResults()) {
                for (IterationResult iteration : fork.getIterationResults()) {
                    scores.add(iteration.getPrimaryResult().getScore());
                }
            }
        }
        return scores;
    }

    private static Map<String, Object> row(Case c, String mode) {
        double[] values = c.runs.size() < 3
                ? c.runs.stream().flatMap(List::stream).mapToDouble(v -> v).toArray()
                : c.runs.stream().mapToDouble(CoreSet::mean).toArray();
        ListStatistics statistics = new ListStatistics(values);
        double[] interval = statistics.getConfidenceIntervalAt(0.95);
        return Results.row(
                "design",
                c.design,
                "threads",
                c.threads,
                "jdk",
                Jvm.jdk(),
                "mode",
                mode,
                "nsPerOp",
                statistics.getMean(),
                "low95",
                interval[0],
                "high95",
                interval[1],
                "jvms",
                c.runs.size());
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(v -> v).average().orElseThrow();
    }

    /** Draws rows, each JDK and mode apart. */
    public static void charts(Path folder, List<Map<String, Object>> rows) throws IOException {
        for (var of : Results.byVariant(rows).entrySet()) {
            chart(folder, of.getKey(), of.getValue());
        }
    }

    private static void chart(Path folder, Variant variant, List<Map<String, Object>> rows) throws IOException {
        List<String> designs =
                rows.stream().map(row -> (String) row.get("design")).distinct().toList();
        Map<Integer, Double[]> byThreads = new TreeMap<>();
        for (Map<String, Object> row : rows) {
            Double[] values =
                    byThreads.computeIfAbsent((Integer) row.get("threads"), threads -> new Double[designs.size()]);
            values[designs.indexOf(row.get("design"))] = Results.number(row, "nsPerOp");
        }
        Map<String, List<Double>> series = new LinkedHashMap<>();
        byThreads.forEach((threads, values) ->
                series.put(threads + (threads == 1 ? " thread" : " threads"), Arrays.asList(values)));
        Charts.bars(
                folder.resolve(variant.svg("core")),
                "Begin + end of one work, " + variant.title(),
                "ns per operation (logarithmic)",
                true,
                designs,
                series,
                Map.of());
    }

    /** Runs benchmarks by a part of their name as plain JMH does, on one thread and on two, with their allocation. */
    public static void plain(Options options) throws RunnerException {
        for (int threads : options.threadsOr(1, 2)) {
            OptionsBuilder builder = new OptionsBuilder();
            options.rows().forEach(builder::include);
            var unused = new Runner(builder.threads(threads)
                            .jvmArgs(new Jvm(options).flags().toArray(String[]::new))
                            .addProfiler(GCProfiler.class)
                            .shouldFailOnError(true)
                            .build())
                    .run();
        }
    }
}
