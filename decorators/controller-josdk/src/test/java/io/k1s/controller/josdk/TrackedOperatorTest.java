package io.k1s.controller.josdk;

import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.component;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.testing.Patience;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A real operator against a mock of an API server. */
@Timeout(60)
final class TrackedOperatorTest {
    private final Cluster cluster = new Cluster();
    private final WorkRegistry registry = Patience.patient();
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void closeCluster() {
        release.countDown();
        cluster.close();
    }

    private TrackedOperator start(Reconciler<Item> reconciler) {
        return start(registry, reconciler);
    }

    private TrackedOperator start(WorkRegistry where, Reconciler<Item> reconciler) {
        TrackedOperator operator = TrackedOperator.register(where, "operator", cluster::configure);
        operator.register(reconciler);
        operator.start();
        return operator;
    }

    /** Tells that it has started, and goes on when released. */
    private UpdateControl<Item> whenReleased(Item item) {
        started.countDown();
        await(release);
        return UpdateControl.patchStatus(item.available("yes"));
    }

    private static WorkSnapshot ledger(TrackedOperator operator) {
        WorkSnapshot ledger = operator.metrics().snapshot();
        assertThat(ledger.totalStarted())
                .isEqualTo(ledger.operations() + ledger.errors() + ledger.cancelled() + ledger.inFlight());
        return ledger;
    }

    @Test
    void aReconcileInProgressMakesItsLastWriteAfterTheShutdownBegan() {
        cluster.hold("PATCH", "/status");
        TrackedOperator operator = start(new Reconcilers.Simple(this::whenReleased));
        cluster.create("laptop");
        await(started);
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(operator.metrics()::isClosed);
        release.countDown();
        // The reconciler has returned; the SDK sends what it returned.
        await(cluster.arrived);
        assertThat(ledger(operator).inFlight()).isEqualTo(1);
        assertThat(report).isNotDone();
        cluster.answer.countDown();

        assertThat(get(report).isComplete()).as(get(report).describe()).isTrue();
        assertThat(cluster.get("laptop").availability()).isEqualTo("yes");
        assertThat(ledger(operator).operations()).isEqualTo(1);
    }

    @Test
    void theClientIsClosedAfterTheLastReconcile() {
        TrackedOperator operator = TrackedOperator.register(
                registry, "operator", ComponentOptions.dependsOn("kubernetes"), cluster::configure);
        CountDownLatch closed = new CountDownLatch(1);
        registry.component("kubernetes", ComponentOptions.defaults().closing(closed::countDown));
        operator.register(new Reconcilers.Simple(item -> {
            started.countDown();
            await(release);
            // Through the client, while the operator drains.
            cluster.items()
                    .resource(Item.named("copy-of-" + item.getMetadata().getName()))
                    .create();
            return UpdateControl.noUpdate();
        }));
        operator.start();
        cluster.create("laptop");
        await(started);
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(operator.metrics()::isClosed);
        assertThat(closed.getCount()).isEqualTo(1);
        release.countDown();
        assertThat(get(report).isComplete()).isTrue();
        assertThat(report.join().components())
                .extracting(ShutdownReport.Component::name)
                .containsExactly("operator", "kubernetes");
        assertThat(cluster.get("copy-of-laptop")).isNotNull();
    }

    @Test
    void aReconcileIsNamedAfterItsObject() {
        TrackedOperator operator = start(new Reconcilers.Simple(this::whenReleased));
        cluster.create("laptop");
        await(started);
        assertThat(operator.metrics().activeWork()).singleElement().satisfies(work -> {
            assertThat(work.description()).isEqualTo("reconcile Item shop/laptop");
            assertThat(work.isBound()).isTrue();
            assertThat(work.isCancellable()).isTrue();
        });
    }

