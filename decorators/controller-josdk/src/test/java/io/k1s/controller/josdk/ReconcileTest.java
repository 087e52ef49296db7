package io.k1s.controller.josdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.testing.Patience;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What no operator at hand does. */
final class ReconcileTest {
    private final WorkMetrics metrics = WorkMetrics.create("operator");
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final ReconcileExecutor executor = new ReconcileExecutor(thread);

    @AfterEach
    void endThread() {
        thread.shutdownNow();
    }

    @Test
    void anExecutionThatThrowsIsAnErrorAndItsExceptionUnchanged() {
        for (Throwable failure : List.of(new IllegalStateException("no"), new StackOverflowError())) {
            Reconcile reconcile =
                    new Reconcile(metrics, "reconcile", () -> ReconcileTest.<RuntimeException>raise(failure));
            assertThatExceptionOfType(Throwable.class)
                    .isThrownBy(reconcile::run)
                    .isSameAs(failure);
        }
        assertThat(metrics.snapshot().errors()).isEqualTo(2);
        assertThat(metrics.snapshot().inFlight()).isZero();
    }

    @Test
    void anExecutionThatIsCutBeforeItBeginsIsNotExecutedAndIsCancelled() {
        Work admitted = metrics.startWork("reconcile");
        admitted.requestCancel();
        Reconcile reconcile = new Reconcile(metrics, "reconcile", () -> {
            throw new AssertionError("executed");
        });
        reconcile.run(admitted);
        assertThat(metrics.snapshot().cancelled()).isEqualTo(1);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void raise(Throwable failure) throws E {
        throw (E) failure;
    }

    @Test
    void aFailureOutsideAnExecutionIsNobodys() {
        new ReconcileHooks(Metrics.NOOP)
                .reconciliationFailed(new NamespaceBuilder().build(), null, new IllegalStateException(), Map.of());
        assertThat(metrics.snapshot().errors()).isZero();
    }

    @Test
    void anObjectOfTheClusterIsNamedWithoutNamespace() {
        Namespace namespace = new NamespaceBuilder()
                .withNewMetadata()
                .withName("shop")
                .endMetadata()
                .build();
        new ReconcileHooks(Metrics.NOOP).reconciliationSubmitted(namespace, null, Map.of());
        CompletableFuture<String> name = new CompletableFuture<>();
        executor.trackBy(metrics);
        executor.execute(() -> name.complete(running()));
        assertThat(Patience.get(name)).isEqualTo("reconcile Namespace shop");
    }

    @Test
    void anExecutionThatNobodyAnnouncedIsNamedAfterItself() {
        CompletableFuture<String> name = new CompletableFuture<>();
        executor.trackBy(metrics);
        executor.execute(new Runnable() {
            @Override
            public void run() {
                name.complete(running());
            }

            @Override
            public String toString() {
                return "items -> shop/laptop";
            }
        });
        assertThat(Patience.get(name)).isEqualTo("items -> shop/laptop");
    }

    private String running() {
        return metrics.activeWork().stream().map(Work::description).toList().get(0);
    }

    @Test
    void whatIsStillQueuedWhenItIsStoppedIsUnprocessedAndCounted() {
        CountDownLatch started = new CountDownLatch(1);
        executor.trackBy(metrics);
        executor.execute(() -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Patience.await(started);
        executor.execute(() -> {
            throw new AssertionError("begun");
        });
        Runnable others = () -> {
            throw new AssertionError("not the operator's");
        };
        thread.execute(others);
        metrics.close();
        assertThat(executor.shutdownNow()).hasSize(2).contains(others);
        assertThat(metrics.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void itIsStoppedAsTheExecutorBelow() throws Exception {
        assertThat(executor.isShutdown()).isFalse();
        executor.shutdown();
        assertThat(thread.isShutdown()).isTrue();
        assertThat(executor.isShutdown()).isTrue();
        assertThat(executor.awaitTermination(Patience.SECONDS, TimeUnit.SECONDS))
                .isTrue();
        assertThat(executor.isTerminated()).isTrue();
        assertThat(executor.shutdownNow()).isEmpty();
    }
}
