package io.k1s.registry;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.blockForEver;
import static io.k1s.registry.Registries.closingIn;
import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.component;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.testing.Patience;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Components that throw, block or lie: isolated, reported, and unable to stop the others. */
class HostileComponentTest {
    private final List<Thread> earlier = Registries.threads("k1s-shutdown");
    private final AtomicInteger closed = new AtomicInteger();
    private final ComponentOptions closing = ComponentOptions.defaults().closing(closed::incrementAndGet);

    @Test
    void aStopThatThrowsIsReportedAndTheOthersRun() {
        assertStopFailure(() -> {
            throw new IllegalStateException("cannot stop");
        });
    }

    @Test
    void aStopThatThrowsAnErrorIsReportedAndTheOthersRun() {
        assertStopFailure(() -> {
            throw new StackOverflowError("cannot stop");
        });
    }

    @Test
    void aStopWhoseStageFailsIsReportedAndTheOthersRun() {
        ShutdownReport report =
                assertStopFailure(() -> CompletableFuture.failedFuture(new IllegalStateException("cannot stop"))
                        .thenApply(any -> any));

        assertThat(component(report, "hostile").errors().get(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aStopWhoseExceptionThrowsIsReportedAndTheOthersRun() {
        assertStopFailure(() -> CompletableFuture.failedFuture(new IllegalStateException("cannot stop") {
            @Override
            public synchronized Throwable getCause() {
                throw new StackOverflowError("hostile");
            }
        }));
    }

    @Test
    void aStopThatReturnsNullIsReportedByName() {
        ShutdownReport report = assertStopFailure(() -> null);

        assertThat(component(report, "hostile").errors().get(0)).hasMessageContaining("\"hostile\" returned null");
    }

    private ShutdownReport assertStopFailure(java.util.concurrent.Callable<CompletionStage<?>> stop) {
        WorkRegistry registry = Registries.patient();
        registry.component("storage", closing);
        registry.register("hostile", stoppedBy(stop), closing.dependingOn("storage"));

        ShutdownReport report = shutDown(registry);

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
        assertThat(component(report, "hostile").errors()).hasSize(1);
        assertThat(component(report, "hostile").closed()).isTrue();
        assertThat(component(report, "storage").closed()).isTrue();
        assertThat(closed).hasValue(2);
        return report;
    }

    /** Its work in flight still writes through those whom it calls. */
    @Test
    void aStopThatThrowsUnderRunningWorkKeepsWhatThatWorkCallsOpen() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofMinutes(10))
                .progressInterval(Duration.ofMillis(10)));
        WorkMetrics storage = registry.component("storage");
        Foreign server = stoppedBy(() -> {
            throw new IllegalStateException("cannot stop");
        });
        server.active.set(1);
        registry.register("server", server, dependsOn("storage"));

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        server.counted(3);
        assertThat(storage.isClosed()).isFalse();
        server.active.set(0);

        assertThat(get(report).outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
    }

    /** Counted out twice, the drain would be over while somebody else's work runs. */
    @Test
    void whoeverCannotBeStoppedIsGivenUpOnce() {
        WorkRegistry registry = Registries.with(Registries.patience().progressInterval(Duration.ofMillis(10)));
        WorkMetrics storage = registry.component("storage");
        registry.register(
                "hostile",
                stoppedBy(() -> {
                    throw new IllegalStateException("cannot stop");
                }),
                dependsOn("storage"));
        Foreign jobs = Foreign.busy();
        registry.register("jobs", jobs, ComponentOptions.defaults());
        long asked = System.nanoTime();
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(storage::isClosed);
        Duration givenUpWithin = Duration.ofNanos(System.nanoTime() - asked);
        jobs.counted(jobs.counts.get() + 3);

        assertThat(report).isNotDone();
        jobs.end();

        assertThat(component(get(report), "jobs").drained()).isTrue();
        assertThat(component(get(report), "hostile").drainTime()).isLessThanOrEqualTo(givenUpWithin);
    }

    @Test
    void aStopThatThrowsUnderWorkThatNeverEndsLeavesTheResourceOpen() {
        WorkRegistry registry = Registries.brief();
        Foreign server = stoppedBy(() -> {
            throw new IllegalStateException("cannot stop");
        });
        server.active.set(1);
        registry.register("server", server, closing);

        ShutdownReport report = shutDown(registry);

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        assertThat(component(report, "server").left()).isEqualTo(1);
        assertThat(closed).hasValue(0);
    }

    @Test
    void aStopThatBlocksHoldsUpOnlyThoseItCalls() {
        // Draining ends at 600 ms.
        WorkRegistry registry = Registries.with(Registries.telling().gracefulTimeout(Duration.ofMillis(2_600)));
        registry.component("storage", closing);
        registry.component("bystander", closing);
        registry.register(
                "hostile",
                stoppedBy(() -> {
                    blockForEver();
                    return null;
                }),
                closing.dependingOn("storage"));

        ShutdownReport report = shutDown(registry);

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        assertThat(component(report, "bystander").drainTime()).isLessThan(Duration.ofMillis(500));
        assertThat(component(report, "storage").closed()).isTrue();
        assertThat(component(report, "hostile").closed()).isFalse();
        assertThat(component(report, "hostile").errors()).singleElement().isInstanceOf(TimeoutException.class);
    }

    @Test
    void aStageThatNeverCompletesTimesOut() {
        WorkRegistry registry = Registries.brief();
        registry.register("hostile", Foreign.busy(), closing);

        ShutdownReport report = shutDown(registry);

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        assertThat(component(report, "hostile").left()).isEqualTo(1);
        assertThat(closed).hasValue(0);
    }

    @Test
    void aCountThatBlocksNeitherHidesTheLogNorHoldsUpTheReport() {
        WorkRegistry registry = Registries.with(Registries.brevity().progressInterval(Duration.ofMillis(10)));
        registry.register("hostile", new CountBlocks(), closing);

        ShutdownReport report = shutDown(registry);

        assertThat(report.took()).isLessThan(Duration.ofMillis(1500));
        assertThat(component(report, "hostile").drained()).isFalse();
        assertThat(component(report, "hostile").errors()).singleElement().isInstanceOf(TimeoutException.class);
    }

    @Test
    void whoeverHasNotAnsweredIsNotAskedAgain() {
        WorkRegistry registry = Registries.with(Registries.patience().progressInterval(Duration.ofMillis(10)));
        CountDownLatch answering = new CountDownLatch(1);
        Foreign silent = new Foreign() {
            @Override
            public long activeWorkCount() {
                long count = super.activeWorkCount();
                Patience.await(answering);
                return count;
            }
        };
        Foreign jobs = Foreign.busy();
        registry.register("silent", silent, ComponentOptions.defaults());
        registry.register("jobs", jobs, ComponentOptions.defaults());
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        silent.counted(1);
        jobs.counted(jobs.counts.get() + 5);

        assertThat(silent.counts).hasValue(1);

        answering.countDown();
        silent.end();
        jobs.end();
        get(report);
    }

    /** One after the other they would take the time of the watchdog. */
    @Test
    void countsThatBlockAreWaitedForAtTheSameTime() {
        WorkRegistry registry = Registries.brief();
        for (int i = 0; i < 50; i++) {
            registry.register("hostile " + i, new CountBlocks(), ComponentOptions.defaults());
        }

        assertThat(shutDown(registry).took()).isLessThan(Duration.ofMillis(2500));
    }

    @Test
    void countsThatBlockOfThoseThatCannotBeStoppedAreWaitedForAtTheSameTime() {
        WorkRegistry registry = Registries.brief();
        registry.component("storage", closing);
        for (int i = 0; i < 50; i++) {
            CountBlocks hostile = new CountBlocks();
            hostile.drained.completeExceptionally(new IllegalStateException("cannot stop"));
            registry.register("hostile " + i, hostile, ComponentOptions.defaults());
        }

        ShutdownReport report = shutDown(registry);

        assertThat(report.took()).isLessThan(Duration.ofMillis(2500));
        assertThat(component(report, "storage").closed()).isTrue();
    }

    @Test
    void stopsThatBlockLeaveTheTimeForClosing() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofSeconds(3))
                .softTimeout(Duration.ofMillis(50))
                .closeReserve(Duration.ofMillis(2900)));
        registry.component("storage", closingIn(Duration.ofMillis(300)));
        for (int i = 0; i < 50; i++) {
            registry.register(
                    "hostile " + i,
                    stoppedBy(() -> {
                        blockForEver();
                        return null;
                    }),
                    ComponentOptions.defaults());
        }

        assertThat(component(shutDown(registry), "storage").closed()).isTrue();
    }

    private static final class CountBlocks extends Foreign {
        @Override
        public long activeWorkCount() {
            blockForEver();
            return 0;
        }
    }

    @Test
    void aCountThatThrowsIsReported() {
        WorkRegistry registry = Registries.brief();
        registry.register("hostile", Foreign.uncountable(), closing);

        assertThat(component(shutDown(registry), "hostile").errors())
                .singleElement()
                .hasFieldOrPropertyWithValue("message", "cannot count");
    }

    @Test
    void aCancelThatThrowsIsReportedAndTheOthersAreCancelled() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        Foreign hostile = new Foreign() {
            @Override
            public void requestCancel() {
                end();
                throw new StackOverflowError("cannot cancel");
            }
        };
        registry.register("hostile", hostile, closing);
        Work first = registry.component("jobs").startWork("first");
        first.onCancel(() -> {
            throw new IllegalStateException("cannot cancel either");
        });
        first.onCancel(first::cancel);

        ShutdownReport report = shutDown(registry);

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
        assertThat(component(report, "hostile").errors()).hasSize(1);
        assertThat(component(report, "jobs").errors()).singleElement().isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aCancelThatBlocksHoldsUpNobody() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        WorkMetrics jobs = registry.component("jobs");
        Work stuck = jobs.startWork("stuck");
        stuck.onCancel(() -> {
            stuck.cancel();
            blockForEver();
        });
        Work other = registry.component("others").startWork("other");
        other.onCancel(other::cancel);

        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void aCancelThatBlocksDelaysTheOtherWorksOfItsComponentOnlyBriefly() {
        WorkRegistry registry = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(10)));
        WorkMetrics jobs = registry.component("jobs");
        for (int i = 0; i < 20; i++) {
            Work job = jobs.startWork("job " + i);
            job.onCancel(() -> {
                job.cancel();
                blockForEver();
            });
        }

        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void aDrainHandlerThatThrowsIsReported() {
        WorkRegistry registry = Registries.patient();
        Work watch = registry.component("storage").startWatch("watch");
        watch.onDrain(() -> {
            watch.cancel();
            throw new IllegalStateException("cannot drain");
        });

        ShutdownReport report = shutDown(registry);

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
        assertThat(component(report, "storage").errors()).hasSize(1);
    }

    @Test
    void aDrainHandlerThatBlocksDoesNotHideThatTheWorkHasEnded() {
        WorkRegistry registry = Registries.patient();
        Work watch = registry.component("storage", closing).startWatch("watch");
        watch.onDrain(() -> {
            watch.cancel();
            blockForEver();
        });

        ShutdownReport report = shutDown(registry);

        assertThat(component(report, "storage").drained()).isTrue();
        assertThat(component(report, "storage").errors()).singleElement().isInstanceOf(TimeoutException.class);
    }

    /** Closing the gates can be what completes the stage, on the thread that closes. */
    @Test
    void aCallbackOfTheQuiescenceThatBlocksDoesNotStopTheShutdown() {
        WorkRegistry registry = Registries.told();
        WorkMetrics storage = registry.component("storage", closing);
        registry.component("client", dependsOn("storage")).startWork("never ends");
        storage.quiescence().thenRun(Registries::blockForEver);

        ShutdownReport report = shutDown(registry);

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        assertThat(closed).hasValue(1);
    }

    @Test
    void aCallbackOfTheQuiescenceThatBlocksWhoeverEndedTheWorkDoesNotKeepTheShutdownFromItsDeadlines() {
        WorkRegistry registry = Registries.with(Registries.brevity().progressInterval(Duration.ofMillis(10)));
        WorkMetrics jobs = registry.component("jobs", closing);
        Work job = jobs.startWork("job");
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(jobs::isClosed);
        // Later than the registry, and so told before it.
        jobs.quiescence().thenRun(Registries::blockForEver);
        var unused = async(() -> {
            job.succeed();
            return null;
        });

        assertThat(get(report).took()).isLessThan(Duration.ofMillis(1500));
    }

    @Test
    void aCallbackThatBlocksWhoeverEndedTheWorkDoesNotHideTheEnd() {
        WorkRegistry registry = Registries.with(Registries.patience().progressInterval(Duration.ofMillis(10)));
        WorkMetrics jobs = registry.component("jobs", closing);
        Work job = jobs.startWork("job");
        jobs.workQuiescence().thenRun(Registries::blockForEver);
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(jobs::isClosed);
        var unused = async(() -> {
            job.succeed();
            return null;
        });

        assertThat(get(report).isComplete()).isTrue();
        assertThat(closed).hasValue(1);
    }

    @Test
    void aCloseThatThrowsIsReportedAndTheOthersAreClosed() {
        WorkRegistry registry = Registries.patient();
        registry.component("storage", closing);
        registry.component("client", dependsOn("storage").closing(() -> {
            throw new java.io.IOException("cannot close");
        }));
        registry.component("server", dependsOn("client").closing(() -> {
            throw new NoClassDefFoundError("cannot close either");
        }));

        ShutdownReport report = shutDown(registry);

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
        assertThat(component(report, "client").errors()).singleElement().isInstanceOf(java.io.IOException.class);
        assertThat(component(report, "server").errors()).singleElement().isInstanceOf(NoClassDefFoundError.class);
        assertThat(closed).hasValue(1);
    }

    /** The text is for the log and for files that are configured, and these are written elsewhere. */
    @Test
    void aCloseWhoseExceptionBlocksWhoAsksForItsTextDoesNotStopTheShutdown() {
        WorkRegistry registry = Registries.brief();
        registry.component("storage", ComponentOptions.defaults().closing(() -> {
            throw new BlocksWhoReadsIt();
        }));

        assertThat(shutDown(registry).outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
    }

    @Test
    void exceptionsThatBlockWhoAsksForTheirTextDoNotStopTheShutdown() {
        WorkRegistry registry = Registries.brief();
        registry.component("storage", closing);
        Foreign uncountable = new Foreign() {
            @Override
            public long activeWorkCount() {
                throw new BlocksWhoReadsIt();
            }

            @Override
            public CompletionStage<?> stopAcceptingWork() {
                throw new BlocksWhoReadsIt();
            }

            @Override
            public void requestCancel() {
                throw new BlocksWhoReadsIt();
            }
        };
        registry.register("hostile", uncountable, ComponentOptions.defaults());

        ShutdownReport report = shutDown(registry);

        assertThat(component(report, "hostile").errors())
                .hasAtLeastOneElementOfType(BlocksWhoReadsIt.class)
                .hasSizeGreaterThan(2);
        assertThat(component(report, "storage").closed()).isTrue();
    }

    @Test
    void exceptionsThatBlockWhoAsksForTheirTextDoNotHoldWhoClosesOneComponent() {
        WorkRegistry registry = Registries.brief();
        registry.component("storage", ComponentOptions.defaults().closing(() -> {
            throw new BlocksWhoReadsIt();
        }));
        registry.register(
                "hostile",
                stoppedBy(() -> {
                    throw new BlocksWhoReadsIt();
                }),
                closing);

        assertThat(get(async(() -> registry.closeComponent("storage"))).closed())
                .isFalse();
        assertThat(get(async(() -> registry.closeComponent("hostile"))).closed())
                .isTrue();
    }

    private static final class BlocksWhoReadsIt extends RuntimeException {
        @Override
        public String getMessage() {
            blockForEver();
            return "";
        }
    }

    /** One after the other they would take the time of the watchdog. */
    @Test
    void closesThatBlockAreWaitedForAtTheSameTimeWhenTheEndHasPassed() {
        WorkRegistry registry = Registries.brief();
        registry.component("storage", closing);
        for (int i = 0; i < 150; i++) {
            registry.component("hostile " + i, dependsOn("storage").closing(Registries::blockForEver));
        }

        ShutdownReport report = shutDown(registry);

        assertThat(report.took()).isLessThan(Duration.ofMillis(1500));
        assertThat(component(report, "hostile 149").errors()).singleElement().isInstanceOf(TimeoutException.class);
        assertThat(component(report, "storage").closed()).isTrue();
    }

    @Test
    void aCloseThatBlocksLeavesTimeForTheOthers() {
        WorkRegistry registry = Registries.brief();
        registry.component("storage", closing);
        registry.component("client", dependsOn("storage").closing(Registries::blockForEver));

        ShutdownReport report = shutDown(registry);

        assertThat(report.took()).isLessThan(Duration.ofMillis(1500));
        assertThat(component(report, "client").closed()).isFalse();
        assertThat(component(report, "client").errors().get(0))
                .hasMessageMatching("closing did not return within (\\d{1,3} ms|\\d(\\.\\d+)? s)");
        assertThat(component(report, "storage").closed()).isTrue();
        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
    }

    @Test
    void aShutdownKeepsTheJvmAliveAfterMainReturned() {
        WorkRegistry registry = Registries.patient();
        Work job = registry.component("jobs").startWork("job");
        registry.shutdown();

        assertThat(shutdownThread().isDaemon()).isFalse();
        job.succeed();
    }

    @Test
    void aShutdownThatIsInterruptedGoesOn() {
        WorkRegistry registry = Registries.patient();
        CountDownLatch closingNow = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        registry.component("storage", closing);
        registry.component("client", dependsOn("storage").closing(() -> {
            closingNow.countDown();
            Patience.await(goOn);
        }));
        WorkMetrics jobs = registry.component("jobs", dependsOn("client"));
        Work job = jobs.startWork("job");
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(jobs::isClosed);
        shutdownThread().interrupt();
        job.succeed();
        Patience.await(closingNow);
        shutdownThread().interrupt();
        until(() -> !shutdownThread().isInterrupted());
        assertThat(closed).hasValue(0);
        goOn.countDown();

        assertThat(get(report).isComplete()).isTrue();
        assertThat(closed).hasValue(1);
    }

    @Test
    void onlySoManyErrorsAreKept() {
        WorkRegistry registry = Registries.brief();
        WorkMetrics jobs = registry.component("jobs");
        for (int i = 0; i < 200; i++) {
            jobs.startWork("job " + i).onCancel(() -> {
                throw new IllegalStateException("cannot cancel");
            });
        }

        assertThat(component(shutDown(registry), "jobs").errors()).hasSize(ComponentRun.MOST_LISTED);
    }

    @Test
    void onlySoManyStragglersAreListed() {
        WorkRegistry registry = Registries.brief();
        WorkMetrics jobs = registry.component("jobs");
        for (int i = 0; i < 1000; i++) {
            jobs.startWork("job " + i);
        }

        ShutdownReport.Component report = component(shutDown(registry), "jobs");

        assertThat(report.left()).isEqualTo(1000);
        assertThat(report.stragglers()).hasSize(ComponentRun.MOST_LISTED);
        assertThat(report.stragglers().get(0).description()).isEqualTo("job 0");
    }

    private Thread shutdownThread() {
        return Registries.newThread("k1s-shutdown", earlier);
    }

    private static Foreign stoppedBy(java.util.concurrent.Callable<CompletionStage<?>> stop) {
        return new Foreign() {
            @Override
            public CompletionStage<?> stopAcceptingWork() throws Exception {
                return stop.call();
            }
        };
    }
}