    @Test
    void aCleanupIsWorkUntilTheFinalizerIsRemoved() {
        CountDownLatch reconciled = new CountDownLatch(1);
        TrackedOperator operator = start(new Reconcilers.Cleaning(
                item -> {
                    reconciled.countDown();
                    return UpdateControl.noUpdate();
                },
                item -> {
                    started.countDown();
                    await(release);
                    return DeleteControl.defaultDelete();
                }));
        cluster.create("laptop");
        await(reconciled);
        cluster.items().inNamespace("shop").withName("laptop").delete();
        await(started);
        assertThat(operator.metrics().activeWork())
                .extracting(Work::description)
                .containsExactly("cleanup Item shop/laptop");
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(operator.metrics()::isClosed);
        assertThat(cluster.get("laptop").getFinalizers()).containsExactly("shop.example/cleaning");
        release.countDown();
        assertThat(get(report).isComplete()).isTrue();
        assertThat(cluster.get("laptop")).isNull();
    }

    @Test
    void whatIsQueuedIsLeftUnprocessedAndCounted() {
        Set<String> submitted = ConcurrentHashMap.newKeySet();
        List<String> reconciled = new CopyOnWriteArrayList<>();
        List<String> failed = new CopyOnWriteArrayList<>();
        ThreadPoolExecutor thread = (ThreadPoolExecutor) Executors.newFixedThreadPool(1);
        TrackedOperator operator = TrackedOperator.register(registry, "operator", theirs -> {
            cluster.configure(theirs);
            theirs.withExecutorService(thread).withMetrics(new Metrics() {
                @Override
                public void reconciliationSubmitted(
                        HasMetadata resource, RetryInfo retry, Map<String, Object> metadata) {
                    submitted.add(resource.getMetadata().getName());
                }

                @Override
                public void reconciliationFailed(
                        HasMetadata resource, RetryInfo retry, Exception e, Map<String, Object> metadata) {
                    failed.add(resource.getMetadata().getName());
                }
            });
        });
        operator.register(new Reconcilers.Cleaning(
                item -> {
                    reconciled.add(item.getMetadata().getName());
                    return whenReleased(item);
                },
                item -> DeleteControl.defaultDelete()));
        operator.start();
        cluster.create("laptop");
        await(started);
        cluster.create("mouse");
        cluster.create("screen");
        until(() -> submitted.containsAll(List.of("mouse", "screen")));
        // The SDK says that it submits before it does.
        until(() -> thread.getQueue().size() == 2);
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(operator.metrics()::isClosed);
        release.countDown();

        assertThat(get(report).isComplete()).as(get(report).describe()).isTrue();
        assertThat(reconciled).containsExactly("laptop");
        assertThat(failed).isEmpty();
        assertThat(ledger(operator).rejected()).isEqualTo(2);
        assertThat(ledger(operator).errors()).isZero();
        assertThat(cluster.get("laptop").availability()).isEqualTo("yes");
        // Not even the finalizer.
        assertThat(cluster.get("mouse").getFinalizers()).isEmpty();
    }

