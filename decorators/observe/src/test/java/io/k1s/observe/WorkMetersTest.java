package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WorkMetersTest {
    private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @Test
    void everyCounterIsScraped() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        WorkMeters.of(registry).bindTo(prometheus);
        someOfEverything(jobs);
        Scrape scrape = scrape();
        assertThat(scrape.value("k1s_work_started_total[component=jobs]")).isEqualTo(7);
        assertThat(scrape.value("k1s_work_operations_total[component=jobs]")).isEqualTo(3);
        assertThat(scrape.value("k1s_work_errors_total[component=jobs]")).isEqualTo(2);
        assertThat(scrape.value("k1s_work_cancelled_total[component=jobs]")).isEqualTo(1);
        assertThat(scrape.value("k1s_work_inflight[component=jobs]")).isEqualTo(1);
        assertThat(scrape.value("k1s_work_inflight_peak[component=jobs]")).isEqualTo(2);
        assertThat(scrape.value("k1s_work_watchers[component=jobs]")).isEqualTo(1);
        assertThat(scrape.value("k1s_work_rejected_total[component=jobs]")).isEqualTo(1);
        assertThat(scrape.value("k1s_ready[]")).isEqualTo(1);
        assertThat(scrape.value("k1s_components_omitted[]")).isZero();
    }

    @Test
    void drainIsTimedOncePerComponentAndReadinessFalls() throws Exception {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs");
        WorkMeters.of(registry).bindTo(prometheus);
        assertThat(scrape().value("k1s_shutdown_drain_seconds_count[component=jobs]"))
                .isZero();
        ShutdownReport report = Registries.shutDown(registry);
        Eventually.holds(() -> scrape().value("k1s_shutdown_drain_seconds_count[component=jobs]") == 1);
        // The timer counts in one step and adds up in another.
        Eventually.holds(() -> scrape().value("k1s_shutdown_drain_seconds_sum[component=jobs]") > 0);
        Scrape scrape = scrape();
        assertThat(scrape.value("k1s_shutdown_drain_seconds_sum[component=jobs]"))
                .isEqualTo(report.components().get(0).drainTime().toNanos() / 1e9);
        assertThat(scrape.value("k1s_ready[]")).isZero();
    }

    @Test
    void latenciesAreScrapedInSeconds() {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs");
        registry.component("idle");
        Latency latency = new Latency(
                Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMillis(300), Duration.ofSeconds(4), 123);
        WorkMeters.of(registry)
                .withLatencies(name -> name.equals("jobs") ? Optional.of(latency) : Optional.empty())
                .bindTo(prometheus);
        Scrape scrape = scrape();
        assertThat(scrape.value("k1s_work_latency_seconds[component=jobs, quantile=0.5]"))
                .isEqualTo(0.001);
        assertThat(scrape.value("k1s_work_latency_seconds[component=jobs, quantile=0.99]"))
                .isEqualTo(0.02);
        assertThat(scrape.value("k1s_work_latency_seconds[component=jobs, quantile=0.999]"))
                .isEqualTo(0.3);
        assertThat(scrape.value("k1s_work_latency_max_seconds[component=jobs]")).isEqualTo(4);
        assertThat(scrape.value("k1s_work_latency_samples_total[component=jobs]"))
                .isEqualTo(123);
        assertThat(scrape.value("k1s_work_latency_max_seconds[component=idle]")).isNaN();
    }

    @Test
    void latenciesOfRealWorkAreScraped() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        WorkMeters.of(registry).withLatencies(Latencies.of(registry)::latency).bindTo(prometheus);
        jobs.run("work", () -> {});
        Scrape scrape = scrape();
        assertThat(scrape.value("k1s_work_latency_samples_total[component=jobs]"))
                .isEqualTo(1);
        assertThat(scrape.value("k1s_work_latency_max_seconds[component=jobs]")).isPositive();
    }

    @Test
    void withoutLatenciesThereAreNoMetersOfThem() {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs");
        WorkMeters.of(registry).bindTo(prometheus);
        assertThat(scrape().samples().keySet()).noneMatch(name -> name.contains("latency"));
    }

    @Test
    void componentsThatComeAreBoundAndThoseThatLeaveAreNot() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMeters.of(registry).withLatencies(name -> Optional.empty()).bindTo(prometheus);
        registry.component("jobs");
        Eventually.holds(() -> prometheus.find("k1s.work.started").functionCounter() != null);
        registry.closeComponent("jobs");
        Eventually.holds(() -> scrape().samples().keySet().stream().noneMatch(name -> name.contains("component=jobs")));
    }

    @Test
    void componentsBeyondTheCapAreCountedAndHaveNoMeters() throws Exception {
        WorkRegistry registry = Registries.patient();
        registry.component("one");
        registry.component("two");
        registry.component("three");
        registry.register("foreign", new LatenciesTest.Foreign(), ComponentOptions.defaults());
        WorkMeters.of(registry).withMaxComponents(2).bindTo(prometheus);
        assertThat(scrape().samples())
                .containsKey("k1s_work_started_total[component=two]")
                .doesNotContainKey("k1s_work_started_total[component=three]")
                .containsEntry("k1s_components_omitted[]", 2.0);
        registry.closeComponent("three");
        Eventually.holds(() -> scrape().value("k1s_components_omitted[]") == 1);
        assertThat(Registries.shutDown(registry).components()).hasSize(3);
        Eventually.holds(() -> scrape().value("k1s_shutdown_drain_seconds_count[component=one]") == 1);
    }

    @Test
    void capOutOfRangeIsRefused() {
        WorkMeters meters = WorkMeters.of(Registries.patient());
        assertThatThrownBy(() -> meters.withMaxComponents(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the number of components with meters is 0; allowed is 1 to 10000");
        assertThatThrownBy(() -> meters.withMaxComponents(10_001)).isInstanceOf(IllegalArgumentException.class);
    }

    /** 3 succeed, 2 fail, 1 is cancelled, 1 stays in flight, 1 is rejected, and a watch is open. */
    static void someOfEverything(WorkMetrics jobs) {
        for (int i = 0; i < 3; i++) {
            jobs.run("succeeds", () -> {});
        }
        jobs.startWork().fail();
        Work parent = jobs.startWork();
        jobs.startWork().cancel();
        parent.fail();
        assertThatThrownBy(() -> jobs.beginChild(parent)).isInstanceOf(WorkRejectedException.class);
        jobs.startWork("stays");
        jobs.startWatch("watch");
    }

    private Scrape scrape() {
        return Scrape.of(prometheus.scrape());
    }
}
