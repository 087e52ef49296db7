package io.k1s.controller.josdk;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import java.util.Map;

/**
 * What the executor cannot see: whose execution it gets, and whether it failed. The SDK calls it on the thread that submits, just
 * before it does, and on the thread that executes.
 */
final class ReconcileHooks implements Metrics {
    private final Metrics timing;

    /** Only the first of several metrics gets to time an execution: it hands that on to {@code timing}. */
    ReconcileHooks(Metrics timing) {
        this.timing = timing;
    }

    @Override
    public void reconciliationSubmitted(HasMetadata resource, RetryInfo retryInfo, Map<String, Object> metadata) {
        ObjectMeta meta = resource.getMetadata();
        String name = meta.getNamespace() == null ? meta.getName() : meta.getNamespace() + "/" + meta.getName();
        ReconcileExecutor.nameNext(
                (resource.isMarkedForDeletion() ? "cleanup " : "reconcile ") + resource.getKind() + " " + name);
    }

    @Override
    public void reconciliationFailed(
            HasMetadata resource, RetryInfo retryInfo, Exception exception, Map<String, Object> metadata) {
        Reconcile.markFailed();
    }

    @Override
    public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
        try {
            return timing.timeControllerExecution(execution);
        } catch (Throwable t) {
            Reconcile.markFailed();
            throw t;
        }
    }
}
