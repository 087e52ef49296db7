package io.k1s.cli;

import io.k1s.registry.WorkRegistry;
import io.k1s.storage.TrackedStorage;
import io.k1s.storage.WatchEvent;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code k1s kv watch}: prints events until a signal, or the duration is over, and then what is committed and no more. */
@Command(
        name = "watch",
        description =
                "Prints events (what, revision, key) until Ctrl-C, and at the end why it ended and where. If no other"
                        + " process has the store open, this one has, and other commands get at it through this one.",
        footerHeading = "%nExample:%n",
        footer = "  k1s kv watch --store /tmp/store --from 1 --duration 1s")
final class KvWatchCommand implements Callable<Integer> {
    @Mixin
    private KvCommand.Store store = new KvCommand.Store();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--prefix",
            paramLabel = "P",
            defaultValue = "",
            description = "Only keys that begin so (default: all).")
    private String prefix = "";

    private long from;
    private @Nullable Duration duration;

    @Option(
            names = "--from",
            paramLabel = "N",
            defaultValue = "0",
            description = "The first revision of interest; 0 for the next one (default: ${DEFAULT-VALUE}).")
    void from(String value) {
        from = Args.number(spec, "--from", value, 0, Long.MAX_VALUE);
    }

    @Option(names = "--duration", paramLabel = "D", description = "How long, 100ms to 720h (default: until a signal).")
    void duration(String value) {
        duration = Args.duration(spec, "--duration", value, Duration.ofMillis(100), Duration.ofDays(30));
    }

    @Override
    public Integer call() throws InterruptedException {
        Logs.quiet();
        WorkRegistry registry = WorkRegistry.create();
        TrackedStorage tracked = store.open(registry);
        return OpenWatch.run(spec, registry, () -> tracked.watch(prefix, from, this::print), duration);
    }

    private void print(WatchEvent event) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "%s\t%d\t%s%n",
                event.type().name().toLowerCase(Locale.ROOT), event.revision(), OneLine.key(event.key()));
        Output.require(out);
    }
}
