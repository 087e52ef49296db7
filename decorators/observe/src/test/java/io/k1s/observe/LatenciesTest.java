package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.WorkRegistry;
import io.k1s.registry.WorkTrackingComponent;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LatenciesTest {
    @Test
    void quantilesAreThoseOfTheWorksWithinOnePercent() {
        Latencies.Timed timed = new Latencies.Timed();
        for (int micros = 1; micros <= 10_000; micros++) {
            timed.timed(TimeUnit.MICROSECONDS.toNanos(micros), 1);
        }
        Latency latency = timed.read().orElseThrow();
        near(latency.p50(), Duration.ofNanos(5_000_000));
        near(latency.p99(), Duration.ofNanos(9_900_000));
        near(latency.p999(), Duration.ofNanos(9_990_000));
        near(latency.max(), Duration.ofNanos(10_000_000));
        assertThat(latency.samples()).isEqualTo(10_000);
    }

    @Test
    void sampleCountsAsManyTimesAsTheWorksItStandsFor() {
        Latencies.Timed timed = new Latencies.Timed();
        timed.timed(1_000, 10);
        timed.timed(1_000_000, 990);
        Latency latency = timed.read().orElseThrow();
        near(latency.p50(), Duration.ofNanos(1_000_000));
        assertThat(latency.samples()).isEqualTo(2);
    }

    @Test
    void latencyLongerThanADayCountsAsADay() {
        Latencies.Timed timed = new Latencies.Timed();
        timed.timed(Duration.ofDays(40).toNanos(), 1);
        near(timed.read().orElseThrow().max(), Duration.ofDays(1));
    }

    @Test
    void readingAgainKeepsWhatWasReadBefore() {
        Latencies.Timed timed = new Latencies.Timed();
        timed.timed(1_000, 1);
        timed.read();
        timed.timed(2_000, 1);
        timed.read();
        Latency latency = timed.read().orElseThrow();
        near(latency.p50(), Duration.ofNanos(1_000));
        near(latency.max(), Duration.ofNanos(2_000));
        assertThat(latency.samples()).isEqualTo(2);
    }

    @Test
    void nothingIsLostWhileItIsRead() throws Exception {
        Latencies.Timed timed = new Latencies.Timed();
        AtomicBoolean done = new AtomicBoolean();
        Thread reader = new Thread(() -> {
            while (!done.get()) {
                timed.read();
            }
        });
        Thread writer = new Thread(() -> {
            for (int i = 0; i < 100_000; i++) {
                timed.timed(i < 50_000 ? 1_000 : 1_000_000, 3);
            }
        });
        reader.start();
        writer.start();
        writer.join();
        done.set(true);
        reader.join();
        Latency latency = timed.read().orElseThrow();
        assertThat(latency.samples()).isEqualTo(100_000);
        near(latency.p50(), Duration.ofNanos(1_000));
        near(latency.p99(), Duration.ofNanos(1_000_000));
    }

    @Test
    void componentsThatAreThereAndThatComeAreTimed() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics early = registry.component("early");
        Latencies latencies = Latencies.of(registry);
        work(early);
        assertThat(latencies.latency("early").orElseThrow().samples()).isEqualTo(1);
        WorkMetrics late = registry.component("late");
        Eventually.holds(() -> {
            work(late);
            return latencies.latency("late").isPresent();
        });
        Latency latency = latencies.latency("late").orElseThrow();
        assertThat(latency.p50()).isPositive().isLessThanOrEqualTo(latency.max());
    }

    @Test
    void componentWithoutWorkHasNoLatency() {
        WorkRegistry registry = Registries.patient();
        registry.component("idle");
        Latencies latencies = Latencies.of(registry);
        assertThat(latencies.latency("idle")).isEmpty();
        assertThat(latencies.latency("nobody")).isEmpty();
    }

    @Test
    void nothingIsTimedWithoutDetailedMetrics() {
        WorkRegistry registry = WorkRegistry.create(
                ShutdownConfig.builder().detailedMetrics(false).build());
        WorkMetrics jobs = registry.component("jobs");
        Latencies latencies = Latencies.of(registry);
        work(jobs);
        assertThat(latencies.latency("jobs")).isEmpty();
    }

    @Test
    void componentThatLeftHasNoLatency() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        Latencies latencies = Latencies.of(registry);
        work(jobs);
        assertThat(latencies.latency("jobs")).isPresent();
        registry.closeComponent("jobs");
        Eventually.holds(() -> latencies.latency("jobs").isEmpty());
    }

    @Test
    void componentsBeyondTheCapAndThoseThatCountThemselvesAreNotTimed() {
        WorkRegistry registry = Registries.patient();
        registry.register("foreign", new Foreign(), ComponentOptions.defaults());
        for (int i = 0; i < Latencies.MOST_COMPONENTS; i++) {
            registry.component("jobs " + i);
        }
        WorkMetrics beyond = registry.component("beyond");
        Latencies latencies = Latencies.of(registry);
        work(beyond);
        assertThat(latencies.latency("beyond")).isEmpty();
        assertThat(latencies.latency("foreign")).isEmpty();
    }

    private static void work(WorkMetrics metrics) {
        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
    }

    private static void near(Duration actual, Duration expected) {
        assertThat((double) actual.toNanos()).isCloseTo(expected.toNanos(), within(expected.toNanos() * 0.011));
    }

    /** Counts its own work, and has none. */
    static final class Foreign implements WorkTrackingComponent {
        @Override
        public boolean isWorkInProgress() {
            return false;
        }

        @Override
        public long activeWorkCount() {
            return 0;
        }

        @Override
        public CompletionStage<?> stopAcceptingWork() {
            return CompletableFuture.completedFuture(null);
        }
    }
}
