package io.k1s.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The few lines of a report that a demo shows. */
final class DrainSummary {
    private static final int FRAMES = 6;
    private static final String UNKNOWN = "unknown";

    private DrainSummary() {}

    /** What became of the reconciles, by the report. */
    static String reconciles(Path report) {
        JsonNode found = MissingNode.getInstance();
        try {
            found = new ObjectMapper().readTree(Files.readString(report)).path("reconciles");
        } catch (IOException e) {
            // That there is no report, or none that can be read, has been said.
        }
        return Shop.Reconciles.shown(
                found.path("started").asText(UNKNOWN),
                found.path("completed").asText(UNKNOWN),
                found.path("cut").asText(UNKNOWN),
                found.path("queuedUnprocessed").asText(UNKNOWN));
    }

    static List<String> read(Path report) {
        if (!Files.isRegularFile(report)) {
            return List.of("there is no report");
        }
        try {
            return lines(new ObjectMapper().readTree(Files.readString(report)));
        } catch (IOException e) {
            return List.of("the report cannot be read: " + OneLine.of(e.toString()));
        }
    }

    private static List<String> lines(JsonNode report) {
        List<String> lines = new ArrayList<>();
        int width = 0;
        for (JsonNode component : report.path("components")) {
            width = Math.max(width, component.path("name").asText().length());
        }
        for (JsonNode component : report.path("components")) {
            JsonNode ledger = component.path("ledger");
            lines.add(String.format(
                    Locale.ROOT,
                    "%-" + width + "s %s in %s, %s; %,d works finished, %,d failed, %,d turned away",
                    component.path("name").asText(),
                    component.path("drained").asBoolean()
                            ? "drained"
                            : "NOT drained (" + component.path("left").asLong() + " left)",
                    shown(component, "drainTime"),
                    component.path("closed").asBoolean() ? "closed" : "left open",
                    ledger.path("operations").asLong(),
                    ledger.path("errors").asLong(),
                    ledger.path("rejected").asLong()));
            for (JsonNode straggler : component.path("stragglers")) {
                lines.add(String.format(
                        Locale.ROOT,
                        "         left behind: %s, %s old, thread %s",
                        straggler.path("work").asText(),
                        shown(straggler, "age"),
                        straggler.path("thread").path("name").asText()));
                stack(straggler.path("thread").path("stack"), lines);
            }
        }
        lines.add(String.format(Locale.ROOT, "%s in %s", report.path("outcome").asText(), shown(report, "took")));
        return lines;
    }

    private static String shown(JsonNode node, String name) {
        return Args.shown(Duration.ofNanos(Math.round(node.path(name + "Millis").asDouble() * 1e6)));
    }

    private static void stack(JsonNode stack, List<String> lines) {
        for (int i = 0; i < Math.min(stack.size(), FRAMES); i++) {
            lines.add("             at " + stack.path(i).asText());
        }
        if (stack.size() > FRAMES) {
            lines.add("             and " + (stack.size() - FRAMES) + " frames more in the report");
        }
    }
}
