package io.k1s.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.k1s.observe.ReportJson;
import io.k1s.registry.ShutdownReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The report of a run: {@link ReportJson}, and what the program knows beside it, as {@code load} and {@code reconciles}. */
final class ReportFile {
    private ReportFile() {}

    /**
     * What the program knows beside the report.
     *
     * @param seed of the load
     * @param writes acknowledged changes
     * @param reads values read
     * @param callsAfterDrain what the probe below the storage counted; empty if that is not known, and is left out then
     * @param reconciles what became of them
     */
    record Extras(long seed, long writes, long reads, OptionalLong callsAfterDrain, Shop.Reconciles reconciles) {}

    /** Deletes what an earlier run has left: were this one killed, it would be taken for the report of this one. */
    static void deleteOld(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new CommandException("the report of an earlier run cannot be deleted: " + e, e);
        }
    }

    static void write(Path file, ShutdownReport report, Extras extras) throws IOException {
        ObjectNode tree = ReportJson.tree(report);
        ObjectNode load = tree.putObject("load")
                .put("seed", extras.seed())
                .put("acknowledgedWrites", extras.writes())
                .put("reads", extras.reads());
        extras.callsAfterDrain().ifPresent(calls -> load.put("callsAfterDrain", calls));
        tree.putObject("reconciles")
                .put("started", extras.reconciles().started())
                .put("completed", extras.reconciles().completed())
                .put("cut", extras.reconciles().cut())
                .put("queuedUnprocessed", extras.reconciles().queuedUnprocessed());
        ReportJson.write(file, tree);
    }
}
