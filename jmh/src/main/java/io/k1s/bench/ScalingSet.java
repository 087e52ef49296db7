package io.k1s.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Past this machine: the library in JVMs that are told that they have more processors, so that it makes as many stripes as it
 * would there. Measured for each: the bytes of a component, a look at all of it with warm and with cold caches, when twice as
 * many threads as processors have used it, and a start and an end by each of them in turn. Calculated: the look, if a line
 * that another socket has written costs {@value #REMOTE} times what one from memory costs here; and what an operation would
 * take by a word that all cores change, where the operations queue: as many hand-offs as there are cores, for each time that
 * an operation takes the word. That is an upper bound, as long as a hand-off takes what it takes here: a core that has the
 * line may use it more than once.
 */
final class ScalingSet {
    static final double REMOTE = 3;

    private static final int[] CORES = {2, 4, 8, 16, 32, 64, 128, 256};
    /** The first ones: beyond, threads share. */
    private static final int POINTS_OF_LINE = 6;

    private static final int ONE_WORD_ATOMICS = 2;
    /**
     * One start, one operation, and in flight up and down. Of the six words the watchers are never updated, the errors not by
     * a success, and the peak, once it is reached, is only read.
     */
    private static final int SIX_ATOMICS = 4;

    private ScalingSet() {}

    static void run(Options options, String mode) throws IOException, InterruptedException {
        List<Map<String, Object>> points = new ArrayList<>();
        for (int cores : CORES) {
            List<String> flags = new ArrayList<>(FootprintSet.JOL);
            flags.addAll(
                    List.of("-XX:ActiveProcessorCount=" + cores, "-XX:ParallelGCThreads=2", "-XX:ConcGCThreads=1"));
            points.add(new Jvm(options)
                    .run(120, flags, ScalingProcess.class, "" + options.form().of(10, 50, 200)));
            System.out.println("scaling to " + cores + " cores: " + points.get(points.size() - 1));
        }
        List<Map<String, Object>> owned = points.subList(0, POINTS_OF_LINE);
        double bytesPerThread = perThread(owned, "bytes");
        double coldPerThread = perThread(owned, "coldNs");
        double handOff = Estimate.median(
                points.stream().mapToDouble(p -> Results.number(p, "handOffNs")).toArray());
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < CORES.length; i++) {
            Map<String, Object> point = points.get(i);
            rows.add(Results.row(
                    "cores",
                    CORES[i],
                    "threads",
                    point.get("threads"),
                    "jdk",
                    Jvm.jdk(),
                    "mode",
                    mode,
                    "stripes",
                    point.get("stripes"),
                    "bytesPerComponent",
                    Results.number(point, "bytes"),
                    "warmLookUs",
                    Results.number(point, "warmNs") / 1e3,
                    "coldLookUs",
                    Results.number(point, "coldNs") / 1e3,
                    "remoteLookUs",
                    REMOTE * Results.number(point, "coldNs") / 1e3,
                    "inTurnNs",
                    Results.number(point, "inTurnNs"),
                    "oneWordNsPerOp",
                    ONE_WORD_ATOMICS * CORES[i] * handOff,
                    "sixAtomicsNsPerOp",
                    SIX_ATOMICS * CORES[i] * handOff,
                    "bytesPerThread",
                    bytesPerThread,
                    "coldNsPerThread",
                    coldPerThread,
                    "handOffNs",
                    handOff));
        }
        charts(options.target(), Results.merge(options, rows));
    }

    /** Of the line through points, by least squares: how much of something comes with each thread. */
    static double perThread(List<Map<String, Object>> points, String key) {
        ToDoubleFunction<Map<String, Object>> x = point -> Results.number(point, "threads");
        ToDoubleFunction<Map<String, Object>> y = point -> Results.number(point, key);
        double meanX = points.stream().mapToDouble(x).average().orElseThrow();
        double meanY = points.stream().mapToDouble(y).average().orElseThrow();
        double above = points.stream()
                .mapToDouble(p -> (x.applyAsDouble(p) - meanX) * (y.applyAsDouble(p) - meanY))
                .sum();
        double below = points.stream()
                .mapToDouble(p -> Math.pow(x.applyAsDouble(p) - meanX, 2))
                .sum();
        return above / below;
    }

    /** Draws rows, each JDK and mode apart. */
    static void charts(Path folder, List<Map<String, Object>> rows) throws IOException {
        for (var of : Results.byVariant(rows).entrySet()) {
            chart(folder, of.getKey(), of.getValue());
        }
    }

    private static void chart(Path folder, Variant variant, List<Map<String, Object>> rows) throws IOException {
        Map<String, double[][]> curves = new LinkedHashMap<>();
        for (String key : List.of("warmLookUs", "coldLookUs")) {
            curves.put(key.equals("warmLookUs") ? "warm caches" : "cold caches", new double[][] {
                rows.stream().mapToDouble(row -> Results.number(row, "threads")).toArray(),
                rows.stream().mapToDouble(row -> Results.number(row, key)).toArray()
            });
        }
        Charts.curves(
                folder.resolve(variant.svg("scaling")),
                "A look at a whole component, " + variant.title(),
                "threads that use it",
                "microseconds (logarithmic)",
                Map.of(),
                curves);
    }
}
