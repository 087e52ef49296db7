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

/** One process of a row: pairs of blocks, one undecorated and one decorated, in random order. */
final class OverheadProcess {
    private static final List<String> OPERATIONS = List.of("create", "get", "list", "update", "delete");
    private static final double BLOCK_NANOS = 3e6;
    private static final int MOST_PER_BLOCK = 200_000;
    /** A watch falls behind by less than the history. */
    private static final int MOST_EVENTS_PER_BLOCK = 4_000;

    private final OverheadRow row;
    private final Form form;
    private final Random random;

    private OverheadProcess(OverheadRow row, Form form, long seed) {
        this.row = row;
        this.form = form;
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
        Arm[] arms = {new Arm(), new Arm()};
        useEveryOperation(ground, stores, arms);
        takeSamples();

        Body[][] bodies = new Body[row.threads()][];
        for (int thread = 0; thread < row.threads(); thread++) {
            bodies[thread] = new Body[] {
                arms[0].body(row.operation(), stores[0], ground, thread),
                arms[1].body(row.operation(), stores[1], ground, thread)
            };
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
        int rounds = form.of(2, 20, 20);
        for (int round = 0; round < rounds; round++) {
            for (String operation : OPERATIONS) {
                int first = random.nextInt(2);
                for (int arm : new int[] {first, 1 - first}) {
                    Body body = arms[arm].body(operation, stores[arm], ground, 0);
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
     * rest are what the compiler has to know as well: a store on disk does too few operations to tell it.
     */
    private void takeSamples() {
        for (int i = 0; i < form.of(2, 300, 300); i++) {
            WorkRegistry registry = WorkRegistry.create();
            WorkMetrics metrics = registry.component("warm-up");
            Latencies.of(registry);
            for (int start = 0; start < 1_000; start++) {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            }
        }
    }

    /** Returns how many operations make a block. */
    private int warmUp(Blocks blocks) throws Exception {
        long until = System.nanoTime() + form.of(100, 800, 1_200) * 1_000_000L;
        int operations = 10;
        while (System.nanoTime() < until) {
            int first = random.nextInt(2);
            double nanos = blocks.run(first, operations);
            nanos = (nanos + blocks.run(1 - first, operations)) / 2;
            int most = row.operation().equals("watch") ? MOST_EVENTS_PER_BLOCK : MOST_PER_BLOCK;
            operations = (int) Math.max(10, Math.min(most, BLOCK_NANOS / nanos));
        }
        return operations;
    }

    private void measure(Blocks blocks, int operations) throws Exception {
        List<double[]> pairs = new ArrayList<>();
        long until = System.nanoTime() + form.of(100, 800, 1_500) * 1_000_000L;
        while (System.nanoTime() < until || pairs.size() < 5) {
            double[] pair = new double[2];
            int first = random.nextInt(2);
            pair[first] = blocks.run(first, operations);
            pair[1 - first] = blocks.run(1 - first, operations);
            pairs.add(pair);
        }
        Jvm.result(
                "ratio", median(pairs, pair -> pair[1] / pair[0]),
                "added", median(pairs, pair -> pair[1] - pair[0]),
                "baseline", median(pairs, pair -> pair[0]),
                "decorated", median(pairs, pair -> pair[1]),
                "pairs", pairs.size(),
                "operationsPerBlock", operations);
    }

    private static double median(List<double[]> pairs, java.util.function.ToDoubleFunction<double[]> of) {
        return Estimate.median(pairs.stream().mapToDouble(of).toArray());
    }
}
