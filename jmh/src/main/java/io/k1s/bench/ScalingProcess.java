package io.k1s.bench;

import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownConfig;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a component takes, a look at all of it, and a start and an end by all of its threads in turn, in a JVM that was told how
 * many processors it has: the library sizes itself for that many. And what a line costs that two cores share.
 */
final class ScalingProcess {
    private static final Pattern STRIPES = Pattern.compile("(\\d+) stripes");
    private static final int THREADS_PER_CORE = 2;
    private static final int SWEEP_BYTES = 64 << 20;
    private static final int LINE = 64;
    private static final int HAND_OFFS = 200_000;
    private static final int WARM_UP = 50_000;

    private final byte[] sweep = new byte[SWEEP_BYTES];
    private final int looks;
    private long sum;

    private ScalingProcess(int looks) {
        this.looks = looks;
    }

    /** Argument: how many looks are timed. */
    public static void main(String[] args) throws Exception {
        int looks = Integer.parseInt(args[0]);
        new ScalingProcess(looks)
                .measure(THREADS_PER_CORE * Runtime.getRuntime().availableProcessors());
        System.exit(0);
    }

    private void measure(int threads) throws Exception {
        WorkMetrics component = component("wide");
        double bytes = Footprint.bytesPerComponent(threads, i -> component("component " + i));
        try (Footprint.Users users = new Footprint.Users(threads, List.of(component), Footprint::count)) {
            for (int i = 0; i < 20_000; i++) {
                sum += component.snapshot().inFlight();
            }
            Matcher stripes = STRIPES.matcher(component.describe());
            if (!stripes.find()) {
                throw new IllegalStateException("no stripes in: " + component.describe());
            }
            Jvm.result(
                    "threads", threads,
                    "stripes", Integer.parseInt(stripes.group(1)),
                    "bytes", bytes,
                    "warmNs", median(component, false),
                    "coldNs", median(component, true),
                    "inTurnNs", inTurn(users, component),
                    "handOffNs", handOff(HAND_OFFS * looks / 200),
                    "sum", sum);
        }
    }

    /** With the limit that a registry gives them. */
    static WorkMetrics component(String name) {
        return WorkMetrics.builder(name)
                .maxConcurrentOps(ShutdownConfig.defaults().maxConcurrentOps())
                .build();
    }

    private double inTurn(Footprint.Users users, WorkMetrics component) throws Exception {
        WorkMetrics other = component("warm-up");
        for (int i = 0; i < WARM_UP; i++) {
            Footprint.count(other);
        }
        return users.inTurn(component, looks);
    }

    /** Cold: after a walk over more memory than the caches hold. */
    private double median(WorkMetrics component, boolean cold) {
        double[] nanos = new double[cold ? looks : 20 * looks];
        for (int i = 0; i < nanos.length; i++) {
            if (cold) {
                for (int at = 0; at < SWEEP_BYTES; at += LINE) {
                    sum += sweep[at]++;
                }
            }
            long begin = System.nanoTime();
            sum += component.snapshot().inFlight();
            nanos[i] = System.nanoTime() - begin;
        }
        return Estimate.median(nanos);
    }

    /** One word that two threads change in turn: half of a round is the way of a line from one core to another. */
    private static double handOff(int rounds) throws InterruptedException {
        AtomicInteger turn = new AtomicInteger();
        Thread other = new Thread(() -> take(turn, 1, rounds));
        other.start();
        take(turn, 0, rounds / 10);
        long begin = System.nanoTime();
        take(turn, 0, rounds - rounds / 10);
        double nanos = (double) (System.nanoTime() - begin) / (rounds - rounds / 10) / 2;
        other.join();
        return nanos;
    }

    private static void take(AtomicInteger turn, int mine, int rounds) {
        for (int i = 0; i < rounds; i++) {
            while (!turn.compareAndSet(mine, 1 - mine)) {
                Thread.onSpinWait();
            }
        }
    }
}
