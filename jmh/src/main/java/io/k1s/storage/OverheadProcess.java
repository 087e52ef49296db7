package io.k1s.storage;

import io.k1s.bench.Estimate;
import io.k1s.bench.Form;
import io.k1s.bench.Jvm;
import io.k1s.metrics.Outcome;
import io.k1s.metrics.WorkMetrics;
import io.k1s.observe.Latencies;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.WorkRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * One process of a row: pairs of blocks, one undecorated and one decorated, in random order. The pairs take turns with several
 * copies of the two arms, each compiled apart: what the JIT makes of one copy differs by a per cent from what it makes of the
 * next.
 */
final class OverheadProcess {
    private static final List<String> OPERATIONS = List.of("create", "get", "list", "update", "delete");
    private static final double BLOCK_NANOS = 3e6;
    private static final int MOST_PER_BLOCK = 200_000;
    /** A watch falls behind by less than the history. */
    private static final int MOST_EVENTS_PER_BLOCK = 4_000;

    private static final int FEWEST_PAIRS = 5;

    private final OverheadRow row;
    private final Form form;
    private final int copies;
    private final Random random;

    private OverheadProcess(OverheadRow row, Form form, long seed) {
        this.row = row;
        this.form = form;
        this.copies = form.of(1, 2, 8);
        this.random = new Random(seed);
    }

    /** Arguments: the row, the form, the seed, an empty folder. */
    public static void main(String[] args) throws Exception {
        new OverheadProcess(OverheadRow.decode(args[0]), Form.valueOf(args[1]), Long.parseLong(args[2]))
                .run(Path.of(args[3]));
        // Threads of the arms, and of the store, are daemons or do not matter any more.
        System.exit(0);
    }

    private void run(Path folder) throws Exception {
        Playground ground = new Playground(row.backend(), folder, row.threads());
        WorkRegistry registry = WorkRegistry.create(
                ShutdownConfig.builder().detailedMetrics(row.detailedMetrics()).build());
        StorageBackend decorated = TrackedStorage.register(registry, "storage", ground.backend());
        Latencies latencies = Latencies.of(registry);
        StorageBackend[] stores = {ground.backend(), row.control() ? ground.backend() : decorated};
        Arm[] arms = new Arm[2 * copies];
        for (int i = 0; i < arms.length; i++) {
            arms[i] = new Arm();
        }
        useEveryOperation(ground, stores, arms);
        takeSamples();

        Body[][] bodies = new Body[row.threads()][arms.length];
        for (int thread = 0; thread < row.threads(); thread++) {
            for (int i = 0; i < arms.length; i++) {
                bodies[thread][i] = arms[i].body(row.operation(), stores[i % 2], ground, thread);
            }
        }
        Blocks blocks = new Blocks(bodies);
        int operations = warmUp(blocks);
        measure(blocks, operations);
        if (!row.control()
                && row.detailedMetrics()
                && latencies.latency("storage").isEmpty()) {
            throw new IllegalStateException("no latency was sampled");
        }
        decorated.close();
    }

    /** A program does not use one operation alone, and what the decorator's methods share has seen them all. */
    private void useEveryOperation(Playground ground, StorageBackend[] stores, Arm[] arms) throws Exception {
        int count = row.isOnDisk() ? 10 : 300;
        int rounds = form.of(2, 10, 2);
        for (int round = 0; round < rounds; round++) {
            for (String operation : OPERATIONS) {
                int first = random.nextInt(arms.length);
                for (int i = 0; i < arms.length; i++) {
                    int arm = (first + i) % arms.length;
                    Body body = arms[arm].body(operation, stores[arm % 2], ground, 0);
                    int n = operation.equals("list") ? Math.max(1, count / 20) : count;
                    body.before(n);
                    body.run(n);
                    body.after(n);
                }
            }
        }
    }

    /**
     * A sample is taken once in 2 ms, and what runs so seldom takes a minute to be compiled. Interpreted it takes 20 us and more,
     * one per cent of any operation, in a process that lives for three seconds. The first 64 starts of a component are samples, the
     * rest are what the compiler has to know as well: a store on disk does too few operations to tell it. There are several
     * registries, since one has histograms for no more components than that.
     */
    private void takeSamples() {
        List<WorkMetrics> all = new ArrayList<>();
        int components = form.of(2, Latencies.MOST_COMPONENTS, Latencies.MOST_COMPONENTS);
        for (int i = 0; i < form.of(1, 3, 3); i++) {
            WorkRegistry registry = WorkRegistry.create();
            for (int component = 0; component < components; component++) {
                all.add(registry.component("warm-up " + component));
            }
            Latencies.of(registry);
        }
        for (WorkMetrics metrics : all) {
            for (int start = 0; start < 1_000; start++) {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            }
        }
    }

    /** Returns how many operations make a block. */
    private int warmUp(Blocks blocks) throws Exception {
        long until = System.nanoTime() + form.of(100, 1_000, 3_000) * 1_000_000L;
        int operations = 10;
        for (int copy = 0; System.nanoTime() < until; copy = (copy + 1) % copies) {
            double[] pair = pair(blocks, copy, operations);
            int most = row.operation().equals("watch") ? MOST_EVENTS_PER_BLOCK : MOST_PER_BLOCK;
            operations = (int) Math.max(10, Math.min(most, BLOCK_NANOS / ((pair[0] + pair[1]) / 2)));
        }
        return operations;
    }

    private void measure(Blocks blocks, int operations) throws Exception {
        List<List<double[]>> pairs = new ArrayList<>();
        for (int copy = 0; copy < copies; copy++) {
            pairs.add(new ArrayList<>());
        }
        long until = System.nanoTime() + form.of(100, 800, 3_000) * 1_000_000L;
        int taken = 0;
        while (System.nanoTime() < until || taken < FEWEST_PAIRS * copies) {
            int copy = taken++ % copies;
            pairs.get(copy).add(pair(blocks, copy, operations));
        }
        Jvm.result(
                "ratio", meanOfMedians(pairs, pair -> pair[1] / pair[0]),
                "added", meanOfMedians(pairs, pair -> pair[1] - pair[0]),
                "baseline", meanOfMedians(pairs, pair -> pair[0]),
                "pairs", taken,
                "operationsPerBlock", operations);
    }

    /** Returns the time of an operation in ns, undecorated and decorated. */
    private double[] pair(Blocks blocks, int copy, int operations) throws Exception {
        double[] pair = new double[2];
        int first = random.nextInt(2);
        for (int arm : new int[] {first, 1 - first}) {
            pair[arm] = blocks.run(2 * copy + arm, operations);
        }
        return pair;
    }

    private static double meanOfMedians(List<List<double[]>> pairs, ToDoubleFunction<double[]> of) {
        return pairs.stream()
                .mapToDouble(ofCopy ->
                        Estimate.median(ofCopy.stream().mapToDouble(of).toArray()))
                .average()
                .orElseThrow();
    }
}
