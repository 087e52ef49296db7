package io.k1s.cli;

import io.k1s.registry.ShutdownConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code k1s run}. */
@Command(
        name = "run",
        description = {
            "Puts a load on a store until a signal comes (or the duration is over), then shuts down gracefully.",
            "Its controllers keep the statuses of all Items and Categories in the store right, whoever writes them. A"
                    + " catalogue of both is imported into the namespace \"shop\"."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  k1s run --store /tmp/store                      then press Ctrl-C",
            "  k1s run --store /tmp/store --duration 10s --report /tmp/report.json",
            "  k1s run --store /tmp/store --journal /tmp/j &   kill -9 $!; wait",
            "  k1s verify --store /tmp/store --journal /tmp/j --crashed"
        })
final class RunCommand implements Callable<Integer> {
    private static final Duration MAX_DURATION = Duration.ofDays(30);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private LoadOptions load = new LoadOptions();

    private @Nullable Path store;
    private @Nullable Duration duration;
    private @Nullable Path journal;
    private boolean journalOnOutput;
    private @Nullable Path report;

    @Option(
            names = "--store",
            paramLabel = "DIR",
            required = true,
            description = "The folder of the store; made if it is not there.")
    void store(String value) {
        store = StorePath.writable(spec, value);
    }

    @Option(names = "--duration", paramLabel = "D", description = "How long, 100ms to 720h (default: until a signal).")
    void duration(String value) {
        duration = Args.duration(spec, "--duration", value, Duration.ofMillis(100), MAX_DURATION);
    }

    @Option(
            names = "--journal",
            paramLabel = "FILE",
            description =
                    "Write down every change before it is made and after it was acknowledged, in a new file, or on"
                            + " standard output with \"-\" (default: none).")
    void journal(String value) {
        journalOnOutput = value.equals("-");
        if (!journalOnOutput) {
            Path file = Args.outputFile(spec, "--journal", value);
            if (Files.exists(file)) {
                throw Args.refused(spec, "--journal", value, "a new file or \"-\", and that file exists");
            }
            journal = file;
        }
    }

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write the report of the shutdown as JSON (default: none).")
    void report(String value) {
        report = Args.outputFile(spec, "--report", value);
    }

    @Override
    public Integer call() throws InterruptedException {
        ShutdownConfig config = load.shutdownConfig();
        new OutputFiles(spec, store)
                .with("--journal", journal)
                .with("--report", report)
                .with(config);
        return new RunSession(
                        new RunSession.Plan(
                                java.util.Objects.requireNonNull(store, "--store is required"),
                                load,
                                duration,
                                journal,
                                journalOnOutput,
                                report),
                        config)
                .run();
    }
}
