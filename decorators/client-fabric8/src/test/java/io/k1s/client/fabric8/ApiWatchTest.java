package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.k1s.metrics.Work;
import io.k1s.registry.ShutdownReport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Watches and informers of fabric8's mock of an API server, over each transport. */
@ParameterizedClass
@EnumSource(Transport.class)
@Timeout(120)
class ApiWatchTest {
    @Parameter
    Transport transport;

    private Cluster cluster;
    private Program program;

    @BeforeEach
    void start() {
        cluster = new Cluster();
        program = new Program(transport, cluster.url());
    }

    @AfterEach
    void stop() {
        program.close();
        cluster.close();
    }

    @Test
    void writesAndReadsAreCounted() {
        program.client.resource(Cluster.configMap("a")).create();
        assertThat(program.client.configMaps().withName("a").get().getData()).containsEntry("key", "value");
        assertThat(program.client.configMaps().withName("none").get()).isNull();
        program.client.configMaps().withName("a").delete();
        // The missing one is a 404.
        program.requireLedger(4, 3, 1, 0);
    }

    @Test
    void aWatchIsAWatcherUntilItIsClosed() throws Exception {
        WatchLog log = new WatchLog();
        Watch watch = program.client.configMaps().watch(log);
        assertThat(program.snapshot().watchers()).isEqualTo(1);
        assertThat(program.metrics().activeWork())
                .singleElement()
                .returns("watch /api/v1/namespaces/test/configmaps", Work::description);
        program.client.resource(Cluster.configMap("a")).create();
        assertThat(log.next()).isEqualTo("ADDED a");
        watch.close();
        assertThat(log.next()).isEqualTo("closed");
        program.requireLedger(1, 1, 0, 0);
    }

    @Test
    void aWatchAtShutdownEndsWithinItsGraceAndWithoutAnError() throws Exception {
        WatchLog log = new WatchLog();
        Watch watch = program.client.configMaps().withResourceVersion("0").watch(log);
        ShutdownReport report = shutdown();
        assertThat(report.isComplete()).isTrue();
        assertThat(report.components().get(0).drainTime()).isLessThan(Program.LONG_GRACE);
        assertThat(log.next()).isEqualTo("closed");
        watch.close();
        program.requireLedger(0, 0, 0, 0);
    }

    @Test
    void aWatchSeesWhatTheLastRequestsDid() throws Exception {
        WatchLog log = new WatchLog();
        try (Watch watch = program.client.configMaps().watch(log);
                KubernetesClient other = new KubernetesClientBuilder()
                        .withConfig(Program.config(cluster.url()))
                        .withHttpClientFactory(transport.factory())
                        .build()) {
            other.resource(Cluster.configMap("early")).create();
            assertThat(log.next()).isEqualTo("ADDED early");
            Work request = program.metrics().startWork("the last request");
            CompletableFuture<ShutdownReport> shutdown = program.registry.shutdown();
            Program.await(() -> program.metrics().isClosed());
            other.resource(Cluster.configMap("late")).create();
            assertThat(log.next()).isEqualTo("ADDED late");
            request.succeed();
            assertThat(shutdown.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS).isComplete())
                    .isTrue();
            assertThat(log.next()).isEqualTo("closed");
        }
    }

    @Test
    void aWatchThatIsNotAdmittedIsRefusedOnTheSpot() throws Exception {
        Work request = program.metrics().startWork("the last request");
        CompletableFuture<ShutdownReport> shutdown = program.registry.shutdown();
        Program.await(() -> program.metrics().isClosed());
        assertThatThrownBy(() -> program.client.configMaps().watch(new WatchLog()))
                .isInstanceOfSatisfying(
                        RequestRejectedException.class,
                        e -> assertThat(e.getCode()).isEqualTo(503));
        assertThat(program.snapshot().rejected()).isEqualTo(1);
        request.succeed();
        assertThat(shutdown.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS).isComplete())
                .isTrue();
    }

    @Test
    void anInformerIsAListAndAWatcher() throws Exception {
        program.client.resource(Cluster.configMap("a")).create();
        try (SharedIndexInformer<ConfigMap> informer =
                program.client.configMaps().inform()) {
            assertThat(informer.getStore().list()).hasSize(1);
            assertThat(program.snapshot().watchers()).isEqualTo(1);
            assertThat(program.snapshot().totalStarted()).isEqualTo(2);
            assertThat(shutdown().isComplete()).isTrue();
            assertThat(program.snapshot().watchers()).isZero();
            // It did not take the close for a revision that is too old, and did not list again.
            Program.await(() -> !informer.isWatching());
            assertThat(program.snapshot().rejected()).isZero();
            assertThat(informer.stopped()).isNotCompletedExceptionally();
        }
    }

    @Test
    void aHundredWatchesEndTogether() throws Exception {
        for (int i = 0; i < 100; i++) {
            program.client.configMaps().watch(new WatchLog());
        }
        assertThat(program.snapshot().watchers()).isEqualTo(100);
        ShutdownReport report = shutdown();
        assertThat(report.isComplete()).isTrue();
        program.requireLedger(0, 0, 0, 0);
    }

    private ShutdownReport shutdown() throws Exception {
        return program.registry.shutdown().get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
