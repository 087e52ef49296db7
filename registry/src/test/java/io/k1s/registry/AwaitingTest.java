package io.k1s.registry;

import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.blockForEver;
import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.testing.Patience;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Who may wait for a shutdown, and how everybody gets the result. */
class AwaitingTest {
    private final WorkRegistry registry = Registries.patient();
    private final WorkMetrics jobs = registry.component("jobs");

    @FunctionalInterface
    private interface Waiting {
        void on(CompletableFuture<ShutdownReport> report) throws Exception;
    }

    @Test
    void joiningInsideTrackedWorkIsRefused() {
        assertRefused(CompletableFuture::join);
    }

    @Test
    void gettingInsideTrackedWorkIsRefused() {
        assertRefused(CompletableFuture::get);
    }

    @Test
    void gettingWithATimeoutInsideTrackedWorkIsRefused() {
        assertRefused(report -> report.get(1, TimeUnit.HOURS));
    }

    @Test
    void joiningWhatWasDerivedFromItInsideTrackedWorkIsRefused() {
        assertRefused(report -> report.thenApply(ShutdownReport::describe).join());
    }

    @Test
    void awaitingTheTerminationInsideTrackedWorkIsRefused() {
        assertRefused(report -> registry.awaitTermination(Duration.ofHours(1)));
    }

    @Test
    void closingTheOwnComponentInsideTrackedWorkIsRefused() {
        assertRefused(report -> registry.closeComponent("jobs"));
    }

    @Test
    void closingTheComponentThatOneHoldsInsideItsWorkIsRefused() {
        assertRefused(report -> registry.closeComponent(jobs));
    }

    private void assertRefused(Waiting waiting) {
        CompletableFuture<Void> asking = async(() -> {
            jobs.run("asks for a shutdown", () -> waiting.on(registry.shutdown()));
            return null;
        });

        assertThat(asking)
                .failsWithin(Duration.ofSeconds(Patience.SECONDS))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(IllegalStateException.class)
                .withMessageContaining("work of component \"jobs\"");
        assertThat(get(registry.terminated()).isComplete()).isTrue();
    }

    @Test
    void callbacksOfAShutdownRequestedInsideTrackedWorkRun() throws Exception {
        CompletableFuture<ShutdownReport> told = new CompletableFuture<>();

        jobs.run("asks for a shutdown", () -> registry.shutdown().thenAccept(told::complete));

        assertThat(get(told).isComplete()).isTrue();
    }

    @Test
    void aCallbackMayWaitForTheReportThatItWasGiven() {
        assertThat(get(registry.shutdown()
                                .thenApply(report -> registry.terminated().join()))
                        .isComplete())
                .isTrue();
    }

    @Test
    void aFinishedShutdownCanBeWaitedForInsideUntrackedAndTrackedCode() throws Exception {
        Work orphan = jobs.startWork("ends");
        orphan.succeed();
        shutDown(registry);

        assertThat(registry.awaitTermination(Duration.ZERO)).isPresent();
        assertThat(registry.shutdown().join().isComplete()).isTrue();
    }

    @Test
    void whoAwaitsTheTerminationGetsItsReport() {
        WorkRegistry registry = Registries.patient();
        Work job = registry.component("jobs").startWork("job");
        var unused = registry.shutdown();

        CompletableFuture<Optional<ShutdownReport>> waiting =
                async(() -> registry.awaitTermination(Duration.ofHours(1)));
        job.succeed();

        assertThat(get(waiting)).isPresent();
    }

    @Test
    void whoAsksWithoutATimeGetsTheReport() throws Exception {
        assertThat(Registries.patient().shutdown().get().isComplete()).isTrue();
    }

    @Test
    void awaitingTheTerminationEndsWhenTheTimeHasPassed() throws Exception {
        assertThat(registry.awaitTermination(Duration.ofMillis(10))).isEmpty();
        assertThat(registry.awaitTermination(Duration.ZERO)).isEmpty();
    }

    @Test
    void awaitingTheTerminationForEverIsPossible() {
        CompletableFuture<Optional<ShutdownReport>> waiting =
                async(() -> registry.awaitTermination(Duration.ofSeconds(Long.MAX_VALUE)));

        shutDown(registry);

        assertThat(get(waiting)).isPresent();
    }

    @Test
    void awaitingAnInfinitelyNegativeTimeOnlyLooks() throws Exception {
        assertThat(registry.awaitTermination(Duration.ofSeconds(Long.MIN_VALUE)))
                .isEmpty();
    }

    @Test
    void aCallbackThatBlocksKeepsNobodyElseFromTheReport() {
        registry.shutdownRequested().thenAccept(reason -> blockForEver());
        registry.terminated().thenAccept(report -> blockForEver());
        CompletableFuture<ShutdownReport> second = registry.terminated();
        registry.terminated().thenAccept(report -> blockForEver());

        assertThat(shutDown(registry).isComplete()).isTrue();
        assertThat(get(second).isComplete()).isTrue();
    }

