package io.k1s.storage;

import io.k1s.bench.Jvm;
import io.k1s.bench.Results;
import io.k1s.observe.Latencies;
import io.k1s.registry.WorkRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** One process of the latency set: the designs take turns in random order, at each rate. */
final class LatencyProcess {
    static final List<String> DESIGNS = List.of("undecorated", "decorated", "six atomics");

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int CLOSED_LOOP = 1_000;

    private final int threads;
    private final ExecutorService pool;
    private final Body[][] bodies;

    private LatencyProcess(int threads) {
        this.threads = threads;
        Playground ground = new Playground("memory-json", Path.of("none"), threads);
        WorkRegistry registry = WorkRegistry.create();
        StorageBackend decorated = TrackedStorage.register(registry, "storage", ground.backend());
        Latencies.of(registry);
        StorageBackend[] stores = {ground.backend(), decorated, new SeedStorage(ground.backend())};
        this.bodies = new Body[stores.length][threads];
        for (int design = 0; design < stores.length; design++) {
            Arm arm = new Arm();
            for (int thread = 0; thread < threads; thread++) {
                bodies[design][thread] = arm.body("get", stores[design], ground, thread);
            }
        }
        this.pool = Executors.newFixedThreadPool(threads);
    }

    /** Arguments: threads, ms per cell, seed, the rates per second (0 measures saturation), the repetitions of each. */
    public static void main(String[] args) throws Exception {
        long millis = Long.parseLong(args[1]);
        LatencyProcess process = new LatencyProcess(Integer.parseInt(args[0]));
        for (int design = 0; design < DESIGNS.size(); design++) {
            process.saturate(design, 2 * millis);
        }
        List<Map<String, Object>> cells = new ArrayList<>();
        double saturation = process.saturate(0, millis);
        Random random = new Random(Long.parseLong(args[2]));
        String[] rates = args[3].split(",");
        String[] repetitions = args[4].split(",");
        for (int i = 0; i < rates.length; i++) {
            for (int repetition = 0; repetition < Integer.parseInt(repetitions[i]); repetition++) {
                List<Integer> order = new ArrayList<>(List.of(0, 1, 2));
                Collections.shuffle(order, random);
                for (int design : order) {
                    cells.add(process.cell(design, Double.parseDouble(rates[i]), millis, repetition));
                }
            }
        }
        Jvm.result("saturation", saturation, "cells", cells);
        System.exit(0);
    }

    /** Operations per second, one after the other on each thread. */
    private double saturate(int design, long millis) throws Exception {
        long[] counts = new long[threads];
        onAll(thread -> {
            long end = System.nanoTime() + millis * 1_000_000;
            while (System.nanoTime() < end) {
                for (int i = 0; i < CLOSED_LOOP; i++) {
                    bodies[design][thread].run(1);
                }
                counts[thread] += CLOSED_LOOP;
            }
        });
        return Arrays.stream(counts).sum() * 1e3 / millis;
    }

    private Map<String, Object> cell(int design, double rate, long millis, int repetition) throws Exception {
        Histogram[] histograms = new Histogram[threads];
        long interval = (long) (1e9 * threads / rate);
        long first = System.nanoTime() + 1_000_000;
        onAll(thread -> histograms[thread] = openLoop(
                bodies[design][thread], first + interval * thread / threads, interval, first + millis * 1_000_000));
        Histogram all = histograms[0];
        for (int thread = 1; thread < threads; thread++) {
            all.add(histograms[thread]);
        }
        return Results.row(
                "design", DESIGNS.get(design),
                "rate", rate,
                "repetition", repetition,
                "p50", (double) all.getValueAtPercentile(50),
                "p90", (double) all.getValueAtPercentile(90),
                "p99", (double) all.getValueAtPercentile(99),
                "p999", (double) all.getValueAtPercentile(99.9),
                "p9999", (double) all.getValueAtPercentile(99.99),
                "max", (double) all.getMaxValue());
    }

    /** What an operation waits for because the one before it was late is part of its time. */
    static Histogram openLoop(Body body, long first, long interval, long end) throws Exception {
        Histogram histogram = new Histogram(LONGEST_NANOS, 3);
        for (long intended = first; intended < end; intended += interval) {
            while (System.nanoTime() < intended) {
                Thread.onSpinWait();
            }
            body.run(1);
            histogram.recordValue(Math.min(LONGEST_NANOS, System.nanoTime() - intended));
        }
        return histogram;
    }

    @FunctionalInterface
    private interface OnThread {
        void run(int thread) throws Exception;
    }

    private void onAll(OnThread body) throws Exception {
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int thread = i;
            tasks.add(() -> {
                body.run(thread);
                return true;
            });
        }
        for (Future<Boolean> task : pool.invokeAll(tasks)) {
            task.get();
        }
    }
}
