package io.k1s.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import io.kubernetes.client.extended.controller.reconciler.Reconciler;
import io.kubernetes.client.extended.controller.reconciler.Request;
import io.kubernetes.client.extended.controller.reconciler.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class TrackedReconcilerTest {
    private final WorkMetrics metrics = WorkMetrics.create("controllers");

    private TrackedReconciler tracked(Reconciler reconciler) {
        return TrackedReconciler.of(metrics, "Item", reconciler);
    }

    @Test
    void reconcileIsWorkNamedByKindNamespaceAndName() {
        List<String> names = new ArrayList<>();
        Result result = new Result(true, Duration.ofSeconds(3));
        TrackedReconciler reconciler = tracked(request -> {
            Work work = metrics.activeWork().get(0);
            names.add(work.description());
            assertThat(work.isBound()).isTrue();
            assertThat(work.thread()).isSameAs(Thread.currentThread());
            return result;
        });
        assertThat(reconciler.reconcile(new Request("shop", "laptop"))).isSameAs(result);
        assertThat(reconciler.reconcile(new Request("node-1"))).isSameAs(result);
        assertThat(reconciler.reconcile(new Request("", "node-2"))).isSameAs(result);
        assertThat(names).containsExactly("Item shop/laptop", "Item node-1", "Item node-2");
        assertThat(metrics.snapshot().operations()).isEqualTo(3);
    }

    @Test
    void rejectedReconcileIsNoErrorIsNotRequeuedAndIsCounted() {
        TrackedReconciler reconciler = tracked(request -> {
            throw new AssertionError("not to be called");
        });
        metrics.close();
        assertThat(reconciler.reconcile(Layers.request("laptop"))).isEqualTo(new Result(false));
        assertThat(reconciler.unprocessed()).isEqualTo(1);
        assertThat(metrics.snapshot().totalStarted()).isZero();
    }

    @Test
    void reconcileAboveTheLimitIsRequeued() {
        WorkMetrics limited =
                WorkMetrics.builder("controllers").maxConcurrentOps(1).build();
        TrackedReconciler reconciler = TrackedReconciler.of(limited, "Item", request -> new Result(false));
        try (Work other = limited.startWork()) {
            assertThat(reconciler.reconcile(Layers.request("laptop"))).isEqualTo(new Result(true));
            other.succeed();
        }
        assertThat(reconciler.unprocessed()).isZero();
        assertThat(reconciler.reconcile(Layers.request("laptop"))).isEqualTo(new Result(false));
    }

    @Test
    void failedReconcileIsAnErrorAndItsExceptionIsUnchanged() {
        IllegalStateException failure = new IllegalStateException("no");
        TrackedReconciler reconciler = tracked(request -> {
            throw failure;
        });
        assertThatThrownBy(() -> reconciler.reconcile(Layers.request("laptop"))).isSameAs(failure);
        assertThat(metrics.snapshot().errors()).isEqualTo(1);
    }

    @Test
    void reconcileThatIsCutIsCancelledAndItsThreadGoesOnClean() {
        TrackedReconciler reconciler = tracked(request -> {
            metrics.activeWork().forEach(Work::requestCancel);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            throw new IllegalStateException("interrupted");
        });
        assertThat(reconciler.reconcile(Layers.request("laptop"))).isEqualTo(new Result(true));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        WorkSnapshot ledger = metrics.snapshot();
        assertThat(ledger.cancelled()).isEqualTo(1);
        assertThat(ledger.inFlight()).isZero();
    }

    /** An output that nobody reads blocks who logs. */
    @Test
    void reconcileThatIsCutHasEndedWhenItIsLogged() {
        List<Long> inFlight = new ArrayList<>();
        var appender = new AppenderBase<ILoggingEvent>() {
            @Override
            protected void append(ILoggingEvent event) {
                inFlight.add(metrics.snapshot().inFlight());
            }
        };
        appender.start();
        Logger log = (Logger) LoggerFactory.getLogger(TrackedReconciler.class);
        log.addAppender(appender);
        log.setLevel(Level.WARN);
        TrackedReconciler reconciler = tracked(request -> {
            metrics.activeWork().forEach(Work::requestCancel);
            throw new IllegalStateException("interrupted");
        });
        try {
            reconciler.reconcile(Layers.request("laptop"));
        } finally {
            log.setLevel(null);
            log.detachAppender(appender);
        }
        assertThat(inFlight).containsExactly(0L);
    }

    @Test
    void reconcileThatIsCutBeforeItBeginsDoesNotRunIsCancelledAndIsRequeued() {
        TrackedReconciler reconciler = tracked(request -> {
            throw new AssertionError("not to be called");
        });
        Work admitted = metrics.startWork("Item shop/laptop");
        admitted.requestCancel();
        assertThat(reconciler.reconcile(Layers.request("laptop"), admitted)).isEqualTo(new Result(true));
        assertThat(metrics.snapshot().cancelled()).isEqualTo(1);
    }

    @Test
    void reconcileThatGoesOnInSpiteOfTheInterruptHasSucceeded() {
        Result result = new Result(false);
        TrackedReconciler reconciler = tracked(request -> {
            metrics.activeWork().forEach(Work::requestCancel);
            return result;
        });
        assertThat(reconciler.reconcile(Layers.request("laptop"))).isSameAs(result);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(metrics.snapshot().operations()).isEqualTo(1);
    }

    @Test
    void cancelThatComesAfterTheReconcileInterruptsNobody() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        List<Work> works = new ArrayList<>();
        TrackedReconciler reconciler = tracked(request -> {
            works.addAll(metrics.activeWork());
            return new Result(false);
        });
        Thread worker = new Thread(() -> {
            reconciler.reconcile(Layers.request("laptop"));
            works.forEach(Work::requestCancel);
            if (!Thread.currentThread().isInterrupted()) {
                done.countDown();
            }
        });
        worker.start();
        worker.join();
        assertThat(done.getCount()).isZero();
    }
}