    @Test
    void oneListenerOfTheRequestThatBlocksKeepsNobodyElseFromIt() {
        CompletableFuture<String> told = new CompletableFuture<>();
        registry.shutdownRequested().thenAccept(reason -> blockForEver());
        registry.shutdownRequested().thenAccept(told::complete);
        registry.shutdownRequested().thenAccept(reason -> blockForEver());

        registry.shutdown("maintenance");

        assertThat(get(told)).isEqualTo("maintenance");
    }

    @Test
    void aCallerWhoCancelsTheFutureStopsNobodyElse() {
        registry.terminated().cancel(true);

        assertThat(shutDown(registry).isComplete()).isTrue();
    }

    @Test
    void theExitComesAfterTheCallbacks() {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicReference<String> order = new AtomicReference<>("");
        registry.terminated().thenAccept(report -> {
            await(goOn);
            order.updateAndGet(text -> text + "callback ");
        });
        CompletableFuture<Void> exited = new CompletableFuture<>();
        registry.exitAfterTermination(() -> {
            order.updateAndGet(text -> text + "exit");
            exited.complete(null);
        });

        shutDown(registry);
        goOn.countDown();

        get(exited);
        assertThat(order).hasValue("callback exit");
    }

    @Test
    void aCallbackThatBlocksCannotKeepTheProcessFromItsExit() {
        WorkRegistry brief = Registries.brief();
        brief.terminated().thenAccept(report -> blockForEver());
        CompletableFuture<Void> exited = new CompletableFuture<>();
        brief.exitAfterTermination(() -> exited.complete(null));

        brief.shutdown();

        get(exited);
    }

    @Test
    void shutdownNowLeavesCallbacksAMomentToWriteTheirReport() {
        CompletableFuture<ShutdownReport> written = new CompletableFuture<>();
        CompletableFuture<Boolean> writtenBeforeExit = new CompletableFuture<>();
        registry.terminated().thenAccept(written::complete);
        registry.exitAfterTermination(() -> writtenBeforeExit.complete(written.isDone()));

        registry.shutdownNow();

        assertThat(get(writtenBeforeExit)).isTrue();
    }

    @Test
    void shutdownNowDoesNotWaitForCallbacksThatBlock() {
        registry.terminated().thenAccept(report -> blockForEver());
        CompletableFuture<Void> exited = new CompletableFuture<>();
        registry.exitAfterTermination(() -> exited.complete(null));
        shutDown(registry);

        registry.shutdownNow();

        get(exited);
    }

    @Test
    void whoGetsInAHurryLaterLeavesCallbacksAMomentFromThenOn() {
        Termination termination = new Termination(new Isolation());
        termination.future(registry).thenAccept(report -> blockForEver());
        termination.fail(new StackOverflowError("a bug"));
        termination.tellCallers(List.of(new CompletableFuture<>()));
        CompletableFuture<Thread> waiting = new CompletableFuture<>();
        CompletableFuture<Void> over = async(() -> {
            waiting.complete(Thread.currentThread());
            termination.awaitCallbacks(Duration.ofMinutes(10));
            return null;
        });
        Registries.awaitStanding(get(waiting));
        // The moment of one who hurries at once is over.
        LockSupport.parkNanos(Duration.ofMillis(700).toNanos());

        long hurried = System.nanoTime();
        termination.hurry();

        get(over);
        assertThat(Duration.ofNanos(System.nanoTime() - hurried)).isGreaterThan(Duration.ofMillis(400));
    }

    @Test
    void aCallerOnWhoseThreadSomethingFailsHasStartedTheShutdownAllTheSame() {
        WorkRegistry failing = Registries.failing(Thread.currentThread().getName(), 1, ShutdownConfig.builder());

        assertThatThrownBy(failing::shutdown).isInstanceOf(StackOverflowError.class);

        assertThat(get(failing.terminated()).isComplete()).isTrue();
    }

    @Test
    void anExitAfterEverythingIsOverRunsAtOnce() {
        CompletableFuture<Void> first = new CompletableFuture<>();
        registry.exitAfterTermination(() -> first.complete(null));
        shutDown(registry);
        get(first);
        CompletableFuture<Void> second = new CompletableFuture<>();

        registry.exitAfterTermination(() -> second.complete(null));

        assertThat(second).isCompleted();
    }

    /** A bug of ours must end in an exit too. */
    @Test
    void aShutdownThatFailsItselfTellsThoseWhoWaitAndExits() {
        Termination termination = new Termination(new Isolation());
        CompletableFuture<ShutdownReport> waiting = termination.future(registry);
        CompletableFuture<Void> exited = new CompletableFuture<>();
        termination.exitAfterwards(() -> exited.complete(null));

        termination.fail(new StackOverflowError("a bug"));
        termination.tellCallers(List.of());
        termination.exit();

        assertThatThrownBy(waiting::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StackOverflowError.class);
        assertThatThrownBy(() -> termination.await(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        assertThat(termination.awaitReport()).isNull();
        assertThat(exited).isCompleted();
    }

    @Test
    void aRequestInsideOtherWorkThanTheAwaitedIsNotRefused() throws Exception {
        WorkMetrics other = WorkMetrics.create("not registered");

        other.run("asks for a shutdown", () -> shutDown(registry));

        until(() -> registry.state() == ShutdownState.TERMINATED);
    }
}
