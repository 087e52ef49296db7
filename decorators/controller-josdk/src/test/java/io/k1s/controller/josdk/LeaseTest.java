package io.k1s.controller.josdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.k1s.registry.WorkRegistry;
import io.k1s.testing.Patience;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a process ends that leads: with its own exit code. */
@Timeout(120)
final class LeaseTest {
    @TempDir
    Path folder;

    @Test
    void aShutdownGivesUpTheLeaseWithoutAnExitOfTheSdk() throws Exception {
        assertThat(exitCode("shutdown")).isEqualTo(42);
    }

    @Test
    void aLeaseThatIsLostEndsTheProcess() throws Exception {
        assertThat(exitCode("lose")).isEqualTo(1);
    }

    private int exitCode(String mode) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // What runs there is covered too.
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-javaagent:"))
                .forEach(command::add);
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(Leader.class.getName());
        command.add(mode);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(new File(folder.toFile(), "output"))
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Leads, and then does as told: shuts down and exits with 42, or loses its lease. */
    static final class Leader {
        private Leader() {}

        public static void main(String[] args) {
            CountDownLatch leading = new CountDownLatch(1);
            CountDownLatch stopped = new CountDownLatch(1);
            Cluster cluster = new Cluster();
            WorkRegistry registry = Patience.patient();
            TrackedOperator operator = TrackedOperator.register(registry, "operator", theirs -> {
                cluster.configure(theirs);
                theirs.withLeaderElectionConfiguration(LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(
                                "lease")
                        .withLeaseNamespace("shop")
                        .withIdentity("me")
                        .withLeaseDuration(Duration.ofSeconds(3))
                        .withRenewDeadline(Duration.ofSeconds(2))
                        .withRetryPeriod(Duration.ofMillis(100))
                        .withLeaderCallbacks(new LeaderCallbacks(leading::countDown, stopped::countDown, leader -> {}))
                        .buildForTest(true));
            });
            operator.register(new Reconcilers.Simple(item -> UpdateControl.noUpdate()));
            operator.start();
            Patience.await(leading);
            if (args[0].equals("shutdown")) {
                boolean complete = Patience.get(registry.shutdown()).isComplete();
                System.exit(complete && stopped.getCount() == 0 ? 42 : 43);
            }
            // Again, because a renewal that is under way overwrites it.
            Patience.until(() -> {
                try {
                    cluster.client
                            .leases()
                            .inNamespace("shop")
                            .withName("lease")
                            .edit(lease -> {
                                lease.getSpec().setHolderIdentity("another");
                                return lease;
                            });
                } catch (KubernetesClientException e) {
                    // a renewal was faster
                }
                return stopped.getCount() == 0;
            });
            Patience.await(new CountDownLatch(1));
        }
    }
}
