package io.k1s.controller;

import static io.k1s.controller.Layers.await;
import static io.k1s.controller.Layers.get;
import static io.k1s.controller.Layers.request;
import static io.k1s.controller.Layers.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.kubernetes.client.extended.controller.Controller;
import io.kubernetes.client.extended.controller.ControllerManager;
import io.kubernetes.client.extended.controller.builder.ControllerBuilder;
import io.kubernetes.client.extended.controller.reconciler.Reconciler;
import io.kubernetes.client.extended.controller.reconciler.Request;
import io.kubernetes.client.extended.controller.reconciler.Result;
import io.kubernetes.client.extended.workqueue.RateLimitingQueue;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.openapi.ApiClient;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With the library's own controllers, as a program with a cluster has them. */
@Timeout(60)
class TrackedControllerManagerTest {
    private final SharedInformerFactory informers = new SharedInformerFactory(new ApiClient().setReadTimeout(0));
    private final WorkRegistry registry = Layers.patient();
    private final TrackedControllerManager manager =
            TrackedControllerManager.register(registry, "controllers", ComponentOptions.defaults());
    private final RateLimitingQueue<Request> queue = manager.queue();
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final List<String> reconciled = new CopyOnWriteArrayList<>();

    private Controller controller(
            TrackedControllerManager owner, RateLimitingQueue<Request> requests, Reconciler body) {
        return ControllerBuilder.defaultBuilder(informers)
                .withName("pods")
                .withWorkerCount(1)
                .withWorkQueue(requests)
                .withReconciler(owner.track("Pod", body))
                .build();
    }

    private Result reconcile(Request request) {
        entered.countDown();
        await(goOn);
        reconciled.add(request.getName());
        return new Result(false);
    }

    private Future<?> async(Runnable body) {
        return CompletableFuture.runAsync(
                body, task -> new Daemons("test").newThread(task).start());
    }

    @Test
    void shutdownBlocksUntilReconcilesHaveEndedAndLeavesTheQueueUnprocessed() {
        manager.add(controller(manager, queue, this::reconcile));
        Future<?> running = async(manager);
        List.of("a", "b", "c").forEach(name -> queue.add(request(name)));
        await(entered);

        Future<?> shutdown = async(manager::shutdown);
        until(queue::isShuttingDown);
        assertThat(running).isNotDone();
        assertThat(shutdown).isNotDone();
        goOn.countDown();

        get(shutdown);
        get(running);
        assertThat(reconciled).containsExactly("a");
        assertThat(manager.queuedUnprocessed()).isEqualTo(2);
        assertThat(manager.metrics().snapshot().rejected()).isZero();
    }

    /** What the library does by itself, and what this is for. */
    @Test
    void managerOfTheLibraryReturnsFromShutdownWhileReconcilesRunAndIsDrainedAsOneController() {
        ControllerManager theirs = new ControllerManager(informers, controller(manager, queue, this::reconcile));
        manager.add(theirs);
        manager.start();
        queue.add(request("a"));
        await(entered);

        theirs.shutdown();
        assertThat(reconciled).isEmpty();
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(manager.metrics()::isClosed);
        assertThat(report).isNotDone();
        goOn.countDown();

        assertThat(get(report).isComplete()).isTrue();
        assertThat(reconciled).containsExactly("a");
    }

    @Test
    void reconcileThatNeverEndsIsNamedWithItsStackCancelledAndAbandonedByTheOneDeadline() {
        WorkRegistry brief = Layers.brief();
        CountDownLatch interrupted = new CountDownLatch(1);
        TrackedControllerManager stuck = stuckIn(brief, ComponentOptions.defaults(), request -> neverEnd(interrupted));

        ShutdownReport report = get(brief.shutdown());

        await(interrupted);
        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        ShutdownReport.Component controllers = Layers.component(report, "controllers");
        assertThat(controllers.drained()).isFalse();
        assertThat(controllers.stragglers()).singleElement().satisfies(straggler -> {
            assertThat(straggler.description()).isEqualTo("Pod shop/stuck");
            assertThat(straggler.cancellable()).isTrue();
            assertThat(straggler.thread().stack().toString()).contains("neverEnd");
        });
        assertThat(report.took()).isLessThan(brief.config().gracefulTimeout().plusSeconds(1));
        goOn.countDown();
    }

