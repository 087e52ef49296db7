package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.WorkRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.management.JMX;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerConnection;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WorkMBeansTest {
    private static final Function<String, Optional<Latency>> NO_LATENCY = name -> Optional.empty();

    private final MBeanServer server = MBeanServerFactory.newMBeanServer();
    private final WorkRegistry registry = Registries.patient();

    @Test
    void countersAreReadThroughARemoteConnector() throws Exception {
        WorkMetrics jobs = registry.component("jobs");
        WorkMBeans.register(registry, server, Latencies.of(registry)::latency);
        WorkMetersTest.someOfEverything(jobs);
        System.setProperty("java.rmi.server.hostname", "127.0.0.1");
        JMXConnectorServer connectors = JMXConnectorServerFactory.newJMXConnectorServer(
                new JMXServiceURL("service:jmx:rmi://127.0.0.1"), null, server);
        connectors.start();
        try (JMXConnector connector = JMXConnectorFactory.connect(connectors.getAddress())) {
            MBeanServerConnection remote = connector.getMBeanServerConnection();
            ObjectName name = new ObjectName("io.k1s:type=Component,name=\"jobs\"");
            assertThat(remote.getAttribute(name, "TotalStarted")).isEqualTo(7L);
            assertThat(remote.getAttribute(name, "Operations")).isEqualTo(3L);
            assertThat(remote.getAttribute(name, "Errors")).isEqualTo(2L);
            assertThat(remote.getAttribute(name, "Cancelled")).isEqualTo(1L);
            assertThat(remote.getAttribute(name, "Rejected")).isEqualTo(1L);
            assertThat(remote.getAttribute(name, "InFlight")).isEqualTo(1L);
            assertThat(remote.getAttribute(name, "InFlightPeak")).isEqualTo(2L);
            assertThat(remote.getAttribute(name, "Watchers")).isEqualTo(1L);
            assertThat(remote.getAttribute(name, "LatencySamples")).isEqualTo(6L);
            assertThat((double) remote.getAttribute(name, "LatencyMaxMillis")).isPositive();
            RegistryMXBean all =
                    JMX.newMXBeanProxy(remote, new ObjectName("io.k1s:type=Registry"), RegistryMXBean.class);
            assertThat(all.getState()).isEqualTo("RUNNING");
            assertThat(all.isReady()).isTrue();
            assertThat(all.getTimeLeftMillis()).isEqualTo(600_000);
            assertThat(all.getActiveWork()).hasSize(2);
            assertThat(all.getActiveWork()[0])
                    .matches("jobs: stays, \\d+ ms, thread "
                            + Thread.currentThread().getName());
        } finally {
            connectors.stop();
        }
    }

    @Test
    void beansHaveNoOperationsAndNoAttributeThatCanBeSet() throws Exception {
        registry.component("jobs");
        WorkMBeans.register(registry, server, NO_LATENCY);
        Set<ObjectName> names = server.queryNames(new ObjectName("io.k1s:*"), null);
        assertThat(names).hasSize(2);
        for (ObjectName name : names) {
            MBeanInfo bean = server.getMBeanInfo(name);
            assertThat(bean.getOperations()).as("operations of %s", name).isEmpty();
            assertThat(bean.getAttributes())
                    .as("attributes of %s", name)
                    .isNotEmpty()
                    .noneMatch(MBeanAttributeInfo::isWritable);
        }
    }

    @Test
    void namesOfThreadsAreShownWithoutEscapesAndSecrets() throws Exception {
        WorkMetrics jobs = registry.component("jobs");
        WorkMBeans.register(registry, server, NO_LATENCY);
        Registries.onThread(Registries.THREAD_NAME, () -> jobs.startWork("import"));
        RegistryMXBean all = JMX.newMXBeanProxy(server, new ObjectName("io.k1s:type=Registry"), RegistryMXBean.class);
        assertThat(all.getActiveWork()[0]).endsWith(", thread " + Registries.SHOWN_NAME);
    }

    @Test
    void latenciesAreMilliseconds() throws Exception {
        registry.component("jobs");
        Latency latency = new Latency(
                Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMillis(300), Duration.ofSeconds(4), 5);
        WorkMBeans.register(registry, server, name -> Optional.of(latency));
        ComponentMXBean bean = component("jobs");
        assertThat(bean.getName()).isEqualTo("jobs");
        assertThat(bean.getLatencyP50Millis()).isEqualTo(1);
        assertThat(bean.getLatencyP99Millis()).isEqualTo(20);
        assertThat(bean.getLatencyP999Millis()).isEqualTo(300);
        assertThat(bean.getLatencyMaxMillis()).isEqualTo(4_000);
        assertThat(bean.getLatencySamples()).isEqualTo(5);
    }

    @Test
    void withoutASampleThereIsNoLatency() throws Exception {
        registry.component("jobs");
        WorkMBeans.register(registry, server, NO_LATENCY);
        assertThat(component("jobs").getLatencyP50Millis()).isNaN();
        assertThat(component("jobs").getLatencySamples()).isZero();
    }

    @Test
    void shutdownShows() throws Exception {
        registry.component("jobs");
        WorkMBeans.register(registry, server, NO_LATENCY);
        assertThat(component("jobs").isClosed()).isFalse();
        Registries.shutDown(registry);
        assertThat(component("jobs").isClosed()).isTrue();
        RegistryMXBean all = JMX.newMXBeanProxy(server, new ObjectName("io.k1s:type=Registry"), RegistryMXBean.class);
        assertThat(all.getState()).isEqualTo("TERMINATED");
        assertThat(all.isReady()).isFalse();
    }

    @Test
    void componentsComeAndGoAndThoseThatCountThemselvesAreLeftOut() throws Exception {
        WorkMBeans.register(registry, server, NO_LATENCY);
        registry.register("foreign", new LatenciesTest.Foreign(), ComponentOptions.defaults());
        registry.component("quoted \"*\"");
        Eventually.holds(() -> server.getMBeanCount() == 3);
        registry.closeComponent("quoted \"*\"");
        Eventually.holds(() -> server.getMBeanCount() == 2);
        registry.closeComponent("foreign");
    }

    @Test
    void closeUnregistersEverythingForGood() throws Exception {
        registry.component("jobs");
        WorkMBeans beans = WorkMBeans.register(registry, server, NO_LATENCY);
        assertThat(server.getMBeanCount()).isEqualTo(3);
        server.unregisterMBean(new ObjectName("io.k1s:type=Registry"));
        beans.close();
        beans.close();
        assertThat(server.getMBeanCount()).isEqualTo(1);
        registry.component("late");
        Registries.shutDown(registry);
        assertThat(server.getMBeanCount()).isEqualTo(1);
    }

    @Test
    void secondRegistryOfAServerIsRefused() {
        MBeanServer platform = ManagementFactory.getPlatformMBeanServer();
        try (WorkMBeans first = WorkMBeans.register(registry)) {
            assertThat(first).isNotNull();
            assertThat(platform.isRegistered(new ObjectName("io.k1s:type=Registry")))
                    .isTrue();
            assertThatThrownBy(() -> WorkMBeans.register(Registries.patient()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("io.k1s:type=Registry");
        } catch (javax.management.MalformedObjectNameException e) {
            throw new AssertionError(e);
        }
    }

    private ComponentMXBean component(String name) throws Exception {
        return JMX.newMXBeanProxy(
                server, new ObjectName("io.k1s:type=Component,name=" + ObjectName.quote(name)), ComponentMXBean.class);
    }
}
