package io.k1s.registry;

import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.PeakTracking;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a registry tells about itself. */
class StateTest {
    @Test
    void aRegistryRunsUntilItIsAskedToStop() {
        WorkRegistry registry = Registries.patient();

        assertThat(registry.state()).isEqualTo(ShutdownState.RUNNING);
        assertThat(registry.isReady()).isTrue();
        assertThat(registry.terminated()).isNotDone();
        assertThat(registry.timeLeft()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void readinessIsRedAsSoonAsAShutdownIsRequested() {
        WorkRegistry registry = Registries.patient();
        Work work = registry.component("jobs").startWork("job");

        registry.shutdown();

        assertThat(registry.isReady()).isFalse();
        work.succeed();
    }

    @Test
    void aLameDuckIsNotReadyAndStillAdmits() {
        WorkRegistry registry = Registries.with(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).drainDelay(Duration.ofSeconds(1)));
        WorkMetrics jobs = registry.component("jobs");
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(() -> registry.state() == ShutdownState.LAME_DUCK);

        assertThat(registry.isReady()).isFalse();
        jobs.startWork("late request").succeed();

        assertThat(get(report).isComplete()).isTrue();
        assertThat(get(report).phases().get(0).state()).isEqualTo(ShutdownState.LAME_DUCK);
        assertThat(get(report).phases().get(1).startedAfter()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void theDrainStateIsSeenWhileDraining() {
        WorkRegistry registry = Registries.patient();
        Work work = registry.component("jobs").startWork("job");
        CompletableFuture<ShutdownReport> report = registry.shutdown();

        until(() -> registry.state() == ShutdownState.DRAINING);
        work.succeed();

        get(report);
        assertThat(registry.state()).isEqualTo(ShutdownState.TERMINATED);
    }

    /** Everything runs where it is started, so that the listener is told at that very moment. */
    @Test
    void whoSeesThatItIsTerminatedFindsTheReport() {
        WorkRegistry registry =
                new WorkRegistry(Registries.patience().build(Map.of(), Map.of()), new Isolation(Runnable::run));
        CompletableFuture<Boolean> found = new CompletableFuture<>();
        CompletableFuture<ShutdownState> seen = new CompletableFuture<>();
        registry.addListener(new ShutdownListener() {
            @Override
            public void terminated(ShutdownReport report) {
                seen.complete(registry.state());
                found.complete(registry.terminated().isDone());
            }
        });

        registry.shutdown();

        assertThat(get(seen)).isEqualTo(ShutdownState.TERMINATED);
        assertThat(get(found)).isTrue();
    }

    @Test
    void theTimeLeftCountsDownAndEndsAtZero() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofSeconds(1)));
        Work work = registry.component("jobs").startWork("job");
        registry.shutdown();

        assertThat(registry.timeLeft()).isLessThan(Duration.ofSeconds(1)).isPositive();
        until(() -> registry.timeLeft().isZero());
        work.succeed();
    }

