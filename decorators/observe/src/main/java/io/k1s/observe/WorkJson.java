package io.k1s.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.k1s.metrics.WorkSnapshot;

/** A {@link WorkView} as JSON. The one class of the endpoint that needs Jackson. */
final class WorkJson {
    static final String SCHEMA = "k1s.io/work/1";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private WorkJson() {}

    static String render(WorkView view) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", SCHEMA);
        root.put("state", view.state().name());
        root.put("ready", view.ready());
        ReportJson.millis(root, "timeLeft", view.timeLeft());
        ArrayNode components = root.putArray("components");
        for (WorkSnapshot component : view.components()) {
            ObjectNode node = components.addObject();
            node.put("name", component.component());
            ReportJson.ledger(node.putObject("ledger"), component);
            Latency latency = view.latencies().get(component.component());
            if (latency != null) {
                latency(node.putObject("latency"), latency);
            }
        }
        root.put("active", view.active());
        ArrayNode oldest = root.putArray("oldest");
        for (WorkView.Active active : view.oldest()) {
            ObjectNode node = oldest.addObject();
            node.put("component", active.component());
            node.put("work", active.description());
            node.put("watch", active.watch());
            ReportJson.millis(node, "age", active.age());
            node.put("thread", active.thread());
        }
        try {
            return MAPPER.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of strings and numbers can be written", e);
        }
    }

    private static void latency(ObjectNode node, Latency latency) {
        ReportJson.millis(node, "p50", latency.p50());
        ReportJson.millis(node, "p99", latency.p99());
        ReportJson.millis(node, "p999", latency.p999());
        ReportJson.millis(node, "max", latency.max());
        node.put("samples", latency.samples());
    }
}
