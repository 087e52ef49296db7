package io.k1s.cli;

import io.k1s.registry.ShutdownConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code k1s demo}. */
@Command(
        name = "demo",
        description = {
            "Starts a worker process that writes through a client to RocksDB while controllers reconcile, sends it a SIGTERM"
                    + " under load, shows how it drains, and has a fresh process prove that every acknowledged write of"
                    + " the load and of the import is there, and that its controllers finish what was left.",
            "The line before the last is \"reconciles started N  completed N  cut 0  queued-unprocessed N\".",
            "The last line of standard output is \"acknowledged N  found N  lost 0  admitted-after-close 0\"; the exit"
                    + " code is 0 only if both are 0 and a change of the load was acknowledged."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  k1s demo                          a SIGTERM after 3 seconds",
            "  k1s demo --interactive            you press Ctrl-C",
            "  k1s demo --hang                   an operation never ends: named, left behind, exit code 75",
            "  k1s demo --seed 42 --writers 16 --report /tmp/report.json"
        })
final class DemoCommand implements Callable<Integer> {
    private static final Duration DEFAULT_AFTER = Duration.ofSeconds(3);
    private static final Duration MIN_AFTER = Duration.ofMillis(100);
    private static final Duration MAX_AFTER = Duration.ofHours(24);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private LoadOptions load = new LoadOptions();

    private @Nullable Duration after;
    private @Nullable Path report;
    private @Nullable Path store;

    @Option(names = "--interactive", description = "Send nothing: you press Ctrl-C (twice, to cut the shutdown short).")
    private boolean interactive;

    @Option(
            names = {"--after", "--duration"},
            paramLabel = "D",
            description =
                    "How long the load runs before the SIGTERM, 100ms to 24h (default: 3s; with --interactive until"
                            + " you press Ctrl-C).")
    void after(String value) {
        after = Args.duration(spec, "--after", value, MIN_AFTER, MAX_AFTER);
    }

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "Write the report of the shutdown as JSON (default: into a temporary folder, removed if the exit"
                            + " code is 0).")
    void report(String value) {
        report = Args.outputFile(spec, "--report", value);
    }

    @Option(
            names = "--store",
            paramLabel = "DIR",
            description =
                    "The folder of the store, which is kept (default: a temporary one, removed if the exit code is 0).")
    void store(String value) {
        store = StorePath.writable(spec, value);
    }

    @Override
    public Integer call() throws InterruptedException {
        ShutdownConfig config = load.shutdownConfig();
        new OutputFiles(spec, store).with("--report", report).with(config);
        Duration wait = after != null || interactive ? after : DEFAULT_AFTER;
        return new Demo(
                        new Demo.Plan(load, wait, report, store),
                        config,
                        spec.commandLine().getOut())
                .run();
    }
}