    @Test
    void whatAReconcileThatNeverEndsIsCallingStaysOpenAndWhatIsIdleIsClosed() {
        WorkRegistry brief = Layers.brief();
        List<String> closed = new CopyOnWriteArrayList<>();
        WorkMetrics storage =
                brief.component("storage", ComponentOptions.defaults().closing(() -> closed.add("storage")));
        brief.component("mail", ComponentOptions.defaults().closing(() -> closed.add("mail")));
        TrackedControllerManager stuck = stuckIn(
                brief,
                ComponentOptions.dependsOn("storage", "mail"),
                request -> storage.call("write", () -> neverEnd(new CountDownLatch(1))));

        ShutdownReport report = get(brief.shutdown());

        assertThat(closed).containsExactly("mail");
        assertThat(Layers.component(report, "storage").closed()).isFalse();
        assertThat(Layers.component(report, "controllers").closed()).isFalse();
        goOn.countDown();
    }

    /** Returns once the reconcile, which enters and never ends, has entered. */
    private TrackedControllerManager stuckIn(WorkRegistry registry, ComponentOptions options, Reconciler reconciler) {
        TrackedControllerManager stuck = TrackedControllerManager.register(registry, "controllers", options);
        RateLimitingQueue<Request> requests = stuck.queue();
        stuck.add(controller(stuck, requests, reconciler));
        stuck.start();
        requests.add(request("stuck"));
        await(entered);
        return stuck;
    }

    private Result neverEnd(CountDownLatch interrupted) {
        entered.countDown();
        while (goOn.getCount() > 0) {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        }
        return new Result(false);
    }

    @Test
    void reconcileThatObeysItsInterruptIsCutAtTheSoftDeadlineNotBefore() {
        WorkRegistry brief = Layers.brief();
        TrackedControllerManager cut =
                TrackedControllerManager.register(brief, "controllers", ComponentOptions.defaults());
        RateLimitingQueue<Request> requests = cut.queue();
        cut.add(controller(cut, requests, request -> {
            entered.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("cut", e);
            }
            return new Result(false);
        }));
        cut.start();
        requests.add(request("slow"));
        await(entered);

        ShutdownReport report = get(brief.shutdown());

