package io.k1s.cli;

import io.k1s.storage.StorageBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code k1s verify}. */
@Command(
        name = "verify",
        description = {
            "Holds a store against the journal of a run: each key that the load wrote must have its last acknowledged"
                    + " value, or a later one that was pending; a moved object must be at exactly one place; what was"
                    + " imported must be there, so one that somebody has deleted counts as lost. Statuses are not in the journal: see --controllers.",
            "Exits with 0 only if nothing is lost and no call reached the storage after it was reported drained."
                    + " \"admitted-after-close unknown\" means that it never was."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  k1s run --store /tmp/store --journal /tmp/journal --duration 5s",
            "  k1s verify --store /tmp/store --journal /tmp/journal"
        })
final class VerifyCommand implements Callable<Integer> {
    private static final int SHOWN = 20;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private @Nullable Path store;
    private @Nullable Path journal;

    @Option(
            names = "--crashed",
            description = "The run was killed: its journal has no end, and a move that was pending may be half done"
                    + " (default: it ended gracefully).")
    private boolean crashed;

    @Option(
            names = "--controllers",
            description = "Then run the controllers, until what they left behind is done and every status is right"
                    + " (default: the store is only read).")
    private boolean controllers;

    @Option(names = "--store", paramLabel = "DIR", required = true, description = "The folder of the store.")
    void store(String value) {
        store = StorePath.existing(spec, value);
    }

    @Option(names = "--journal", paramLabel = "FILE", required = true, description = "What the run wrote down.")
    void journal(String value) {
        journal = Args.inputFile(spec, "--journal", value);
    }

    @Override
    public Integer call() {
        Oracle oracle = oracle(Objects.requireNonNull(journal, "--journal is required"));
        Comparison comparison;
        long revision;
        try (StorageBackend opened = StorePath.open(Objects.requireNonNull(store, "--store is required"), true)) {
            comparison = Comparison.of(oracle, opened, crashed);
            revision = opened.revision();
        }
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "journal  %,d changes acknowledged, %,d pending at the end; %,d keys%n",
                oracle.acknowledgedChanges(),
                oracle.pendingChanges(),
                oracle.keys().size());
        out.printf(
                Locale.ROOT,
                "store    revision %,d, %,d moved objects at exactly one place, %,d unexpected keys%n",
                revision,
                comparison.objects(),
                comparison.unexpected());
        comparison.findings().stream().limit(SHOWN).forEach(finding -> out.println("wrong    " + finding));
        if (comparison.findings().size() > SHOWN) {
            out.println("wrong    and " + (comparison.findings().size() - SHOWN) + " more");
        }
        boolean converged = !controllers || converge(out);
        int code = conclude(out, oracle, comparison);
        return converged ? code : ExitCodes.FAILED;
    }

    private boolean converge(PrintWriter out) {
        try {
            return Aftermath.converge(Objects.requireNonNull(store, "--store is required"), out);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            out.println("wrong    interrupted while the controllers were at work");
            return false;
        }
    }

    private int conclude(PrintWriter out, Oracle oracle, Comparison comparison) {
        boolean ended = oracle.hasEnded() || crashed;
        if (!ended) {
            out.println(
                    "wrong    the journal has no end: the run was killed, or it still runs (--crashed allows that)");
        }
        out.println(lastLine(comparison, Journal.shown(oracle.callsAfterDrain())));
        boolean clean =
                comparison.isClean() && ended && oracle.callsAfterDrain().orElse(0) == 0;
        return clean ? ExitCodes.OK : ExitCodes.FAILED;
    }

    static String lastLine(Comparison comparison, String afterDrain) {
        return "acknowledged " + comparison.acknowledged() + "  found " + comparison.found() + "  lost "
                + comparison.lost() + "  admitted-after-close " + afterDrain;
    }

    private static Oracle oracle(Path journal) {
        try {
            return Oracle.read(journal);
        } catch (IOException e) {
            throw new CommandException("journal " + journal + " cannot be read: " + e, e);
        }
    }
}
