package io.k1s.controller;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.kubernetes.client.extended.controller.reconciler.Reconciler;
import io.kubernetes.client.extended.controller.reconciler.Request;
import io.kubernetes.client.extended.controller.reconciler.Result;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reconciler whose every reconcile is named work of a component: {@code Item shop/laptop}.
 *
 * <p>A reconcile that was admitted runs to its end. Nothing interrupts it before the registry asks it to cancel, at the soft
 * deadline; then its thread is interrupted, once and only while it reconciles. One that ends by an exception after that, or had
 * not begun, is cut: logged, counted as cancelled, and left to the next start.
 *
 * <p>One that is not admitted because the component has closed is no error: it is not run, not requeued, and counted as
 * {@link #unprocessed()}. One that is above the component's limit is requeued, with the backoff of the queue.
 *
 * <p>Thread-safe if the reconciler is.
 */
public final class TrackedReconciler implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(TrackedReconciler.class);

    private final WorkMetrics metrics;
    private final String kind;
    private final Reconciler reconciler;
    private final LongAdder unprocessed = new LongAdder();

    private TrackedReconciler(WorkMetrics metrics, String kind, Reconciler reconciler) {
        this.metrics = metrics;
        this.kind = kind;
        this.reconciler = reconciler;
    }

    /**
     * Decorates a reconciler. {@link TrackedControllerManager#track} does it for those of a manager.
     *
     * @param metrics the component that admits the reconciles
     * @param kind what is reconciled, as it is named in progress and reports
     * @param reconciler what reconciles
     */
    public static TrackedReconciler of(WorkMetrics metrics, String kind, Reconciler reconciler) {
        return new TrackedReconciler(
                Objects.requireNonNull(metrics, "metrics"),
                Objects.requireNonNull(kind, "kind"),
                Objects.requireNonNull(reconciler, "reconciler"));
    }

    @Override
    public Result reconcile(Request request) {
        Work work;
        try {
            work = metrics.startWork(nameOf(request));
        } catch (WorkRejectedException e) {
            return rejected(e.reason());
        }
        return reconcile(request, work);
    }

    /** The work can have been asked to cancel before it comes here: then nothing runs. */
    Result reconcile(Request request, Work work) {
        // Without an end of its own, for want of memory, it has failed.
        try (work) {
            Reconcile reconcile = new Reconcile(request);
            FutureTask<?> interruptible = new FutureTask<>(reconcile, null);
            work.runsHere().onCancel(() -> interruptible.cancel(true));
            interruptible.run();
            boolean cut = interruptible.isCancelled();
            if (cut) {
                // It was for the reconcile; what takes the next request on this thread must not stumble over it.
                boolean unused = Thread.interrupted();
            }
            return end(work, reconcile, cut);
        }
    }

    /** Returns how many reconciles were not run because the component had closed. */
    public long unprocessed() {
        return unprocessed.sum();
    }

    private String nameOf(Request request) {
        String namespace = request.getNamespace();
        return kind + " "
                + (namespace == null || namespace.isEmpty() ? request.getName() : namespace + "/" + request.getName());
    }

    private Result rejected(WorkRejectedException.Reason reason) {
        if (reason == WorkRejectedException.Reason.LIMIT) {
            return new Result(true);
        }
        unprocessed.increment();
        return new Result(false);
    }

    private static Result end(Work work, Reconcile reconcile, boolean cut) {
        Throwable thrown = reconcile.thrown;
        if (cut && (thrown != null || !reconcile.begun)) {
            work.cancel();
            // After the end, which an output that nobody reads must not hold up.
            LOG.atWarn()
                    .addKeyValue("component", work.component())
                    .addKeyValue("work", work.description())
                    .setCause(thrown)
                    .log("reconcile cut short");
            return new Result(true);
        }
        if (thrown == null) {
            // Also one that went on to its end in spite of the interrupt.
            work.succeed();
        } else {
            work.end(thrown);
            TrackedReconciler.<RuntimeException>rethrow(thrown);
        }
        return reconcile.result;
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void rethrow(Throwable thrown) throws E {
        throw (E) thrown;
    }

    /** One reconcile, and how it ended. Confined to the thread that runs it. */
    @SuppressWarnings("NullAway.Init") // the result is the reconciler's, as it is
    private final class Reconcile implements Runnable {
        private final Request request;
        private boolean begun;
        private Result result;
        private @Nullable Throwable thrown;

        Reconcile(Request request) {
            this.request = request;
        }

        @Override
        public void run() {
            begun = true;
            try {
                result = reconciler.reconcile(request);
            } catch (Throwable t) {
                thrown = t;
            }
        }
    }
}
