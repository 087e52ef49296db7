package io.k1s.registry;

import io.k1s.bench.Estimate;
import io.k1s.bench.Jvm;
import io.k1s.bench.Options;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** How long an idle process takes to start, and from SIGTERM to its exit: bare and with a registry, in turns. */
public final class IdlePairs {
    private static final int SETTLE_MILLIS = 150;
    private static final int TIMEOUT_SECONDS = 30;
    private static final int KILLED_BY_TERM = 128 + 15;

    private final Options options;
    private final List<Times> bare = new ArrayList<>();
    private final List<Times> ours = new ArrayList<>();

    private record Times(double start, double exit) {}

    private IdlePairs(Options options) {
        this.options = options;
    }

    /** Runs as many pairs, in random order, and one before that does not count. */
    public static IdlePairs run(Options options, int pairs) throws IOException, InterruptedException {
        IdlePairs all = new IdlePairs(options);
        Random random = new Random(options.seed());
        for (int i = 0; i <= pairs; i++) {
            boolean oursFirst = random.nextBoolean();
            Times first = all.one(oursFirst);
            Times second = all.one(!oursFirst);
            if (i > 0) {
                all.ours.add(oursFirst ? first : second);
                all.bare.add(oursFirst ? second : first);
            }
        }
        return all;
    }

    private Times one(boolean withRegistry) throws IOException, InterruptedException {
        List<String> command = new Jvm(options).command(List.of(), IdleProcess.class, withRegistry ? "k1s" : "bare");
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            if (!"ready".equals(line)) {
                throw new IOException("an idle process said " + line);
            }
            final long ready = System.nanoTime();
            Thread.sleep(SETTLE_MILLIS);
            long term = System.nanoTime();
            process.destroy();
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("an idle process did not exit in " + TIMEOUT_SECONDS + " s");
            }
            double exit = (System.nanoTime() - term) / 1e6;
            int expected = withRegistry ? 0 : KILLED_BY_TERM;
            if (process.exitValue() != expected) {
                throw new IOException("an idle process exited with " + process.exitValue() + " instead of " + expected);
            }
            return new Times((ready - begin) / 1e6, exit);
        } finally {
            process.destroyForcibly();
        }
    }

    public int count() {
        return bare.size();
    }

    /** From SIGTERM to exit, in ms. */
    public Estimate exit(boolean withRegistry) {
        return of((withRegistry ? ours : bare).stream().mapToDouble(Times::exit).toArray());
    }

    /** With a registry against bare, pair by pair. */
    public Estimate exitRatio() {
        double[] ratios = new double[count()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = ours.get(i).exit / bare.get(i).exit;
        }
        return of(ratios);
    }

    /** From start to the first line of a bare one, in ms. */
    public Estimate start() {
        return of(bare.stream().mapToDouble(Times::start).toArray());
    }

    /** What a registry adds to that, pair by pair. */
    public Estimate startAdded() {
        double[] added = new double[count()];
        for (int i = 0; i < added.length; i++) {
            added[i] = ours.get(i).start - bare.get(i).start;
        }
        return of(added);
    }

    private Estimate of(double[] values) {
        return Estimate.ofMedian(values, options.seed());
    }
}