    /** Far more than pass in the time that it takes to sort them: an order by ages would come out mixed up. */
    @Test
    void manyWorksOfSeveralComponentsAreListedInTheOrderOfTheirStarts() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics[] components = {registry.component("a"), registry.component("b")};
        List<String> started = new ArrayList<>();
        for (int i = 0; i < 1_800; i++) {
            started.add(components[i % 2].startWork("work " + i).description());
        }
        assertThat(registry.activeWork()).extracting(Work::description).isEqualTo(started);
    }

    @Test
    void workInProgressIsCountedAndListedOldestFirst() {
        WorkRegistry registry = Registries.patient();
        Foreign foreign = Foreign.busy();
        registry.register("foreign", foreign, ComponentOptions.defaults());
        WorkMetrics jobs = registry.component("jobs");
        WorkMetrics storage = registry.component("storage");
        Work first = storage.startWatch("watch");
        Work second = jobs.startWork("job");

        assertThat(registry.isAnyWorkInProgress()).isTrue();
        assertThat(registry.activeWorkCounts())
                .containsEntry("foreign", 1L)
                .containsEntry("jobs", 1L)
                .containsEntry("storage", 1L);
        assertThat(registry.activeWork()).containsExactly(first, second);
        assertThat(registry.snapshots()).extracting(WorkSnapshot::component).containsExactly("jobs", "storage");
        foreign.end();
        first.cancel();
        second.succeed();
        assertThat(registry.isAnyWorkInProgress()).isFalse();
    }

    @Test
    void aComponentThatCannotCountDoesNotHideTheOthers() {
        WorkRegistry registry = Registries.patient();
        registry.register(
                "hostile",
                new Foreign() {
                    @Override
                    public long activeWorkCount() {
                        throw new StackOverflowError("cannot count");
                    }
                },
                ComponentOptions.defaults());
        registry.component("jobs").startWork("job").succeed();

        assertThat(registry.activeWorkCounts()).containsExactly(Map.entry("jobs", 0L));
        assertThat(registry.progress()).extracting(DrainProgress::component).containsExactly("jobs");
        assertThat(registry.isAnyWorkInProgress())
                .as("nobody knows that there is none")
                .isTrue();
    }

    /** The limit and the details were in the seed's configuration, and nothing read them. */
    @Test
    void theLimitOfTheConfigurationHoldsForEveryComponent() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().maxConcurrentOps(1));
        WorkMetrics jobs = registry.component("jobs");
        Work first = jobs.startWork("first");

        assertThatThrownBy(() -> jobs.startWork("second"))
                .isInstanceOfSatisfying(
                        WorkRejectedException.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(WorkRejectedException.Reason.LIMIT));
        first.succeed();
    }

    /** Backpressure: whoever starts waits for room, and is not rejected. */
    @Test
    void theWaitOfTheConfigurationHoldsForEveryComponent() {
        WorkRegistry registry =
                Registries.with(ShutdownConfig.builder().maxConcurrentOps(1).limitWait(Duration.ofMinutes(1)));
        WorkMetrics jobs = registry.component("jobs");
        Work first = jobs.startWork("first");
        CompletableFuture<Thread> starter = new CompletableFuture<>();
        CompletableFuture<Boolean> second = async(() -> {
            starter.complete(Thread.currentThread());
            return jobs.startWork("second").succeed();
        });
        Registries.awaitStanding(get(starter));
        assertThat(second).isNotDone();

        first.succeed();

        assertThat(get(second)).isTrue();
        assertThat(jobs.snapshot().rejected()).isZero();
    }

    @Test
    void theLimitDoesNotHoldForChildrenSoThatAParentCannotBlockItself() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().maxConcurrentOps(1));
        Work parent = registry.component("jobs").startWork("parent");

        parent.startChild("part").succeed();
        parent.succeed();
    }

    @Test
    void aComponentCanHaveALimitOfItsOwn() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().maxConcurrentOps(1));
        WorkMetrics jobs =
                registry.component("jobs", ComponentOptions.defaults().maxConcurrentOps(2));

        jobs.startWork("first");
        jobs.startWork("second");

        assertThatThrownBy(() -> jobs.startWork("third")).isInstanceOf(WorkRejectedException.class);
    }

    @Test
    void aLimitThatIsOutOfRangeIsRefusedWhereItIsSet() {
        for (long limit : new long[] {0, -1, 1_000_000_001}) {
            assertThatThrownBy(() -> ComponentOptions.defaults().maxConcurrentOps(limit))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("maxConcurrentOps = \"" + limit + "\"")
                    .hasMessageContaining("1 to 1000000000");
        }
    }

    @Test
    void aComponentThatCountsItsOwnWorkHasNoLimitAndNoExactPeak() {
        WorkRegistry registry = Registries.patient();

        for (ComponentOptions options : List.of(
                ComponentOptions.defaults().maxConcurrentOps(2),
                ComponentOptions.defaults().peakTracking(PeakTracking.EXACT))) {
            assertThatThrownBy(() -> registry.register("pool", new Foreign(), options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"pool\" counts its own work");
        }
        assertThat(registry.activeWorkCounts()).isEmpty();
    }

    @Test
    void aComponentCanHaveAnExactPeak() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component(
                "jobs",
                ComponentOptions.dependsOn("storage")
                        .peakTracking(PeakTracking.EXACT)
                        .dependingOn("other"));

        assertThat(jobs.describe()).contains("peak EXACT");
    }

    @Test
    void theDefaultsCanBeUsedAsTheyAre() {
        WorkRegistry registry = WorkRegistry.create();

        assertThat(registry.config().gracefulTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(shutDown(registry).reason()).isEqualTo("requested by the program");
    }
}
