package io.k1s.cli;

import io.k1s.registry.ShutdownConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What {@code run} and {@code demo} have in common: the size of the load and the time budget of its shutdown. */
final class LoadOptions {
    private static final int MAX_THREADS = 64;
    private static final Duration MIN_GRACE = Duration.ofMillis(100);
    private static final Duration MAX_GRACE = Duration.ofHours(24);
    private static final Duration HANG_GRACE = Duration.ofSeconds(5);

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    private int writers;
    private int readers;
    private @Nullable Long seed;
    private @Nullable Duration grace;
    private @Nullable Duration soft;

    @Option(
            names = "--sync",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Whether a write is on the disk before it is acknowledged (default: --sync). Without, it"
                    + " survives the end of the process, but maybe not of the machine.")
    private boolean sync;

    @Option(
            names = "--hang",
            description =
                    "Add an operation that never ends, to see it named at the soft deadline and left behind at the"
                            + " hard one (exit code 75). The grace is 5s then, unless set.")
    private boolean hang;

    @Option(
            names = "--writers",
            paramLabel = "N",
            defaultValue = "4",
            description = "Threads that write, 1 to 64 (default: ${DEFAULT-VALUE}).")
    void writers(String value) {
        writers = (int) Args.number(spec, "--writers", value, 1, MAX_THREADS);
    }

    @Option(
            names = "--readers",
            paramLabel = "N",
            defaultValue = "2",
            description = "Threads that read, 0 to 64 (default: ${DEFAULT-VALUE}).")
    void readers(String value) {
        readers = (int) Args.number(spec, "--readers", value, 0, MAX_THREADS);
    }

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "What everything random follows from: any whole number (default: a new one, printed).")
    void seed(String value) {
        seed = Args.number(spec, "--seed", value, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    @Option(
            names = "--grace",
            paramLabel = "D",
            description = "The hard deadline: how long the shutdown may take, 100ms to 24h (default: 30s, or what"
                    + " K1S_SHUTDOWN_GRACEFUL_TIMEOUT says).")
    void grace(String value) {
        grace = Args.duration(spec, "--grace", value, MIN_GRACE, MAX_GRACE);
    }

    @Option(
            names = "--soft",
            paramLabel = "D",
            description = "The soft deadline: when those who hold up the shutdown are named, less than nine tenths of"
                    + " the grace (default: 80%% of it).")
    void soft(String value) {
        soft = Args.duration(spec, "--soft", value, Duration.ofMillis(1), MAX_GRACE);
    }

    int writers() {
        return writers;
    }

    int readers() {
        return readers;
    }

    boolean sync() {
        return sync;
    }

    boolean hang() {
        return hang;
    }

    /** The one given, or one that is drawn now and stays. */
    long seed() {
        if (seed == null) {
            seed = ThreadLocalRandom.current().nextLong(1, 1_000_000_000);
        }
        return seed;
    }

    /** Checks what belongs together, too. */
    ShutdownConfig shutdownConfig() {
        Duration whole = grace;
        // What the command line says stands above the environment, and that above our default for --hang.
        if (whole != null) {
            System.setProperty("k1s.shutdown.gracefulTimeout", whole.toString());
        }
        if (soft != null) {
            if (whole != null && soft.compareTo(whole.multipliedBy(9).dividedBy(10)) >= 0) {
                throw Args.refused(
                        spec,
                        "--soft",
                        Args.shown(soft),
                        "less than nine tenths of the grace, which is " + Args.shown(whole));
            }
            System.setProperty("k1s.shutdown.softTimeout", soft.toString());
        }
        try {
            ShutdownConfig.Builder builder = ShutdownConfig.builder();
            return (hang ? builder.gracefulTimeout(HANG_GRACE) : builder).build();
        } catch (IllegalArgumentException e) {
            throw new CommandException(OneLine.of(e.getMessage()), ExitCodes.USAGE, e);
        }
    }

    /** The same options for another process. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "--writers=" + writers, "--readers=" + readers, "--seed=" + seed(), sync ? "--sync" : "--no-sync"));
        if (hang) {
            arguments.add("--hang");
        }
        if (grace != null) {
            arguments.add("--grace=" + grace);
        }
        if (soft != null) {
            arguments.add("--soft=" + soft);
        }
        return arguments;
    }
}
