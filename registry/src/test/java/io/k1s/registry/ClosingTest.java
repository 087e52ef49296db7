package io.k1s.registry;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.closingIn;
import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.component;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class ClosingTest {
    private final List<String> closed = Collections.synchronizedList(new ArrayList<>());

    private ComponentOptions closing(String name) {
        return ComponentOptions.defaults().closing(() -> closed.add(name));
    }

    @Test
    void resourcesAreClosedOnceCallersFirst() {
        WorkRegistry registry = Registries.patient();
        registry.component("storage", closing("storage"));
        registry.component("client", closing("client").dependingOn("storage"));
        registry.component("server", closing("server").dependingOn("client"));

        shutDown(registry);
        get(registry.shutdownNow());

        assertThat(closed).containsExactly("server", "client", "storage");
    }

    @Test
    void nothingIsClosedWhileWorkRuns() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics storage = registry.component("storage", closing("storage"));
        Work call = storage.startWork("call");
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(storage::isClosed);

        assertThat(closed).isEmpty();
        call.succeed();

        get(report);
        assertThat(closed).containsExactly("storage");
    }

    @Test
    void aResourceUnderRunningWorkIsLeftOpenAfterTheDeadline() {
        WorkRegistry registry = Registries.told();
        registry.component("storage", closing("storage")).startWork("native call");
        registry.component("bystander", closing("bystander"));

        ShutdownReport report = shutDown(registry);

        assertThat(closed).containsExactly("bystander");
        assertThat(component(report, "storage").closed()).isFalse();
        assertThat(report.describe()).contains("left open");
    }

    @Test
    void aComponentWithoutAResourceCountsAsClosed() {
        WorkRegistry registry = Registries.patient();
        registry.component("plain");

        assertThat(component(shutDown(registry), "plain").closed()).isTrue();
    }

    @Test
    void aResourceGetsTheTimeOfThoseThatHaveNone() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().gracefulTimeout(Duration.ofSeconds(5)));
        for (int i = 0; i < 100; i++) {
            registry.component("plain " + i);
        }
        registry.component("server", closingIn(Duration.ofMillis(500)));

        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void aResourceGetsTheTimeOfThoseThatAreLeftOpen() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofSeconds(5))
                .softTimeout(Duration.ofMillis(50))
                .closeReserve(Duration.ofMillis(4900)));
        for (int i = 0; i < 100; i++) {
            registry.component("left open " + i, closing("left open")).startWork("stuck");
        }
        registry.component("server", closingIn(Duration.ofMillis(500)));

        assertThat(component(shutDown(registry), "server").closed()).isTrue();
        assertThat(closed).isEmpty();
    }

    @Test
    void aCloseThatTakesLongerThanItsShareIsWaitedForWhileThereIsTime() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().gracefulTimeout(Duration.ofSeconds(4)));
        CountDownLatch othersClosed = new CountDownLatch(1);
        registry.component("storage", ComponentOptions.defaults().closing(othersClosed::countDown));
        AutoCloseable slow = closingIn(Duration.ofMillis(300)).resource();
        registry.component("server", dependsOn("storage").closing(() -> {
            othersClosed.await();
            slow.close();
        }));

        assertThat(shutDown(registry).outcome()).isEqualTo(ShutdownReport.Outcome.COMPLETE);
    }

    /** By half of what is left each they would leave it a 256th. */
    @Test
    void manyClosesThatBlockLeaveTimeForTheLast() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().gracefulTimeout(Duration.ofSeconds(6)));
        registry.component("storage", closingIn(Duration.ofMillis(60)));
        for (int i = 0; i < 8; i++) {
            registry.component("hostile " + i, dependsOn("storage").closing(Registries::blockForEver));
        }

        assertThat(component(shutDown(registry), "storage").closed()).isTrue();
    }

    @Test
    void aCloseThatBlocksLeavesTimeForTellingOfTheEnd() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofSeconds(4))
                .softTimeout(Duration.ofSeconds(1))
                .closeReserve(Duration.ofSeconds(2)));
        registry.component("hostile", ComponentOptions.defaults().closing(Registries::blockForEver));
        CompletableFuture<Duration> left = registry.terminated().thenApply(report -> registry.timeLeft());

        registry.shutdown();

        assertThat(get(left)).isPositive();
    }

    @Test
    void aResourceOfAnotherComponentIsRefused() throws Exception {
        WorkRegistry registry = Registries.patient();
        try (StringWriter pool = new StringWriter()) {
            ComponentOptions options = ComponentOptions.defaults().closing(pool);
            registry.component("reads", options);

            assertThatThrownBy(() -> registry.component("writes", options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("java.io.StringWriter", "\"writes\"", "\"reads\" already");
            assertThat(registry.activeWorkCounts()).containsOnlyKeys("reads");
            registry.closeComponent("reads");
            registry.component("writes", options);
        }
        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void aResourceThatSomethingElseClosesIsRefusedAsWell() {
        WorkRegistry registry = Registries.patient();
        List<String> pool = new ArrayList<>();
        registry.component("reads", ComponentOptions.defaults().closing(pool, () -> closed.add("pool")));

        assertThatThrownBy(() -> registry.component(
                        "writes", ComponentOptions.defaults().closing(pool, () -> closed.add("pool again"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("java.util.ArrayList", "\"writes\"", "\"reads\" already");
        assertThat(shutDown(registry).isComplete()).isTrue();
        assertThat(closed).containsExactly("pool");
    }

    @Test
    void aForeignComponentUnderASecondNameIsRefused() {
        WorkRegistry registry = Registries.patient();
        Foreign pool = Foreign.idle();
        registry.register("pool", pool, ComponentOptions.defaults());

        assertThatThrownBy(() -> registry.register("another", pool, ComponentOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of component \"pool\" already");
    }

    @Test
    void aLambdaThatCapturesNothingClosesManyComponents() {
        WorkRegistry registry = Registries.patient();
        for (int i = 0; i < 3; i++) {
            registry.component("jobs " + i, ComponentOptions.defaults().closing(() -> {}));
        }

        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void aComponentOwnsOneResource() {
        assertThatThrownBy(() -> closing("a").closing(() -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("owns one resource");
    }

    @Test
    void aResourceThatIsOneTooManyIsNamedByItsClass() {
        final class Secret implements AutoCloseable {
            @Override
            public void close() {}

            @Override
            public String toString() {
                throw new AssertionError("a resource is asked nothing");
            }
        }

        assertThatThrownBy(
                        () -> ComponentOptions.defaults().closing(new Secret()).closing(new Secret()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ClosingTest$1Secret");
    }

    @Test
    void oneComponentIsClosedAloneAndItsNameIsFreeAgain() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics storage = registry.component("storage", closing("storage"));
        registry.component("other");

        ShutdownReport.Component report = registry.closeComponent("storage");

        assertThat(report.drained()).isTrue();
        assertThat(report.closed()).isTrue();
        assertThat(closed).containsExactly("storage");
        assertThatThrownBy(() -> storage.startWork("late")).isInstanceOf(WorkRejectedException.class);
        assertThat(registry.activeWorkCounts()).containsOnlyKeys("other");
        registry.component("storage");
        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void aComponentClosedAloneIsDrainedFirst() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics storage = registry.component("storage", closing("storage"));
        Work call = storage.startWork("call");
        CompletableFuture<ShutdownReport.Component> report = async(() -> registry.closeComponent("storage"));
        until(storage::isClosed);

        assertThat(closed).isEmpty();
        call.succeed();

        assertThat(get(report).closed()).isTrue();
    }

    @Test
    void aComponentThatDoesNotDrainAloneStaysOpenAndRegistered() throws Exception {
        WorkRegistry registry = Registries.brief();
        registry.component("storage", closing("storage")).startWork("stuck");

        ShutdownReport.Component report = registry.closeComponent("storage");

        assertThat(report.drained()).isFalse();
        assertThat(report.left()).isEqualTo(1);
        assertThat(report.stragglers()).hasSize(1);
        assertThat(closed).isEmpty();
        assertThat(registry.activeWorkCounts()).containsEntry("storage", 1L);
    }

    @Test
    void watchesOfAComponentClosedAloneAreCancelledAfterTheirGrace() throws Exception {
        WorkRegistry registry = Registries.with(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).watchGrace(Duration.ofMillis(20)));
        Work watch = registry.component("storage").startWatch("watch");
        watch.onCancel(watch::cancel);

        assertThat(registry.closeComponent("storage").drained()).isTrue();
    }

    @Test
    void watchesOfAComponentClosedAloneAreCancelledAtTheSoftTimeoutAtTheLatest() throws Exception {
        WorkRegistry registry = Registries.with(
                Registries.brevity().gracefulTimeout(Duration.ofSeconds(30)).watchGrace(Duration.ofMinutes(1)));
        Work watch = registry.component("storage").startWatch("watch");
        watch.onCancel(watch::cancel);

        assertThat(registry.closeComponent("storage").drained()).isTrue();
    }

    @Test
    void aWatchThatBlocksWhoCancelsItDelaysTheOthersOfAComponentClosedAloneOnlyBriefly() throws Exception {
        WorkRegistry registry = Registries.with(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).watchGrace(Duration.ofMillis(20)));
        WorkMetrics storage = registry.component("storage");
        Work watch = storage.startWatch("watch");
        watch.onCancel(watch::cancel);
        Work stuck = storage.startWatch("stuck");
        stuck.onCancel(() -> {
            stuck.cancel();
            Registries.blockForEver();
        });

        assertThat(get(async(() -> registry.closeComponent("storage"))).drained())
                .isTrue();
    }

    @Test
    void onlyWatchesOfAComponentClosedAloneAreAskedToCancel() throws Exception {
        WorkRegistry registry = Registries.brief();
        WorkMetrics storage = registry.component("storage");
        storage.startWork("call").onCancel(() -> {});
        storage.startWatch("watch").onCancel(() -> {});

        ShutdownReport.Component report = registry.closeComponent("storage");

        assertThat(report.stragglers())
                .extracting(ShutdownReport.Straggler::toString)
                .satisfiesExactly(
                        call -> assertThat(call).endsWith(", cancellable"),
                        watch -> assertThat(watch).endsWith(", was asked to cancel"));
    }

    @Test
    void aDrainHandlerThatBlocksIsReportedByAComponentClosedAloneAndDoesNotKeepItOpen() throws Exception {
        WorkRegistry registry = Registries.with(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).closeReserve(Duration.ofMillis(20)));
        Work watch = registry.component("storage", closing("storage")).startWatch("watch");
        watch.onDrain(() -> {
            watch.cancel();
            Registries.blockForEver();
        });

        ShutdownReport.Component report = registry.closeComponent("storage");

        assertThat(report.closed()).isTrue();
        assertThat(closed).containsExactly("storage");
        assertThat(report.errors())
                .singleElement()
                .satisfies(error -> assertThat(error)
                        .isInstanceOf(TimeoutException.class)
                        .hasMessage("the call that stops it did not return"));
    }

    @Test
    void closingAnUnknownComponentSaysWhichThereAre() {
        WorkRegistry registry = Registries.patient();
        registry.component("storage");

        assertThatThrownBy(() -> registry.closeComponent("storr\nage"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("storr\\u000aage")
                .hasMessageContaining("[storage]");
    }

    @Test
    void aComponentIsClosedByWhoeverHoldsIt() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics storage = registry.component("storage", closing("storage"));
        registry.component("other");

        assertThat(registry.closeComponent(storage)).get().satisfies(report -> {
            assertThat(report.name()).isEqualTo("storage");
            assertThat(report.closed()).isTrue();
        });
        assertThat(closed).containsExactly("storage");
        assertThat(registry.activeWorkCounts()).containsOnlyKeys("other");
    }

    @Test
    void closingAComponentThatWasClosedByItsNameDoesNothing() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics storage = registry.component("storage", closing("storage"));
        registry.closeComponent("storage");

        assertThat(registry.closeComponent(storage)).isEmpty();
        assertThat(closed).containsExactly("storage");
    }

    @Test
    void closingAComponentThatIsGoneLeavesItsNamesakeOpen() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics former = registry.component("storage", closing("former"));
        registry.closeComponent("storage");
        WorkMetrics present = registry.component("storage", closing("present"));

        assertThat(registry.closeComponent(former)).isEmpty();
        assertThat(closed).containsExactly("former");
        assertThat(present.isClosed()).isFalse();
        assertThat(registry.activeWorkCounts()).containsOnlyKeys("storage");
    }

    @Test
    void closingAComponentOfAnotherRegistryDoesNothing() throws Exception {
        WorkMetrics foreign = WorkMetrics.create("storage");
        WorkRegistry registry = Registries.brief();
        registry.register("storage", Foreign.idle(), closing("storage"));

        assertThat(registry.closeComponent(foreign)).isEmpty();
        assertThat(closed).isEmpty();
    }

    @Test
    void anInterruptBeforeTheClosingOfOneComponentLeavesItOpen() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics storage = registry.component("storage", closing("storage"));
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> registry.closeComponent(storage))
                .isInstanceOf(InterruptedException.class)
                .hasMessageContaining("storage");
        assertThat(storage.isClosed()).isFalse();
        assertThat(closed).isEmpty();
    }

    @Test
    void aForeignComponentThatCannotBeStoppedAloneIsClosedWhenIdle() throws Exception {
        WorkRegistry registry = Registries.told();
        Foreign hostile = new Foreign();
        hostile.drained.completeExceptionally(new IOException("cannot stop"));
        registry.register("hostile", hostile, closing("hostile"));

        ShutdownReport.Component report = registry.closeComponent("hostile");

        assertThat(report.errors()).singleElement().isInstanceOf(IOException.class);
        assertThat(closed).containsExactly("hostile");
    }

    @Test
    void aForeignComponentThatCannotBeStoppedAloneIsLeftOpenWhenBusy() throws Exception {
        WorkRegistry registry = Registries.told();
        Foreign hostile = Foreign.busy();
        hostile.drained.completeExceptionally(new IOException("cannot stop"));
        registry.register("hostile", hostile, closing("hostile"));

        assertThat(registry.closeComponent("hostile").left()).isEqualTo(1);
        assertThat(closed).isEmpty();
    }

    @Test
    void aForeignComponentThatCanNeitherBeStoppedNorCountedIsLeftOpen() {
        WorkRegistry registry = Registries.brief();
        Foreign hostile = Foreign.uncountable();
        hostile.drained.completeExceptionally(new IOException("cannot stop"));
        registry.register("hostile", hostile, closing("hostile"));

        assertThat(component(shutDown(registry), "hostile").drained()).isFalse();
        assertThat(closed).isEmpty();
    }

    @Test
    void aForeignComponentIsStoppedOnceByWhoeverComesFirst() throws Exception {
        WorkRegistry registry = Registries.told();
        Foreign server = new Foreign() {
            @Override
            public java.util.concurrent.CompletionStage<?> stopAcceptingWork() throws Exception {
                java.util.concurrent.CompletionStage<?> stage = super.stopAcceptingWork();
                if (stops.get() > 1) {
                    throw new IllegalStateException("stopped already");
                }
                return stage;
            }
        };
        server.active.set(1);
        registry.register("server", server, closing("server"));

        assertThat(registry.closeComponent("server").drained()).isFalse();
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        server.end();

        assertThat(get(report).isComplete()).isTrue();
        assertThat(server.stops).hasValue(1);
    }

    @Test
    void aForeignComponentThatBlocksEverywhereCannotHoldItsCloser() throws Exception {
        WorkRegistry registry = Registries.brief();
        registry.register(
                "hostile",
                new Foreign() {
                    @Override
                    public long activeWorkCount() {
                        Registries.blockForEver();
                        return 0;
                    }

                    @Override
                    public java.util.concurrent.CompletionStage<?> stopAcceptingWork() {
                        Registries.blockForEver();
                        return drained;
                    }
                },
                closing("hostile"));

        ShutdownReport.Component report = registry.closeComponent("hostile");

        assertThat(report.drained()).isFalse();
        assertThat(report.errors()).singleElement().isInstanceOf(TimeoutException.class);
    }

    @Test
    void aResourceOfAComponentClosedAloneThatFailsIsReported() throws Exception {
        WorkRegistry registry = Registries.brief();
        registry.component("throws", ComponentOptions.defaults().closing(() -> {
            throw new IOException("cannot close");
        }));
        registry.component("blocks", ComponentOptions.defaults().closing(Registries::blockForEver));

        assertThat(registry.closeComponent("throws").errors()).singleElement().isInstanceOf(IOException.class);
        ShutdownReport.Component blocks = registry.closeComponent("blocks");
        assertThat(blocks.errors()).singleElement().isInstanceOf(TimeoutException.class);
        assertThat(blocks.closed()).isFalse();
    }

    /** What it needs for closing must not go under it. */
    @Test
    void aComponentWhoseResourceIsNotClosedStaysRegisteredAndTheShutdownReportsIt() throws Exception {
        WorkRegistry registry = Registries.brief();
        registry.component("throws", ComponentOptions.defaults().closing(() -> {
            throw new IOException("cannot close");
        }));
        registry.component("blocks", ComponentOptions.defaults().closing(Registries::blockForEver));

        registry.closeComponent("throws");
        registry.closeComponent("blocks");

        assertThat(registry.activeWorkCounts()).containsOnlyKeys("throws", "blocks");
        ShutdownReport report = shutDown(registry);
        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.CLOSE_FAILED);
        assertThat(component(report, "throws").errors()).singleElement().isInstanceOf(IOException.class);
        assertThat(component(report, "blocks").errors()).singleElement().isInstanceOf(TimeoutException.class);
    }

    @Test
    void aComponentClosedAloneHasAllOfTheTimeForClosing() throws Exception {
        WorkRegistry registry = Registries.with(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(1)).closeReserve(Duration.ofMillis(20)));
        registry.component("storage", closingIn(Duration.ofMillis(300)));

        assertThat(registry.closeComponent("storage").closed()).isTrue();
    }

    @Test
    void anInterruptEndsTheClosingOfOneComponent() throws Exception {
        WorkRegistry registry = Registries.patient();
        registry.component("storage").startWork("stuck");
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> registry.closeComponent("storage")).isInstanceOf(InterruptedException.class);
    }

    /** What the shutdown closes afterwards may be what this resource needs for closing. */
    @Test
    void aShutdownWaitsForAResourceThatSomebodyElseIsClosing() {
        WorkRegistry registry = Registries.patient();
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        registry.component("storage", closing("storage"));
        registry.component("client", dependsOn("storage").closing(() -> {
            closing.countDown();
            await(goOn);
            closed.add("client");
        }));
        CompletableFuture<ShutdownReport.Component> alone = async(() -> registry.closeComponent("client"));
        await(closing);

        CompletableFuture<ShutdownReport> all = registry.shutdown();
        until(() -> registry.state() == ShutdownState.CLOSING);
        goOn.countDown();

        assertThat(get(all).isComplete()).isTrue();
        assertThat(get(alone).closed()).isTrue();
        assertThat(closed).containsExactly("client", "storage");
    }

    @Test
    void twoWhoCloseOneComponentDoNotRemoveItsSuccessor() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics first = registry.component("storage");
        Work call = first.startWork("call");
        CompletableFuture<ShutdownReport.Component> one = async(() -> registry.closeComponent("storage"));
        until(first::isClosed);
        CompletableFuture<Thread> second = new CompletableFuture<>();
        CompletableFuture<WorkMetrics> successor = async(() -> {
            second.complete(Thread.currentThread());
            try {
                registry.closeComponent("storage");
            } catch (IllegalArgumentException removedBefore) {
                assertThat(removedBefore).hasMessageContaining("no component \"storage\"");
            }
            return registry.component("storage");
        });
        Thread closer = get(second);
        until(() -> closer.getState() == Thread.State.WAITING || closer.getState() == Thread.State.TIMED_WAITING);
        call.succeed();

        get(one);
        get(successor).startWork("call");
        assertThat(registry.activeWorkCounts()).containsExactly(Map.entry("storage", 1L));
    }
}
