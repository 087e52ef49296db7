package io.k1s.registry;

import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What a listener is told, and that it cannot hold up anybody. */
class ListenerTest {
    private final WorkRegistry registry = Registries.patient();

    /** Writes down what it is told. */
    private static class Recorder implements ShutdownListener {
        final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
        final CompletableFuture<ShutdownReport> report = new CompletableFuture<>();

        @Override
        public void componentRegistered(String name, Optional<WorkMetrics> metrics) {
            told.add("registered " + name + (metrics.isPresent() ? "" : " (foreign)"));
        }

        @Override
        public void componentRemoved(String name) {
            told.add("removed " + name);
        }

        @Override
        public void phaseStarted(ShutdownState state) {
            told.add("started " + state);
        }

        @Override
        public void phaseEnded(ShutdownReport.Phase phase) {
            told.add("ended " + phase.state());
        }

        @Override
        public void straggler(String component, ShutdownReport.Straggler straggler) {
            told.add("straggler " + component + " " + straggler.description());
        }

        @Override
        public void terminated(ShutdownReport result) {
            told.add("terminated");
            report.complete(result);
        }
    }

    @Test
    void componentsOfBeforeAreToldAtOnceAndLaterOnesToo() throws InterruptedException {
        Recorder recorder = new Recorder();
        registry.component("jobs");
        registry.register("pool", Foreign.idle(), ComponentOptions.defaults());

        registry.addListener(recorder);

        assertThat(recorder.told).containsExactly("registered jobs", "registered pool (foreign)");
        registry.component("late");
        registry.closeComponent("jobs");
        until(() -> recorder.told.size() == 4);
        assertThat(recorder.told).endsWith("registered late", "removed jobs");
    }

    @Test
    void whoAddedAListenerKeepsNobodyFromRegistering() {
        registry.addListener(new Recorder());

        assertThat(get(async(() -> registry.component("late"))).name()).isEqualTo("late");
    }

    @Test
    void phasesAndTheEndAreToldInOrder() {
        Recorder recorder = new Recorder();
        registry.addListener(recorder);

        ShutdownReport report = shutDown(registry);

        assertThat(get(recorder.report)).isSameAs(report);
        assertThat(recorder.told)
                .containsExactly(
                        "started DRAINING", "ended DRAINING", "started CLOSING", "ended CLOSING", "terminated");
    }

    @Test
    void whoHoldsUpTheShutdownIsToldOnce() {
        Recorder recorder = new Recorder();
        WorkRegistry brief = Registries.told();
        brief.addListener(recorder);
        WorkMetrics jobs = brief.component("jobs");
        jobs.startWork("never ends");

        shutDown(brief);

        get(recorder.report);
        assertThat(recorder.told.stream().filter(line -> line.startsWith("straggler")))
                .containsExactly("straggler jobs never ends");
    }

    @Test
    void aListenerThatThrowsIsToldTheRest() {
        Recorder recorder = new Recorder() {
            @Override
            public void phaseStarted(ShutdownState state) {
                throw new StackOverflowError("in a listener");
            }
        };
        registry.addListener(recorder);

        assertThat(shutDown(registry).isComplete()).isTrue();
        get(recorder.report);
        assertThat(recorder.told).containsExactly("ended DRAINING", "ended CLOSING", "terminated");
    }

    @Test
    void whatIsRegisteredWhileAListenerIsAddedIsToldToo() {
        Recorder recorder = new Recorder() {
            @Override
            public void componentRegistered(String name, Optional<WorkMetrics> metrics) {
                super.componentRegistered(name, metrics);
                if (name.equals("first")) {
                    registry.component("second");
                }
            }
        };
        registry.component("first");

        registry.addListener(recorder);

        until(() -> recorder.told.size() == 2);
        assertThat(recorder.told).containsExactly("registered first", "registered second");
    }

    @Test
    void aListenerThatThrowsWhenItIsAddedStays() {
        Recorder recorder = new Recorder() {
            @Override
            public void componentRegistered(String name, Optional<WorkMetrics> metrics) {
                throw new IllegalStateException("no");
            }
        };
        registry.component("jobs");

        assertThatThrownBy(() -> registry.addListener(recorder)).hasMessage("no");
        shutDown(registry);
        get(recorder.report);
    }

    @Test
    void aListenerThatBlocksKeepsNobody() {
        CountDownLatch blocked = new CountDownLatch(1);
        WorkRegistry brief = Registries.brief();
        brief.addListener(new ShutdownListener() {
            @Override
            public void phaseStarted(ShutdownState state) {
                blocked.countDown();
                Registries.blockForEver();
            }
        });
        Recorder other = new Recorder();
        brief.addListener(other);
        FakeProcess process = new FakeProcess();
        brief.shutdownOnSignals(process);

        process.handlers.get("TERM").accept(15);

        await(blocked);
        get(other.report);
        assertThat(get(process.exited)).isZero();
    }

    @Test
    void theExitWaitsForAListenerThatWritesAReport() {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        registry.addListener(new ShutdownListener() {
            @Override
            public void terminated(ShutdownReport report) {
                writing.countDown();
                await(goOn);
            }
        });
        FakeProcess process = new FakeProcess();
        registry.shutdownOnSignals(process);

        process.handlers.get("TERM").accept(15);

        await(writing);
        assertThat(process.exited).isNotDone();
        goOn.countDown();
        assertThat(get(process.exited)).isZero();
    }

    @Test
    void progressIsToldAtAnyTime() {
        WorkMetrics jobs = registry.component("jobs");
        registry.register("pool", Foreign.busy(), ComponentOptions.dependsOn("jobs"));
        Work first = jobs.startWork("first");
        Work second = jobs.startWork("second");
        jobs.startWatch("not counted as oldest");

        assertThat(registry.progress())
                .extracting(DrainProgress::component, DrainProgress::inFlight, DrainProgress::draining)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("jobs", 3L, false),
                        org.assertj.core.groups.Tuple.tuple("pool", 1L, false));
        assertThat(registry.progress().get(0).oldest()).containsSame(first);
        assertThat(registry.softTimeLeft()).isEqualTo(Duration.ofMinutes(8));

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(() -> registry.progress().get(1).draining());
        assertThat(registry.progress().get(0).draining()).isFalse();
        registry.shutdownNow();
        until(() -> registry.progress().get(0).draining());
        assertThat(registry.progress().get(0).forecast()).isEmpty();
        second.succeed();

        DrainProgress progress = registry.progress().get(0);
        assertThat(progress.done()).isEqualTo(1);
        assertThat(progress.forecast()).isPresent();
        assertThat(registry.softTimeLeft()).isLessThan(Duration.ofMinutes(8));
        assertThat(get(report).outcome()).isEqualTo(ShutdownReport.Outcome.FORCED);
    }

    @Test
    void progressSaysWhatHasDrained() {
        registry.component("jobs").startWork("job").succeed();

        shutDown(registry);

        assertThat(registry.progress())
                .containsExactly(new DrainProgress("jobs", false, true, 0, 0, Optional.empty(), Optional.empty()));
    }
}
