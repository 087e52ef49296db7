package io.k1s.observe;

import io.k1s.metrics.Printable;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownListener;
import io.k1s.registry.WorkRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * A registry and its components as MXBeans: {@link RegistryMXBean} and {@link ComponentMXBean}. Read only. Needs the
 * module {@code java.management}. Thread-safe.
 */
public final class WorkMBeans implements AutoCloseable {
    private static final String DOMAIN = "io.k1s";

    private final WorkRegistry registry;
    private final MBeanServer server;
    private final Function<String, Optional<Latency>> latencies;
    private final Set<ObjectName> names = ConcurrentHashMap.newKeySet();
    /** Guarded by this. */
    private boolean closed;

    private WorkMBeans(WorkRegistry registry, MBeanServer server, Function<String, Optional<Latency>> latencies) {
        this.registry = registry;
        this.server = server;
        this.latencies = latencies;
    }

    /**
     * Registers a registry with the platform's server, without latencies.
     *
     * @param registry whose components, those that are there and those to come
     * @return what unregisters them when it is closed
     * @throws IllegalStateException if another registry is registered there
     */
    public static WorkMBeans register(WorkRegistry registry) {
        return register(registry, ManagementFactory.getPlatformMBeanServer(), name -> Optional.empty());
    }

    /**
     * Registers a registry.
     *
     * @param registry whose components, those that are there and those to come
     * @param server where
     * @param latencies finds the latency of a component by its name, as {@code latencies::latency} of {@link Latencies} does
     * @return what unregisters them when it is closed
     * @throws IllegalStateException if another registry is registered there
     */
    public static WorkMBeans register(
            WorkRegistry registry, MBeanServer server, Function<String, Optional<Latency>> latencies) {
        WorkMBeans beans = new WorkMBeans(
                Objects.requireNonNull(registry, "registry"),
                Objects.requireNonNull(server, "server"),
                Objects.requireNonNull(latencies, "latencies"));
        beans.add(name("type=Registry"), beans.new RegistryView());
        registry.addListener(beans.new Follower());
        return beans;
    }

    /** Unregisters the registry and its components. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        names.forEach(this::remove);
    }

    private synchronized void add(ObjectName name, Object bean) {
        if (closed) {
            return;
        }
        try {
            server.registerMBean(bean, name);
            names.add(name);
        } catch (InstanceAlreadyExistsException e) {
            throw new IllegalStateException(
                    "the MBean " + name + " is there already: one registry of a process can be registered", e);
        } catch (JMException e) {
            throw new IllegalStateException("the MBean " + name + " cannot be registered", e);
        }
    }

    private synchronized void remove(ObjectName name) {
        if (!names.remove(name)) {
            return;
        }
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException e) {
            // Somebody else has removed it.
        } catch (JMException e) {
            throw new IllegalStateException("the MBean " + name + " cannot be unregistered", e);
        }
    }

    private static ObjectName name(String properties) {
        try {
            return ObjectName.getInstance(DOMAIN + ":" + properties);
        } catch (MalformedObjectNameException e) {
            throw new IllegalArgumentException("\"" + properties + "\" cannot be part of the name of an MBean", e);
        }
    }

    private static ObjectName componentName(String component) {
        return name("type=Component,name=" + ObjectName.quote(component));
    }

    private final class Follower implements ShutdownListener {
        @Override
        public void componentRegistered(String component, Optional<WorkMetrics> metrics) {
            metrics.ifPresent(own -> add(componentName(component), new ComponentView(own)));
        }

        @Override
        public void componentRemoved(String component) {
            remove(componentName(component));
        }
    }

    private final class RegistryView implements RegistryMXBean {
        @Override
        public String getState() {
            return registry.state().name();
        }

        @Override
        public boolean isReady() {
            return registry.isReady();
        }

        @Override
        public long getTimeLeftMillis() {
            return registry.timeLeft().toMillis();
        }

        @Override
        public String[] getActiveWork() {
            return registry.activeWork().stream().map(this::line).toArray(String[]::new);
        }

        private String line(Work work) {
            return work.component() + ": " + work.description() + ", "
                    + work.age().toMillis() + " ms, thread "
                    + Printable.masked(work.thread().getName());
        }
    }

    private final class ComponentView implements ComponentMXBean {
        private final WorkMetrics metrics;

        ComponentView(WorkMetrics metrics) {
            this.metrics = metrics;
        }

        @Override
        public String getName() {
            return metrics.name();
        }

        @Override
        public boolean isClosed() {
            return metrics.isClosed();
        }

        @Override
        public long getTotalStarted() {
            return ledger().totalStarted();
        }

        @Override
        public long getOperations() {
            return ledger().operations();
        }

        @Override
        public long getErrors() {
            return ledger().errors();
        }

        @Override
        public long getCancelled() {
            return ledger().cancelled();
        }

        @Override
        public long getRejected() {
            return ledger().rejected();
        }

        @Override
        public long getInFlight() {
            return ledger().inFlight();
        }

        @Override
        public long getInFlightPeak() {
            return ledger().inFlightPeak();
        }

        @Override
        public long getWatchers() {
            return ledger().watchers();
        }

        @Override
        public double getLatencyP50Millis() {
            return millis(Latency::p50);
        }

        @Override
        public double getLatencyP99Millis() {
            return millis(Latency::p99);
        }

        @Override
        public double getLatencyP999Millis() {
            return millis(Latency::p999);
        }

        @Override
        public double getLatencyMaxMillis() {
            return millis(Latency::max);
        }

        @Override
        public long getLatencySamples() {
            return latencies.apply(metrics.name()).map(Latency::samples).orElse(0L);
        }

        private WorkSnapshot ledger() {
            return metrics.snapshot();
        }

        private double millis(Function<Latency, Duration> value) {
            return latencies
                    .apply(metrics.name())
                    .map(latency -> value.apply(latency).toNanos() / 1e6)
                    .orElse(Double.NaN);
        }
    }
}
