package io.k1s.bench;

import io.k1s.metrics.CoreSet;
import io.k1s.registry.DrainSet;
import io.k1s.storage.LatencySet;
import io.k1s.storage.OverheadSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs the benchmark sets: {@code mvn -pl jmh -am -DskipTests -Pbenchmarks verify -Dbench=NAME}. See docs/performance.md.
 *
 * <p>Exit codes: 0, 2 for a wrong argument, 3 for a run that its own control calls invalid, 1 for anything else.
 */
public final class Bench {
    private Bench() {}

    public static void main(String[] args) throws Exception {
        Options options;
        try {
            options = checked(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        try {
            if (options.bench().equals("report")) {
                Report.write(options.target(), options.docs());
                return;
            }
            if (options.bench().equals("jmh")) {
                CoreSet.plain(options);
                return;
            }
            String mode = new Jvm(options).mode();
            System.out.println("JDK " + Jvm.jdk() + ", mode " + mode + ", seed " + options.seed());
            List<String> sets = options.bench().equals("short") ? Options.SETS : List.of(options.bench());
            for (String set : sets) {
                long start = System.nanoTime();
                Options one = options.with(set);
                Map<String, Object> run = Machine.begun(one, mode);
                Optional<String> other = Machine.otherRunWithSeed(one, run);
                if (other.isPresent()) {
                    System.err.println(
                            "seed " + one.seed() + " is that of another run, " + other.get() + ": choose another");
                    System.exit(2);
                }
                try {
                    run(one, mode);
                } finally {
                    // A run that is invalid in part has rows that are not.
                    Machine.note(one, run);
                }
                System.out.println(
                        set + " took " + (System.nanoTime() - start) / 1_000_000_000L + " s; rows in " + one.json());
            }
        } catch (InvalidRunException e) {
            System.err.println("INVALID: " + e.getMessage());
            System.exit(3);
        }
    }

    /** What was asked for, if all of it can be done: a set must not find out when others have been measured. */
    static Options checked(String... args) {
        Options options = Options.parse(args);
        switch (options.bench()) {
            case "core" -> CoreSet.check(options);
            case "overhead" -> OverheadSet.check(options);
            default -> {}
        }
        return options;
    }

    private static void run(Options options, String mode) throws Exception {
        switch (options.bench()) {
            case "core" -> CoreSet.run(options, mode);
            case "overhead" -> OverheadSet.run(options, mode);
            case "latency" -> LatencySet.run(options, mode);
            case "drain" -> DrainSet.run(options, mode);
            case "footprint" -> FootprintSet.run(options, mode);
            case "scaling" -> ScalingSet.run(options, mode);
            default -> throw new IllegalArgumentException(options.bench());
        }
    }
}
