package io.k1s.registry;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.component;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DeadlineTest {
    @Test
    void theSoftDeadlineCancelsWhatSaidItCanBeCancelled() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        WorkMetrics jobs = registry.component("jobs");
        Work job = jobs.startWork("long job");
        job.onCancel(job::cancel);

        ShutdownReport report = shutDown(registry);

        assertThat(report.isComplete()).isTrue();
        assertThat(component(report, "jobs").ledger().orElseThrow().cancelled()).isEqualTo(1);
        assertThat(report.phases())
                .extracting(ShutdownReport.Phase::state)
                .containsExactly(ShutdownState.DRAINING, ShutdownState.CANCELLING, ShutdownState.CLOSING);
    }

    @Test
    void theSoftDeadlineAsksTheYoungestFirst() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        WorkMetrics jobs = registry.component("jobs");
        List<String> asked = new CopyOnWriteArrayList<>();
        for (String name : List.of("running", "queued first", "queued last")) {
            Work job = jobs.startWork(name);
            job.onCancel(() -> {
                asked.add(name);
                job.cancel();
            });
        }

        shutDown(registry);

        assertThat(asked).containsExactly("queued last", "queued first", "running");
    }

    @Test
    void workIsNotCancelledBeforeTheSoftDeadline() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        Work job = jobs.startWork("long job");
        job.onCancel(job::cancel);

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(jobs::isClosed);
        assertThat(job.isEnded()).isFalse();
        job.succeed();

        assertThat(component(get(report), "jobs").ledger().orElseThrow().cancelled())
                .isZero();
    }

    @Test
    void whatClosesAfterTheSoftDeadlineIsCancelledAtOnce() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        WorkMetrics storage = registry.component("storage");
        WorkMetrics client = registry.component("client", dependsOn("storage"));
        Work below = storage.startWork("below");
        below.onCancel(below::cancel);
        Work above = client.startWork("above");
        above.onCancel(above::cancel);

        assertThat(shutDown(registry).isComplete()).isTrue();
        assertThat(below.isEnded()).isTrue();
    }

    @Test
    void whatIsAdmittedBetweenTheCancellingAndTheCloseIsCancelledToo() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        WorkMetrics storage = registry.component("storage");
        Work above = registry.component("client", dependsOn("storage")).startWork("above");
        above.onCancel(above::cancel);
        Work parent = storage.startWork("parent");
        CountDownLatch asked = new CountDownLatch(1);
        parent.onCancel(asked::countDown);
        parent.onDrain(() -> {
            await(asked);
            Work part = parent.startChild("part");
            part.onCancel(part::cancel);
            parent.cancel();
        });

        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void aForeignComponentThatStopsLateIsAskedToCancelOnceMoreThen() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        CountDownLatch goOn = new CountDownLatch(1);
        Foreign server = new Foreign() {
            @Override
            public CompletionStage<?> stopAcceptingWork() throws Exception {
                await(goOn);
                return super.stopAcceptingWork();
            }

            @Override
            public void requestCancel() throws Exception {
                super.requestCancel();
                if (stops.get() > 0) {
                    end();
                }
            }
        };
        server.active.set(1);
        registry.register("server", server, ComponentOptions.defaults());
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(() -> server.cancels.get() > 0);

        goOn.countDown();

        assertThat(get(report).isComplete()).isTrue();
    }

    @Test
    void aWatchIsToldAtOnceAndCancelledAfterItsGrace() {
        WorkRegistry registry = Registries.with(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).watchGrace(Duration.ofMillis(50)));
        WorkMetrics storage = registry.component("storage");
        Work job = storage.startWork("job");
        Work watch = storage.startWatch("watch /");
        CountDownLatch told = new CountDownLatch(1);
        watch.onDrain(told::countDown);
        CompletableFuture<Duration> cancelledAfter = new CompletableFuture<>();
        long start = System.nanoTime();
        watch.onCancel(() -> {
            cancelledAfter.complete(Duration.ofNanos(System.nanoTime() - start));
            watch.cancel();
        });
        job.onCancel(() -> cancelledAfter.completeExceptionally(new AssertionError("work was cancelled")));

        CompletableFuture<ShutdownReport> report = registry.shutdown();

        await(told);
        assertThat(get(cancelledAfter)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
        assertThat(report).isNotDone();
        job.succeed();
        assertThat(get(report).isComplete()).isTrue();
    }

    @Test
    void whoeverDoesNotDrainIsNamedWithCountAgeAndStack() throws Exception {
        WorkRegistry registry = Registries.told();
        WorkMetrics jobs = registry.component("jobs");
        CompletableFuture<Thread> running = new CompletableFuture<>();
        async(() -> {
            jobs.run("stuck import", () -> {
                running.complete(Thread.currentThread());
                Registries.blockForEver();
            });
            return null;
        });
        Registries.awaitStanding(get(running));

        ShutdownReport report = shutDown(registry);

        ShutdownReport.Component left = component(report, "jobs");
        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        assertThat(left.drained()).isFalse();
        assertThat(left.left()).isEqualTo(1);
        ShutdownReport.Straggler straggler = left.stragglers().get(0);
        assertThat(straggler.description()).isEqualTo("stuck import");
        assertThat(straggler.age()).isPositive();
        assertThat(straggler.thread().stack())
                .anyMatch(frame -> frame.getMethodName().equals("blockForEver"));
        assertThat(report.describe())
                .contains("jobs: NOT drained, 1 left")
                .contains("left behind: \"stuck import\"")
                .contains("Registries.blockForEver");
    }

    @Test
    void theHardDeadlineEndsTheWaitingInTime() {
        WorkRegistry registry = Registries.brief();
        registry.component("jobs").startWork("never ends");

        assertThat(shutDown(registry).took()).isBetween(Duration.ofMillis(300), Duration.ofMillis(1500));
    }

    @Test
    void nothingIsAdmittedAfterTheHardDeadlineNotEvenChildren() {
        WorkRegistry registry = Registries.told();
        WorkMetrics storage = registry.component("storage");
        WorkMetrics client = registry.component("client", dependsOn("storage"));
        Work stuck = client.startWork("stuck");

        ShutdownReport report = shutDown(registry);

        assertThatThrownBy(() -> stuck.startChild("part")).isInstanceOf(WorkRejectedException.class);
        assertThatThrownBy(() -> storage.startWork("call")).isInstanceOf(WorkRejectedException.class);
        assertThat(component(report, "storage").drained()).isTrue();
        assertThat(component(report, "storage").admittedAfterClose()).isZero();
    }

    /** With ten seconds, a quarter of the reserve, for what ends after the deadline. */
    private static WorkRegistry cancellingAtTheDeadline() {
        return Registries.with(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofMillis(40_300))
                .softTimeout(Duration.ofMillis(299))
                .closeReserve(Duration.ofSeconds(40)));
    }

    /** Without the look after the deadline this is a false timeout. */
    @Test
    void workThatEndsOnBeingCancelledAtTheDeadlineIsDrained() {
        WorkRegistry registry = cancellingAtTheDeadline();
        WorkMetrics jobs = registry.component("jobs");
        WorkMetrics callers = registry.component("callers", dependsOn("jobs"));
        Work job = jobs.startWork("reached by the cancelling at the hard deadline only");
        job.onCancel(job::cancel);
        Work caller = callers.startWork("ends with the job");
        caller.onCancel(() -> job.requestCancel());

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(job::isEnded);
        caller.cancel();

        assertThat(get(report).isComplete()).isTrue();
    }

    /** The end comes well after the deadline, and well within a quarter of the reserve. */
    @Test
    void workThatTakesAMomentToEndOnBeingCancelledIsWaitedForAtTheDeadline() {
        WorkRegistry registry = cancellingAtTheDeadline();
        Work job = registry.component("jobs").startWork("rolls back");
        job.onCancel(() -> {
            LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
            job.cancel();
        });

        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void whatHasDrainedIsNotAskedToCancel() {
        // Half a second for the idle one to drain.
        WorkRegistry registry = Registries.with(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofMillis(2_600))
                .softTimeout(Duration.ofMillis(500))
                .closeReserve(Duration.ofSeconds(2)));
        Foreign idle = Foreign.idle();
        registry.register("idle", idle, ComponentOptions.defaults());
        registry.component("jobs").startWork("never ends");

        shutDown(registry);

        assertThat(idle.cancels).hasValue(0);
    }

    @Test
    void aTimeoutOfTheLeastLengthIsEnoughWhenThereIsNoWork() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().gracefulTimeout(Duration.ofMillis(10)));
        registry.component("idle");

        // The components' last look comes after the deadline.
        assertThat(component(shutDown(registry), "idle").drained()).isTrue();
    }

    /** The least of five: a loaded machine slows some of them down, a pause all. */
    @Test
    void anIdleRegistryHasNoQuietPeriod() {
        List<Duration> took = Stream.generate(DeadlineTest::idle)
                .limit(5)
                .map(registry -> shutDown(registry).took())
                .toList();

        assertThat(Collections.min(took)).isLessThan(Duration.ofMillis(500));
    }

    private static WorkRegistry idle() {
        WorkRegistry registry = Registries.patient();
        for (int i = 0; i < 10; i++) {
            registry.component("idle " + i);
        }
        return registry;
    }

    @Test
    void shutdownNowCancelsAtOnceAndSaysThatItWasForced() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        Work job = jobs.startWork("long job");
        job.onCancel(job::cancel);

        ShutdownReport report = get(registry.shutdownNow());

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.FORCED);
        assertThat(component(report, "jobs").drained()).isTrue();
        assertThat(report.took()).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void shutdownNowOfAnIdleRegistryIsComplete() {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs");

        assertThat(get(registry.shutdownNow()).outcome()).isEqualTo(ShutdownReport.Outcome.COMPLETE);
    }

    /** It cannot be asked to cancel: it fails when what it calls is refused. */
    @Test
    void countedWorkThatShutdownNowCutsSaysThatItWasForced() {
        WorkRegistry registry = unhurriedWhenForced();
        WorkMetrics storage = registry.component("storage");
        WorkMetrics client = registry.component("client", dependsOn("storage"));
        long call = client.begin();
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(client::isClosed);

        registry.shutdownNow();
        until(storage::isClosed);
        client.end(call, Outcome.FAILED);

        assertThat(get(report).outcome()).isEqualTo(ShutdownReport.Outcome.FORCED);
    }

    /** With fifteen seconds for what ends when the end is forced. */
    private static WorkRegistry unhurriedWhenForced() {
        return Registries.with(Registries.patience().closeReserve(Duration.ofMinutes(1)));
    }

    @Test
    void shutdownNowOfAnIdleComponentThatCannotBeStoppedIsAFailedClose() {
        WorkRegistry registry = unhurriedWhenForced();
        Foreign hostile = new Foreign();
        hostile.drained.completeExceptionally(new IllegalStateException("cannot stop"));
        registry.register("hostile", hostile, ComponentOptions.defaults());

        assertThat(get(registry.shutdownNow()).outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
    }

    @Test
    void whatWasCancelledBeforeShutdownNowWasNotCutByIt() throws Exception {
        WorkRegistry registry = cancellingAtTheDeadline();
        // The second has not drained when the shutdown is forced: nobody stops it before the first has.
        registry.component("first", dependsOn("second"));
        registry.component("second", dependsOn("storage"));
        Work watch = registry.component("storage").startWatch("watch");
        CompletableFuture<Void> asked = new CompletableFuture<>();
        watch.onCancel(() -> asked.complete(null));
        assertThat(registry.closeComponent("storage").drained()).isFalse();
        get(asked);
        watch.cancel();

        assertThat(get(registry.shutdownNow()).isComplete()).isTrue();
    }

    @Test
    void whatIsAdmittedUntilTheGatesHaveClosedMayBeCutToo() {
        WorkMetrics jobs = WorkMetrics.create("jobs");
        ComponentRun run = new ComponentRun(Tracked.of(jobs, ComponentOptions.defaults()), Set.of());
        run.noteWhatCanBeCut();

        jobs.end(jobs.begin(), Outcome.FAILED);
        run.markDrained();

        assertThat(run.isCut()).isTrue();
    }

    @Test
    void shutdownNowAfterTheDeadlineHasPassedHasCutNothing() {
        WorkRegistry registry = cancellingAtTheDeadline();
        WorkMetrics jobs = registry.component("jobs");
        Work job = jobs.startWork("reached by the cancelling at the hard deadline only");
        Work caller = registry.component("callers", dependsOn("jobs")).startWork("ends with the job");
        job.onCancel(() -> {
            registry.shutdownNow();
            job.cancel();
        });

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(job::isEnded);
        caller.succeed();

        assertThat(get(report).isComplete()).isTrue();
    }

    @Test
    void aShutdownThatComesLongAfterItsDeadlineDoesNotWaitForAQuarterOfItsReserve() {
        ShutdownConfig config = ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofMinutes(11))
                .closeReserve(Duration.ofMinutes(2))
                .build(Map.of(), Map.of());
        Isolation isolation = new Isolation();
        ShutdownLog log = new ShutdownLog(isolation);
        Listeners listeners = new Listeners(isolation, log);
        Components components = new Components(listeners);
        WorkMetrics jobs = WorkMetrics.create("jobs");
        components.add(Tracked.of(jobs, ComponentOptions.defaults()));
        jobs.startWork("never ends");
        long start = System.nanoTime();

        ShutdownReport report = new ShutdownSequence(
                        config,
                        "stopped for minutes",
                        start - Duration.ofMinutes(12).toNanos(),
                        components.seal(),
                        isolation,
                        log,
                        listeners,
                        state -> {})
                .run();

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void shutdownNowCutsAShutdownThatRuns() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        jobs.startWork("never ends");
        CompletableFuture<ShutdownReport> report = registry.shutdown("by the program");
        until(jobs::isClosed);

        registry.shutdownNow();

        assertThat(get(report).outcome()).isEqualTo(ShutdownReport.Outcome.FORCED);
        assertThat(get(report).reason()).isEqualTo("by the program");
        assertThat(component(get(report), "jobs").left()).isEqualTo(1);
    }

    @Test
    void shutdownNowLeavesTheReserveForTheClosing() {
        WorkRegistry registry = Registries.with(Registries.patience().closeReserve(Duration.ofMinutes(1)));
        registry.component("slow to close", Registries.closingIn(Duration.ofMillis(700)));

        assertThat(component(get(registry.shutdownNow()), "slow to close").closed())
                .isTrue();
    }

    @Test
    void shutdownNowEndsALameDuck() {
        WorkRegistry registry = Registries.with(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).drainDelay(Duration.ofMinutes(5)));
        registry.component("jobs").startWork("never ends");
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(() -> registry.state() == ShutdownState.LAME_DUCK);

        registry.shutdownNow();

        assertThat(get(report).outcome()).isEqualTo(ShutdownReport.Outcome.FORCED);
    }

    @Test
    void shutdownNowCutsAClosingThatBlocks() {
        WorkRegistry registry = Registries.with(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).closeReserve(Duration.ofMillis(100)));
        registry.component("stuck", ComponentOptions.defaults().closing(Registries::blockForEver));
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(() -> registry.state() == ShutdownState.CLOSING);

        registry.shutdownNow();

        assertThat(get(report).outcome()).isEqualTo(ShutdownReport.Outcome.FORCED);
    }

    @Test
    void shutdownNowAfterEverythingDrainedLeavesTheOutcome() {
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        WorkRegistry registry = Registries.patient();
        registry.component("slow to close", ComponentOptions.defaults().closing(() -> {
            closing.countDown();
            await(goOn);
        }));
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        await(closing);

        registry.shutdownNow();
        goOn.countDown();

        assertThat(get(report).isComplete()).isTrue();
    }

    @Test
    void manyConcurrentCallersGetOneRunAndOneResult() {
        WorkRegistry registry = Registries.patient();
        Foreign component = Foreign.idle();
        registry.register("component", component, ComponentOptions.defaults());
        CountDownLatch go = new CountDownLatch(1);
        List<CompletableFuture<ShutdownReport>> callers = Stream.generate(() -> async(() -> {
                    await(go);
                    return get(registry.shutdown());
                }))
                .limit(16)
                .toList();

        go.countDown();

        Set<Integer> reports = new HashSet<>();
        callers.forEach(caller -> reports.add(System.identityHashCode(get(caller))));
        assertThat(reports).hasSize(1);
        assertThat(component.stops).hasValue(1);
    }

    @Test
    void whoAsksForAShutdownThatRunsStartsNothing() {
        WorkRegistry registry = Registries.patient();
        Work job = registry.component("jobs").startWork("job");
        Set<Thread> others = shutdownThreads();
        CompletableFuture<ShutdownReport> report = registry.shutdown();

        assertThat(registry.shutdown()).isNotDone();

        Set<Thread> threads = shutdownThreads();
        threads.removeAll(others);
        assertThat(threads).hasSize(1);
        job.succeed();
        get(report);
    }

    private static Set<Thread> shutdownThreads() {
        Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
        threads.removeIf(thread -> !thread.getName().equals("k1s-shutdown"));
        return threads;
    }

    @Test
    void theReportIsThereForThoseWhoComeLater() {
        WorkRegistry registry = Registries.patient();
        ShutdownReport report = shutDown(registry);

        assertThat(registry.shutdown()).isCompletedWithValue(report);
        assertThat(registry.terminated()).isCompletedWithValue(report);
    }

    /** Nothing else would, for minutes. */
    @Test
    void theLastEndWakesTheDrain() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        Work job = jobs.startWork("job");
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(jobs::isClosed);

        job.succeed();

        assertThat(get(report).took()).isLessThan(Duration.ofMinutes(1));
    }

    @Test
    void workThatEndsDuringTheClosingIsNotCalledDrainedAndNamed() {
        WorkRegistry registry = Registries.told();
        Work late = registry.component("storage").startWork("late");
        registry.component("bystander", ComponentOptions.defaults().closing(late::succeed));

        ShutdownReport report = shutDown(registry);

        assertThat(late.isEnded()).isTrue();
        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        assertThat(component(report, "storage").closed()).isFalse();
        assertThat(component(report, "storage").left()).isEqualTo(1);
        assertThat(component(report, "storage").stragglers())
                .extracting(ShutdownReport.Straggler::description)
                .containsExactly("late");
    }

    @Test
    void forcingTwiceIsForcingOnce() {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs").startWork("never ends");

        registry.shutdownNow();

        assertThat(get(registry.shutdownNow()).outcome()).isEqualTo(ShutdownReport.Outcome.FORCED);
    }
}