        ShutdownReport.Component controllers = Layers.component(report, "controllers");
        assertThat(controllers.drained()).isTrue();
        // From the request on, as the deadline is.
        assertThat(report.took()).isGreaterThanOrEqualTo(brief.config().softTimeout());
        assertThat(controllers.ledger().orElseThrow().cancelled()).isEqualTo(1);
        assertThat(cut.queuedUnprocessed()).isEqualTo(1);
    }

    @Test
    void shutdownRequestedInsideAReconcileRunsAndWaitingForItThereIsRefused() {
        CompletableFuture<Throwable> refusal = new CompletableFuture<>();
        CompletableFuture<CompletableFuture<ShutdownReport>> requested = new CompletableFuture<>();
        manager.add(controller(manager, queue, request -> {
            try {
                manager.shutdown();
            } catch (IllegalStateException e) {
                refusal.complete(e);
            }
            CompletableFuture<ShutdownReport> report = registry.shutdown("asked for by a reconcile");
            assertThatThrownBy(report::join).isInstanceOf(IllegalStateException.class);
            requested.complete(report);
            reconciled.add(request.getName());
            return new Result(false);
        }));
        manager.start();
        queue.add(request("a"));

        assertThat(get(refusal)).hasMessageContaining("controllers");
        ShutdownReport report = get(get(requested));
        assertThat(report.isComplete()).isTrue();
        assertThat(reconciled).containsExactly("a");
    }

    @Test
    void controllerThatFailsToStopIsReportedAndTheOthersStop() {
        CountDownLatch stopped = new CountDownLatch(1);
        manager.add(new Running(() -> {
            throw new IllegalStateException("cannot");
        }));
        manager.add(new Running(stopped::countDown));
        manager.start();
        assertThatThrownBy(manager::shutdown)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("controllers")
                .hasRootCauseMessage("cannot");
        await(stopped);
    }

    @Test
    void controllerThatFailsOrWaitsForEverDoesNotKeepTheManager() {
        CountDownLatch failed = new CountDownLatch(1);
        manager.add(new Running(() -> {}) {
            @Override
            public void run() {
                failed.countDown();
                throw new IllegalStateException("broken");
            }
        });
        manager.add(new Running(() -> {}));
        manager.start();
        await(failed);
        assertThat(get(registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void controllerThatIsShutDownBeforeItRanIsNoError() {
        Controller late = controller(manager, queue, this::reconcile);
        late.shutdown();
        manager.add(late);
        manager.start();
        assertThat(get(registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void reconcileThatDoesNotEndInTimeMakesShutdownFailAndIsLeftRunning() {
        WorkRegistry brief = Layers.brief();
        TrackedControllerManager stuck =
                stuckIn(brief, ComponentOptions.defaults(), request -> neverEnd(new CountDownLatch(1)));
        assertThatThrownBy(stuck::shutdown)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("did not drain in time")
                .hasMessageContaining("Pod shop/stuck");
        goOn.countDown();
    }

    @Test
    void closesThatTimeOutLeaveNoThreadBehind() {
        WorkRegistry hurried = Layers.registry(ShutdownConfig.builder().gracefulTimeout(Duration.ofMillis(300)));
        TrackedControllerManager stuck =
                stuckIn(hurried, ComponentOptions.defaults(), request -> neverEnd(new CountDownLatch(1)));
        // The first stops the controllers.
        assertTimesOut(stuck);
        Set<Thread> before = threads();

        for (int i = 0; i < 5; i++) {
            assertTimesOut(stuck);
        }

        // Those that ran callbacks go when they have been idle for a while.
        until(() -> before.containsAll(threads()));
        goOn.countDown();
    }

    private static void assertTimesOut(TrackedControllerManager stuck) {
        assertThatThrownBy(stuck::shutdown).hasMessageContaining("did not drain in time");
    }

    /** All but the workers of the pool that everybody shares. */
    private static Set<Thread> threads() {
        Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
        threads.removeIf(ForkJoinWorkerThread.class::isInstance);
        return threads;
    }

    @Test
    void interruptEndsTheWaitAloneAndIsKept() {
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        Thread waiting = new Daemons("test").newThread(() -> {
            Thread.currentThread().interrupt();
            manager.run();
            boolean first = Thread.currentThread().isInterrupted();
            try {
                manager.shutdown();
            } catch (IllegalStateException e) {
                kept.complete(first && Thread.currentThread().isInterrupted());
            }
        });
        manager.add(new Running(() -> {}));
        waiting.start();
        assertThat(get(kept)).isTrue();
    }

    @Test
    void shutdownAgainHasNoEffect() {
        manager.shutdown();
        manager.shutdown();
        assertThat(registry.activeWorkCounts()).isEmpty();
    }

    @Test
    void startAfterTheShutdownIsRefused() {
        get(registry.shutdown());
        assertThatThrownBy(manager::start).isInstanceOf(WorkRejectedException.class);
    }

    /** Runs until it is interrupted. */
    private static class Running implements Controller {
        private final Runnable stop;

        Running(Runnable stop) {
            this.stop = stop;
        }

        @Override
        public void run() {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void shutdown() {
            stop.run();
        }
    }
}
