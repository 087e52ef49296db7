package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.k1s.registry.WorkRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DashboardTest {
    private static final Pattern METRIC = Pattern.compile("k1s_\\w+");

    @Test
    void dashboardAsksForWhatIsExportedAndForAllOfIt() throws Exception {
        Set<String> exported = exported();
        Set<String> asked = new TreeSet<>();
        Matcher metric = METRIC.matcher(Docs.read("grafana-dashboard.json"));
        while (metric.find()) {
            asked.add(metric.group());
        }
        assertThat(exported).containsAll(asked);
        // The longest drain is that of the sum when there is one shutdown only.
        exported.remove("k1s_shutdown_drain_seconds_max");
        assertThat(asked).containsAll(exported);
    }

    @Test
    void panelsHaveAnIdOfTheirOwnAPlaceAndAQuestion() throws Exception {
        JsonNode dashboard = new ObjectMapper().readTree(Docs.read("grafana-dashboard.json"));
        Set<Integer> ids = new TreeSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            assertThat(ids.add(panel.path("id").asInt())).isTrue();
            assertThat(panel.path("gridPos").path("x").asInt()
                            + panel.path("gridPos").path("w").asInt())
                    .isBetween(1, 24);
            assertThat(panel.path("targets")).isNotEmpty();
            for (JsonNode target : panel.path("targets")) {
                assertThat(target.path("expr").asText()).containsPattern(METRIC);
            }
        }
        assertThat(ids).isNotEmpty();
    }

    @Test
    void pageOfDocsNamesEveryMetric() throws Exception {
        String docs = Docs.read("observe.md");
        assertThat(exported()).allSatisfy(name -> assertThat(docs).contains("`" + name + "`"));
    }

    private static Set<String> exported() {
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        WorkRegistry registry = Registries.patient();
        registry.component("jobs").run("work", () -> {});
        WorkMeters.of(registry).withLatencies(Latencies.of(registry)::latency).bindTo(prometheus);
        return Scrape.of(prometheus.scrape()).samples().keySet().stream()
                .map(sample -> sample.substring(0, sample.indexOf('[')))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
