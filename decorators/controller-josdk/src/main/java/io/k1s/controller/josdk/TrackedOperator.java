package io.k1s.controller.josdk;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.config.ConfigurationService;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.api.monitoring.AggregatedMetrics;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An operator whose reconciliations are tracked work, and which stops only after the last of them.
 *
 * <p>A work is one execution of the SDK from its start to its end: dependents, the reconciler or its cleaner, the error status,
 * and what the SDK itself writes before and after it, a finalizer or the patch that the reconciler returned. (A decorated
 * reconciler would have ended before that patch is sent.) It is named {@code reconcile KIND NAMESPACE/NAME}, or
 * {@code cleanup} for one that is being deleted. Reconcilers are registered as they are, so that everything the SDK finds out
 * about them stays true.
 *
 * <p>When a shutdown begins, what is in progress is finished. What is queued is not begun: it is counted as
 * {@linkplain io.k1s.metrics.WorkSnapshot#rejected() rejected}, is no error, and is not retried; the next start finds it in the
 * cluster. (Not counted is what the SDK has not queued yet: retries and rate-limited events that wait for their time.) Nothing
 * is interrupted before the soft deadline; then the thread that reconciles is. The operator itself, with its informers and its
 * lease, is stopped after the drain. A lease that is lost before ends the process, if it is configured to; the one that the
 * shutdown gives up does not.
 *
 * <p>The number of the SDK's threads is the limit; one in the options has no effect. The client is not tracked by this. If it
 * is a component of its own, name it in {@code dependsOn}, and leave its close to it: {@code withCloseClientOnStop(false)}.
 *
 * <p>Thread-safe as an {@link Operator} is.
 */
public final class TrackedOperator extends Operator {
    /** What is refused here would be lost to the SDK, which has bounded its threads already. */
    private static final long NO_LIMIT = 1_000_000_000;

    private final WorkRegistry registry;
    private final WorkMetrics metrics;
    private final ReconcileExecutor executor;
    /** Guarded by this, while the SDK starts. */
    private boolean starting;

    private volatile boolean stopped;

    private TrackedOperator(
            WorkRegistry registry,
            String component,
            ComponentOptions options,
            ReconcileExecutor executor,
            ConfigurationService configuration) {
        super(configuration);
        this.registry = registry;
        this.executor = executor;
        // The SDK shuts the executor down when it stops.
        this.metrics = registry.component(
                component, options.maxConcurrentOps(NO_LIMIT).closing(executor.theirs(), this::stopDrained));
        executor.trackBy(metrics);
    }

    /**
     * Registers an operator that depends on no other component. The registry owns it from now on, and stops it once it has
     * drained.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param configuration as for {@link Operator#Operator(Consumer)}
     * @return the operator, to be given its reconcilers and started
     * @throws IllegalArgumentException if the name is not allowed or taken, or the executor is another component's
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedOperator register(
            WorkRegistry registry, String component, Consumer<ConfigurationServiceOverrider> configuration) {
        return register(registry, component, ComponentOptions.defaults(), configuration);
    }

    /**
     * Registers an operator. The registry owns it from now on, and stops it once it has drained.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param options what the reconcilers call; it must not own another resource
     * @param configuration as for {@link Operator#Operator(Consumer)}
     * @return the operator, to be given its reconcilers and started
     * @throws IllegalArgumentException if the name is not allowed or taken, or the executor is another component's
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedOperator register(
            WorkRegistry registry,
            String component,
            ComponentOptions options,
            Consumer<ConfigurationServiceOverrider> configuration) {
        // Asked twice, as Operator does: for what it sets, and then with ours on top.
        ConfigurationService theirs = ConfigurationService.newOverriddenConfigurationService(configuration);
        ReconcileExecutor executor = new ReconcileExecutor(theirs.getExecutorService());
        Metrics hooks = new AggregatedMetrics(List.of(new ReconcileHooks(theirs.getMetrics()), theirs.getMetrics()));
        KubernetesClient client = theirs.getKubernetesClient();
        ConfigurationService tracked =
                ConfigurationService.newOverriddenConfigurationService(configuration.andThen(ours -> {
                    ours.withExecutorService(executor).withMetrics(hooks).withKubernetesClient(client);
                    theirs.getLeaderElectionConfiguration()
                            .map(election -> exitingUnlessClosed(election, executor))
                            .ifPresent(ours::withLeaderElectionConfiguration);
                }));
        return new TrackedOperator(registry, component, options, executor, tracked);
    }

    /** The SDK gives up its lease inside the close, and would wait there for the exit that waits for the close. */
    private static LeaderElectionConfiguration exitingUnlessClosed(
            LeaderElectionConfiguration theirs, ReconcileExecutor executor) {
        LeaderCallbacks callbacks =
                theirs.getLeaderCallbacks().orElseGet(() -> new LeaderCallbacks(() -> {}, () -> {}, leader -> {}));
        Runnable stopLeading = () -> {
            callbacks.onStopLeading();
            if (theirs.isExitOnStopLeading() && !executor.isClosed()) {
                System.exit(1);
            }
        };
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(theirs.getLeaseName())
                .withLeaseNamespace(theirs.getLeaseNamespace().orElse(null))
                .withIdentity(theirs.getIdentity().orElse(null))
                .withLeaseDuration(theirs.getLeaseDuration())
                .withRenewDeadline(theirs.getRenewDeadline())
                .withRetryPeriod(theirs.getRetryPeriod())
                .withLeaderCallbacks(
                        new LeaderCallbacks(callbacks::onStartLeading, stopLeading, callbacks::onNewLeader))
                // The only setter of exitOnStopLeading that is not deprecated.
                .buildForTest(false);
    }

    /**
     * Returns the component that counts the reconciliations.
     *
     * @return the component
     */
    public WorkMetrics metrics() {
        return metrics;
    }

    /**
     * Starts it, once: one that was stopped stays stopped.
     *
     * @throws OperatorException if it cannot be started, or was stopped
     */
    @Override
    public synchronized void start() {
        if (metrics.isClosed()) {
            throw wasStopped();
        }
        starting = true;
        try {
            super.start();
        } catch (OperatorException failure) {
            starting = false;
            try {
                stop();
            } catch (RuntimeException e) {
                failure.addSuppressed(e);
            }
            throw failure;
        } finally {
            starting = false;
        }
        if (stopped) {
            // There was nothing to stop yet when the registry did.
            super.stop();
            throw wasStopped();
        }
    }

    private OperatorException wasStopped() {
        return new OperatorException(
                "operator \"" + metrics.name() + "\" has been stopped and cannot start again; register another one");
    }

    /**
     * Begins no further reconciliation, waits for those in progress (at most the graceful timeout), stops the operator, and
     * takes the component out of the registry. Again, it has no effect, or tells of the same failure.
     *
     * @throws OperatorException if reconciliations did not end in time: the operator is then left running; or if stopping it
     *     failed
     * @throws IllegalStateException if called inside a reconciliation, which would wait for itself
     */
    @Override
    public void stop() {
        if (Thread.holdsLock(this) && starting) {
            // The SDK's own call when its start fails, whose exception another one from here would replace.
            return;
        }
        try {
            registry.closeComponent(metrics).ifPresent(this::requireStopped);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperatorException("interrupted while operator \"" + metrics.name() + "\" was draining", e);
        }
    }

    /** Called by the registry after the drain. What was queued has been counted when it returns. */
    private void stopDrained() throws InterruptedException {
        stopped = true;
        super.stop();
        var unused = executor.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    }

    private void requireStopped(ShutdownReport.Component report) {
        if (report.drained() && report.errors().isEmpty()) {
            return;
        }
        @Nullable
        Throwable cause = report.errors().isEmpty() ? null : report.errors().get(0);
        throw new OperatorException(
                "operator \"" + metrics.name() + "\" is "
                        + (report.drained()
                                ? "drained, but stopping it failed"
                                : "left running: " + report.left() + " reconciliations did not end in time "
                                        + report.stragglers()),
                cause);
    }
}