    @Test
    void theSoftDeadlineInterruptsTheReconcileAndItIsCutNotFailed() {
        WorkRegistry soon = Patience.softPassesSoon();
        CompletableFuture<String> interrupted = new CompletableFuture<>();
        TrackedOperator operator = start(soon, new Reconcilers.Simple(item -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.complete(item.getMetadata().getName());
                throw e;
            }
            return UpdateControl.noUpdate();
        }));
        cluster.create("laptop");
        await(started);
        ShutdownReport report = get(soon.shutdown());
        assertThat(report.isComplete()).as(report.describe()).isTrue();
        assertThat(interrupted).isCompletedWithValue("laptop");
        assertThat(ledger(operator).cancelled()).isEqualTo(1);
        assertThat(ledger(operator).errors()).isZero();
    }

    @Test
    void aReconcileThatEndsInSpiteOfTheInterruptHasSucceeded() {
        WorkRegistry soon = Patience.softPassesSoon();
        TrackedOperator operator = start(soon, new Reconcilers.Simple(item -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                return UpdateControl.noUpdate();
            }
            throw new AssertionError("released by nobody");
        }));
        cluster.create("laptop");
        await(started);
        assertThat(get(soon.shutdown()).isComplete()).isTrue();
        assertThat(ledger(operator).operations()).isEqualTo(1);
    }

    @Test
    void nothingIsInterruptedBeforeTheSoftDeadline() {
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        TrackedOperator operator = start(new Reconcilers.Simple(item -> {
            started.countDown();
            await(release);
            interrupted.complete(Thread.currentThread().isInterrupted());
            return UpdateControl.noUpdate();
        }));
        cluster.create("laptop");
        await(started);
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(operator.metrics()::isClosed);
        release.countDown();
        assertThat(get(report).isComplete()).isTrue();
        assertThat(interrupted).isCompletedWithValue(false);
    }

    private static final CompletableFuture<Void> END = new CompletableFuture<>();

    private UpdateControl<Item> neverEnds(Item item) {
        started.countDown();
        END.join();
        return UpdateControl.noUpdate();
    }

    @Test
    void aReconcileThatNeverEndsIsNamedWithItsStackAndTheOperatorNotStoppedUnderIt() {
        WorkRegistry brief = Patience.brief();
        TrackedOperator operator = start(brief, new Reconcilers.Simple(this::neverEnds));
        cluster.create("laptop");
        await(started);

        ShutdownReport report = get(brief.shutdown());

        assertThat(report.outcome()).isEqualTo(ShutdownReport.Outcome.TIMED_OUT);
        ShutdownReport.Component left = component(report, "operator");
        assertThat(left.left()).isEqualTo(1);
        assertThat(left.closed()).isFalse();
        assertThat(left.stragglers()).singleElement().satisfies(straggler -> {
            assertThat(straggler.description()).isEqualTo("reconcile Item shop/laptop");
            assertThat(straggler.toString()).contains("was asked to cancel");
            assertThat(straggler.thread().stack())
                    .extracting(StackTraceElement::getMethodName)
                    .contains("neverEnds");
        });
        assertThat(operator.getRuntimeInfo().isStarted()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void retryFinalizerContextEventSourcesAndErrorStatusAreAsUntracked(boolean tracked) {
        Operator operator = tracked
                ? TrackedOperator.register(registry, "operator", cluster::configure)
                : new Operator(cluster::configure);
        Reconcilers.Full reconciler = new Reconcilers.Full();
        operator.register(reconciler);
        operator.start();
        assertThat(operator.getRegisteredController("full")).isPresent();
        cluster.create("laptop");
        until(() -> cluster.get("laptop").availability().equals("yes"));
        cluster.items().inNamespace("shop").withName("laptop").delete();
        until(() -> cluster.get("laptop") == null);
        operator.stop();

        assertThat(reconciler.calls.stream().distinct())
                .containsExactly(
                        "event sources of full",
                        "context",
                        "reconcile, attempt 0, finalizers [shop.example/full]",
                        "error status for not yet",
                        "reconcile, attempt 1, finalizers [shop.example/full]",
                        "reconcile, attempt 2, finalizers [shop.example/full]",
                        "cleanup");
    }

    @Test
    void aFailedAttemptIsAnErrorAndTheOneThatSucceedsIsNot() {
        Reconcilers.Full reconciler = new Reconcilers.Full();
        TrackedOperator operator = start(reconciler);
        cluster.create("laptop");
        until(() -> cluster.get("laptop").availability().equals("yes"));
        operator.stop();
        assertThat(ledger(operator).errors()).isEqualTo(2);
        assertThat(ledger(operator).operations()).isPositive();
        assertThat(ledger(operator).inFlight()).isZero();
    }

    @Test
    void aPatchThatTheServerRefusesIsAnError() {
        TrackedOperator operator = start(new Reconcilers.Simple(item -> {
            // Gone when the SDK sends the patch.
            cluster.items().inNamespace("shop").withName("laptop").delete();
            return UpdateControl.patchStatus(item.available("yes"));
        }));
        cluster.create("laptop");
        until(() -> ledger(operator).totalStarted() > 0 && ledger(operator).inFlight() == 0);
        assertThat(ledger(operator).errors()).isPositive();
    }

    @Test
    void theMetricsOfTheUserAreToldEverything() {
        List<String> told = new CopyOnWriteArrayList<>();
        TrackedOperator operator = TrackedOperator.register(registry, "operator", theirs -> {
            cluster.configure(theirs);
            theirs.withMetrics(new Metrics() {
                @Override
                public void reconciliationStarted(HasMetadata resource, Map<String, Object> metadata) {
                    told.add("started");
                }

                @Override
                public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
                    told.add("timed " + execution.name());
                    return execution.execute();
                }

                @Override
                public void reconciliationSucceeded(HasMetadata resource, Map<String, Object> metadata) {
                    told.add("succeeded");
                }
            });
        });
        operator.register(new Reconcilers.Simple(item -> UpdateControl.noUpdate()));
        operator.start();
        cluster.create("laptop");
        until(() -> told.size() == 3);
        assertThat(told).containsExactly("started", "timed reconcile", "succeeded");
    }

    @Test
    void aShutdownFromInsideAReconcileDrainsThatReconcile() {
        CompletableFuture<CompletableFuture<ShutdownReport>> requested = new CompletableFuture<>();
        TrackedOperator operator = start(new Reconcilers.Simple(item -> {
            requested.complete(registry.shutdown());
            await(release);
            return UpdateControl.patchStatus(item.available("yes"));
        }));
        cluster.create("laptop");
        CompletableFuture<ShutdownReport> report = get(requested);
        until(operator.metrics()::isClosed);
        assertThat(report).isNotDone();
        release.countDown();
        assertThat(get(report).isComplete()).isTrue();
        assertThat(cluster.get("laptop").availability()).isEqualTo("yes");
    }

    @Test
    void aReconcileThatWouldWaitForItselfIsRefused() {
        CompletableFuture<TrackedOperator> subject = new CompletableFuture<>();
        CompletableFuture<Void> seen = new CompletableFuture<>();
        subject.complete(start(new Reconcilers.Simple(item -> {
            try {
                assertThatIllegalStateException().isThrownBy(() -> get(subject).stop());
                assertThatIllegalStateException().isThrownBy(() -> registry.awaitTermination(Duration.ofMinutes(1)));
                seen.complete(null);
            } catch (Throwable t) {
                seen.completeExceptionally(t);
            }
            return UpdateControl.noUpdate();
        })));
        cluster.create("laptop");
        get(seen);
    }

    @Test
    void anExecutorOfAnotherOperatorIsRefused() {
        ExecutorService shared = Executors.newFixedThreadPool(1);
        List<String> names = List.of("operator", "another");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> names.forEach(name -> TrackedOperator.register(registry, name, theirs -> {
                    cluster.configure(theirs);
                    theirs.withExecutorService(shared);
                })))
                .withMessageContaining("of component \"another\" is that of component \"operator\" already");
        shared.shutdown();
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void reconcilesOnVirtualThreadsAreDrained() throws Exception {
        ExecutorService virtual = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        TrackedOperator operator = TrackedOperator.register(registry, "operator", theirs -> {
            cluster.configure(theirs);
            theirs.withExecutorService(virtual);
        });
        operator.register(new Reconcilers.Simple(this::whenReleased));
        operator.start();
        for (int i = 0; i < 10; i++) {
            cluster.create("item-" + i);
        }
        until(() -> ledger(operator).inFlight() == 10);
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(operator.metrics()::isClosed);
        release.countDown();
        assertThat(get(report).isComplete()).as(get(report).describe()).isTrue();
        assertThat(ledger(operator).operations()).isEqualTo(10);
        assertThat(cluster.items().inNamespace("shop").list().getItems())
                .hasSize(10)
                .allSatisfy(item -> assertThat(item.availability()).isEqualTo("yes"));
    }

    @Test
    void stopDrainsAndLeavesTheRegistryAndItStaysStopped() {
        TrackedOperator operator = start(new Reconcilers.Simple(this::whenReleased));
        cluster.create("laptop");
        await(started);
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(operator::stop);
        until(operator.metrics()::isClosed);
        assertThat(operator.getRuntimeInfo().isStarted()).isTrue();
        release.countDown();
        get(stopped);
        assertThat(operator.getRuntimeInfo().isStarted()).isFalse();
        assertThat(cluster.get("laptop").availability()).isEqualTo("yes");
        assertThat(registry.activeWorkCounts()).isEmpty();
        operator.stop();
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(operator::start)
                .withMessageContaining("\"operator\" has been stopped");
    }

    @Test
    void stopThatCannotDrainSaysWhoHoldsItUp() {
        TrackedOperator operator = start(Patience.brief(), new Reconcilers.Simple(this::whenReleased));
        cluster.create("laptop");
        await(started);
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(operator::stop)
                .withMessageContaining("left running: 1")
                .withMessageContaining("reconcile Item shop/laptop");
        release.countDown();
        until(operator.metrics()::isQuiescent);
        operator.stop();
        assertThat(operator.getRuntimeInfo().isStarted()).isFalse();
    }

    @Test
    void aStopThatFailsSaysWhy() {
        KubernetesClient unclosable = (KubernetesClient) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {KubernetesClient.class}, (proxy, method, args) -> {
                    if (method.getName().equals("close")) {
                        throw new IllegalStateException("cannot be closed");
                    }
                    return method.invoke(cluster.client, args);
                });
        TrackedOperator operator = TrackedOperator.register(registry, "operator", theirs -> {
            cluster.configure(theirs);
            theirs.withKubernetesClient(unclosable).withCloseClientOnStop(true);
        });
        operator.register(new Reconcilers.Simple(this::whenReleased));
        operator.start();
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(operator::stop)
                .withMessageContaining("stopping it failed")
                .havingCause()
                .withMessage("cannot be closed");
    }

    @Test
    void anInterruptedStopLeavesItRunningAndTheInterruptSet() {
        TrackedOperator operator = start(new Reconcilers.Simple(this::whenReleased));
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(operator::stop)
                .withMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(operator.getRuntimeInfo().isStarted()).isTrue();
        operator.stop();
    }

    @Test
    void anOperatorThatNeverStartedClosesAtOnce() {
        TrackedOperator operator = TrackedOperator.register(registry, "operator", cluster::configure);
        operator.register(new Reconcilers.Simple(this::whenReleased));
        ShutdownReport report = get(registry.shutdown());
        assertThat(report.isComplete()).as(report.describe()).isTrue();
        assertThatExceptionOfType(OperatorException.class).isThrownBy(operator::start);
    }

    @Test
    void aStartThatFailsSaysWhyAndTheOperatorIsClosed() {
        TrackedOperator operator = TrackedOperator.register(registry, "operator", cluster::configure);
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(operator::start)
                .havingCause()
                .withMessageContaining("No Controller exists");
        assertThat(registry.activeWorkCounts()).isEmpty();
        operator.stop();
    }

    @Test
    void aStartThatFailsAndCannotBeClosedSaysWhyItFailed() {
        TrackedOperator operator = TrackedOperator.register(registry, "operator", cluster::configure);
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(operator::start)
                .satisfies(failure -> assertThat(failure.getSuppressed())
                        .singleElement()
                        .asString()
                        .contains("interrupted"))
                .havingCause()
                .withMessageContaining("No Controller exists");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void anOperatorThatIsStoppedWhileItBeginsToStartDoesNotGoOn() {
        TrackedOperator operator = TrackedOperator.register(registry, "operator", cluster::configure);
        operator.register(new Reconcilers.Simple(this::whenReleased));
        Logger log = (Logger) LoggerFactory.getLogger(Operator.class);
        var shutdown = new AppenderBase<ILoggingEvent>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getMessage().contains("starting")) {
                    get(registry.shutdown());
                }
            }
        };
        shutdown.start();
        log.addAppender(shutdown);
        log.setLevel(Level.INFO);
        try {
            assertThatExceptionOfType(OperatorException.class)
                    .isThrownBy(operator::start)
                    .withMessageContaining("has been stopped");
        } finally {
            log.setLevel(null);
            log.detachAppender(shutdown);
        }
        assertThat(operator.getRuntimeInfo().isStarted()).isFalse();
    }

    @Test
    void aNameThatIsTakenIsRefused() {
        registry.component("operator");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrackedOperator.register(registry, "operator", cluster::configure))
                .withMessageContaining("operator");
    }
}
