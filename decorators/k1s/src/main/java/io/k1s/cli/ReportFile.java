package io.k1s.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

/** A {@link ShutdownReport} as JSON. Durations are there twice: for people, and in milliseconds for programs. */
final class ReportFile {
    static final String SCHEMA = "k1s.io/shutdown-report/1";

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ReportFile() {}

    /** Loads what a report needs, so that nothing has to be found in the jar when the process ends. */
    static void preload() {
        ShutdownReport.ThreadSample thread = new ShutdownReport.ThreadSample(
                "", false, ShutdownReport.Motion.UNKNOWN, Duration.ZERO, "", List.of(new Throwable().getStackTrace()));
        ShutdownReport.Straggler straggler = new ShutdownReport.Straggler("", false, false, Duration.ZERO, thread);
        ShutdownReport.Component component = new ShutdownReport.Component(
                "",
                true,
                Duration.ZERO,
                0,
                0,
                true,
                java.util.Optional.empty(),
                List.of(straggler),
                List.of(thread),
                List.of(),
                List.of(new Throwable()));
        render(
                new ShutdownReport(
                        "", ShutdownReport.Outcome.COMPLETE, Duration.ZERO, List.of(), List.of(component), List.of()),
                new Extras(0, 0, 0, 0));
    }

    /**
     * What the program knows beside the report.
     *
     * @param seed of the load
     * @param writes acknowledged changes
     * @param reads values read
     * @param callsAfterDrain what the probe below the storage counted
     */
    record Extras(long seed, long writes, long reads, long callsAfterDrain) {}

    /** Whoever looks at the path sees the old file or all of the new one. */
    static void write(Path file, ShutdownReport report, Extras extras) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Path temporary = Files.createTempFile(folder, "." + file.getFileName(), ".tmp");
        try {
            Files.writeString(temporary, render(report, extras) + System.lineSeparator());
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    static String render(ShutdownReport report, Extras extras) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", SCHEMA);
        root.put("reason", report.reason());
        root.put("outcome", report.outcome().name());
        took(root, "took", report.took());
        root.put("admittedAfterClose", extras.callsAfterDrain());
        root.putObject("load")
                .put("seed", extras.seed())
                .put("acknowledgedWrites", extras.writes())
                .put("reads", extras.reads());
        ArrayNode phases = root.putArray("phases");
        for (ShutdownReport.Phase phase : report.phases()) {
            ObjectNode node = phases.addObject().put("state", phase.state().name());
            took(node, "startedAfter", phase.startedAfter());
            took(node, "took", phase.took());
        }
        ArrayNode components = root.putArray("components");
        report.components().forEach(component -> component(components.addObject(), component));
        report.unknownDependencies().forEach(root.putArray("unknownDependencies")::add);
        try {
            return MAPPER.writeValueAsString(root);
        } catch (IOException e) {
            throw new IllegalStateException("a tree of strings and numbers can be written", e);
        }
    }

    private static void component(ObjectNode node, ShutdownReport.Component component) {
        node.put("name", component.name());
        node.put("drained", component.drained());
        took(node, "drainTime", component.drainTime());
        node.put("left", component.left());
        node.put("admittedAfterClose", component.admittedAfterClose());
        node.put("closed", component.closed());
        component.ledger().ifPresent(ledger -> ledger(node.putObject("ledger"), ledger));
        component.stragglers().forEach(straggler(node.putArray("stragglers")));
        component.abandoned().forEach(straggler(node.putArray("abandoned")));
        ArrayNode errors = node.putArray("errors");
        for (Throwable error : component.errors()) {
            StringWriter trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace, true));
            errors.addObject().put("error", error.toString()).put("stack", trace.toString());
        }
    }

    private static void ledger(ObjectNode node, WorkSnapshot ledger) {
        node.put("totalStarted", ledger.totalStarted());
        node.put("operations", ledger.operations());
        node.put("errors", ledger.errors());
        node.put("cancelled", ledger.cancelled());
        node.put("inFlight", ledger.inFlight());
        node.put("inFlightPeak", ledger.inFlightPeak());
        node.put("watchers", ledger.watchers());
        node.put("rejected", ledger.rejected());
        node.put("repeatedEnds", ledger.repeatedEnds());
    }

    private static java.util.function.Consumer<ShutdownReport.Straggler> straggler(ArrayNode array) {
        return straggler -> {
            ObjectNode node = array.addObject();
            node.put("work", straggler.description());
            node.put("watch", straggler.watch());
            took(node, "age", straggler.age());
            node.put("thread", straggler.thread().name());
            ArrayNode stack = node.putArray("stack");
            straggler.thread().stack().forEach(frame -> stack.add("at " + frame));
        };
    }

    private static void took(ObjectNode node, String name, Duration duration) {
        node.put(name, Args.shown(duration));
        node.put(name + "Millis", duration.toNanos() / 1e6);
    }
}
