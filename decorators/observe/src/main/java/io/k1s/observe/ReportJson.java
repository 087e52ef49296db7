package io.k1s.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownListener;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.ShutdownState;
import io.k1s.registry.WorkRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A {@link ShutdownReport} as JSON. Needs {@code com.fasterxml.jackson.core:jackson-databind}.
 *
 * <p>The format is {@value #SCHEMA}, described by {@code docs/report-schema.json}: properties may be added to it, none is
 * removed or changed without another number. Times are milliseconds, with a fraction.
 */
public final class ReportJson {
    /** What {@code schema} says in each report. */
    public static final String SCHEMA = "k1s.io/shutdown-report/1";

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ReportJson() {}

    /**
     * Returns the report as a tree, to which a program may add properties of its own.
     *
     * @param report the report
     * @return a tree of its own for this caller
     */
    public static ObjectNode tree(ShutdownReport report) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", SCHEMA);
        root.put("reason", report.reason());
        root.put("outcome", report.outcome().name());
        millis(root, "took", report.took());
        root.put(
                "admittedAfterClose",
                report.components().stream()
                        .mapToLong(ShutdownReport.Component::admittedAfterClose)
                        .sum());
        ArrayNode phases = root.putArray("phases");
        for (ShutdownReport.Phase phase : report.phases()) {
            ObjectNode node = phases.addObject().put("state", phase.state().name());
            millis(node, "startedAfter", phase.startedAfter());
            millis(node, "endedAfter", phase.endedAfter());
        }
        ArrayNode components = root.putArray("components");
        report.components().forEach(component -> component(components.addObject(), component));
        report.unknownDependencies().forEach(root.putArray("unknownDependencies")::add);
        return root;
    }

    /**
     * Returns the report as text.
     *
     * @param report the report
     * @return indented JSON
     */
    public static String text(ShutdownReport report) {
        return text(tree(report));
    }

    private static String text(JsonNode tree) {
        try {
            return MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of strings and numbers can be written", e);
        }
    }

    /**
     * Writes a tree to a file, atomically: whoever looks at the path sees the old file or all of the new one.
     *
     * @param file where, in a folder that exists
     * @param tree from {@link #tree}
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, JsonNode tree) throws IOException {
        Path target = file.toAbsolutePath();
        Path temporary = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".tmp");
        try {
            Files.writeString(temporary, text(tree) + System.lineSeparator());
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Has the report written to a file when the shutdown is over, complete or not, before the process exits. A shutdown
     * that fails itself, or is halted by a third signal, has none.
     *
     * @param registry whose shutdown
     * @param file where, in a folder that exists
     * @return completes when it is written, or with the IOException
     */
    public static CompletionStage<Path> writeWhenTerminated(WorkRegistry registry, Path file) {
        preload();
        CompletableFuture<Path> written = new CompletableFuture<>();
        registry.addListener(new ShutdownListener() {
            @Override
            public void terminated(ShutdownReport report) {
                try {
                    write(file, tree(report));
                    written.complete(file);
                } catch (IOException | RuntimeException e) {
                    written.completeExceptionally(e);
                }
            }
        });
        return written.minimalCompletionStage();
    }

    /** Loads what a report needs, so that nothing has to be found in a jar while the process ends. */
    public static void preload() {
        Throwable error = new Throwable();
        ShutdownReport.ThreadSample thread = new ShutdownReport.ThreadSample(
                "", false, ShutdownReport.Motion.UNKNOWN, Duration.ZERO, "", List.of(error.getStackTrace()));
        ShutdownReport.Component component = new ShutdownReport.Component(
                "",
                true,
                Duration.ZERO,
                0,
                0,
                true,
                Optional.of(new WorkSnapshot("", 0, 0, 0, 0, 0, 0, 0, 0, 0)),
                List.of(new ShutdownReport.Straggler("", false, false, false, Duration.ZERO, thread)),
                List.of(thread),
                List.of(),
                List.of(error));
        text(new ShutdownReport(
                "",
                ShutdownReport.Outcome.COMPLETE,
                Duration.ZERO,
                List.of(new ShutdownReport.Phase(ShutdownState.DRAINING, Duration.ZERO, Duration.ZERO)),
                List.of(component),
                List.of()));
    }

    private static void component(ObjectNode node, ShutdownReport.Component component) {
        node.put("name", component.name());
        node.put("drained", component.drained());
        millis(node, "drainTime", component.drainTime());
        node.put("left", Math.max(0, component.left()));
        if (component.left() == ShutdownReport.Component.UNKNOWN) {
            node.put("leftUnknown", true);
        }
        node.put("admittedAfterClose", component.admittedAfterClose());
        node.put("closed", component.closed());
        component.ledger().ifPresent(ledger -> ledger(node.putObject("ledger"), ledger));
        stragglers(node.putArray("stragglers"), component.stragglers());
        ArrayNode suspects = node.putArray("suspects");
        component.suspects().forEach(thread -> thread(suspects.addObject(), thread));
        stragglers(node.putArray("abandoned"), component.abandoned());
        ArrayNode errors = node.putArray("errors");
        component.failures().forEach(failure -> failure(errors.addObject(), failure));
    }

    static void ledger(ObjectNode node, WorkSnapshot ledger) {
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

    private static void stragglers(ArrayNode array, List<ShutdownReport.Straggler> stragglers) {
        for (ShutdownReport.Straggler straggler : stragglers) {
            ObjectNode node = array.addObject();
            node.put("work", straggler.description());
            node.put("watch", straggler.watch());
            node.put("cancellable", straggler.cancellable());
            millis(node, "age", straggler.age());
            thread(node.putObject("thread"), straggler.thread());
        }
    }

    private static void thread(ObjectNode node, ShutdownReport.ThreadSample thread) {
        node.put("name", thread.name());
        node.put("virtual", thread.virtual());
        node.put("motion", thread.motion().name());
        millis(node, "watchedFor", thread.watchedFor());
        node.put("waitsFor", thread.waitsFor());
        stack(node, thread.stack());
    }

    private static void failure(ObjectNode node, ShutdownReport.Failure failure) {
        node.put("type", failure.type());
        node.put("message", failure.message());
        stack(node, failure.stack());
        ArrayNode suppressed = node.putArray("suppressed");
        failure.suppressed().forEach(inner -> failure(suppressed.addObject(), inner));
        failure.cause().ifPresent(cause -> failure(node.putObject("cause"), cause));
    }

    private static void stack(ObjectNode node, List<StackTraceElement> frames) {
        ArrayNode stack = node.putArray("stack");
        frames.forEach(frame -> stack.add(frame.toString()));
    }

    static void millis(ObjectNode node, String name, Duration duration) {
        node.put(name + "Millis", duration.toNanos() / 1e6);
    }
}
