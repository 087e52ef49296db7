package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FlightEventsTest {
    @TempDir
    Path folder;

    @Test
    void workThatTookLongIsAnEventAndShortWorkIsNot() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics all = registry.component("all");
        FlightEvents.emit(registry, Duration.ZERO);
        WorkRegistry other = Registries.patient();
        WorkMetrics few = other.component("few");
        FlightEvents.emit(other, Duration.ofHours(1));
        List<RecordedEvent> events = record(() -> {
            assertThatThrownBy(() -> all.run("import", () -> {
                        throw new IllegalStateException("failed");
                    }))
                    .isInstanceOf(IllegalStateException.class);
            all.startWatch("watch").cancel();
            few.run("short", () -> {});
        });
        assertThat(named(events, "io.k1s.LongWork")).hasSize(2);
        RecordedEvent work = named(events, "io.k1s.LongWork").get(0);
        assertThat(work.getString("component")).isEqualTo("all");
        assertThat(work.getString("work")).isEqualTo("import");
        assertThat(work.getString("outcome")).isEqualTo("FAILED");
        assertThat(work.getBoolean("watch")).isFalse();
        assertThat(work.getDuration("took")).isPositive();
        assertThat(work.getString("startedBy")).isEqualTo(Thread.currentThread().getName());
        assertThat(named(events, "io.k1s.LongWork").get(1).getBoolean("watch")).isTrue();
    }

    @Test
    void namesOfThreadsAreRecordedWithoutEscapesAndSecrets() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        FlightEvents.emit(registry, Duration.ZERO);
        List<RecordedEvent> events =
                record(() -> Registries.onThread(Registries.THREAD_NAME, () -> jobs.run("import", () -> {})));
        assertThat(named(events, "io.k1s.LongWork"))
                .singleElement()
                .satisfies(event -> assertThat(event.getString("startedBy")).isEqualTo(Registries.SHOWN_NAME));
    }

    @Test
    void rejectionIsAnEventWithItsReason() throws Exception {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        FlightEvents.emit(registry, Duration.ofHours(1));
        List<RecordedEvent> events = record(() -> {
            jobs.close();
            assertThatThrownBy(jobs::begin).isInstanceOf(WorkRejectedException.class);
        });
        assertThat(named(events, "io.k1s.Rejection")).singleElement().satisfies(event -> {
            assertThat(event.getString("component")).isEqualTo("jobs");
            assertThat(event.getString("reason")).isEqualTo("CLOSED");
        });
    }

    @Test
    void eachPhaseOfAShutdownAndEachStragglerIsAnEvent() throws Exception {
        WorkRegistry registry = Registries.brief();
        WorkMetrics jobs = registry.component("jobs");
        registry.register("foreign", new LatenciesTest.Foreign(), ComponentOptions.defaults());
        FlightEvents.emit(registry, Duration.ofHours(1));
        CountDownLatch release = new CountDownLatch(1);
        Thread stuck = new Thread(() -> jobs.run("stuck import", () -> uninterruptibly(release)), "importer");
        CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
        // The events come from a thread of their own: the stream says when the last of them is there.
        CountDownLatch closing = new CountDownLatch(2);
        List<RecordedEvent> events;
        try (RecordingStream stream = new RecordingStream()) {
            stream.setReuse(false);
            stream.onEvent("io.k1s.ShutdownPhase", event -> {
                if (event.getString("state").equals("CLOSING")) {
                    closing.countDown();
                }
            });
            stream.onEvent("io.k1s.Straggler", event -> closing.countDown());
            stream.startAsync();
            events = record(() -> {
                stuck.start();
                // One on its way to where it waits would be seen to move.
                Eventually.holds(() -> !jobs.activeWork().isEmpty() && stuck.getState() == Thread.State.WAITING);
                report.complete(Registries.shutDown(registry));
                assertThat(closing.await(Registries.PATIENCE_SECONDS, TimeUnit.SECONDS))
                        .isTrue();
            });
        } finally {
            release.countDown();
            stuck.join();
        }
        List<String> states = named(events, "io.k1s.ShutdownPhase").stream()
                .map(event -> event.getString("state"))
                .toList();
        assertThat(states)
                .isEqualTo(report.join().phases().stream()
                        .map(phase -> phase.state().name())
                        .toList());
        assertThat(named(events, "io.k1s.ShutdownPhase").get(0).getDuration("took"))
                .isEqualTo(report.join().phases().get(0).took());
        assertThat(named(events, "io.k1s.Straggler")).singleElement().satisfies(event -> {
            assertThat(event.getString("component")).isEqualTo("jobs");
            assertThat(event.getString("work")).isEqualTo("stuck import");
            assertThat(event.getString("workThread")).isEqualTo("importer");
            assertThat(event.getString("motion")).isIn("WEDGED", "UNKNOWN");
            assertThat(event.getString("stack")).contains("uninterruptibly");
            assertThat(event.getDuration("age")).isPositive();
        });
    }

    @Test
    void nothingIsEmittedWhileNobodyRecords() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        FlightEvents.emit(registry, Duration.ZERO);
        AtomicBoolean ended = new AtomicBoolean();
        Work work = jobs.startWork("work");
        jobs.addListener(new io.k1s.metrics.WorkListener() {
            @Override
            public void ended(Work which, io.k1s.metrics.Outcome outcome) {
                ended.set(true);
            }
        });
        work.succeed();
        jobs.close();
        assertThatThrownBy(jobs::begin).isInstanceOf(WorkRejectedException.class);
        assertThat(ended).isTrue();
    }

    @Test
    void negativeThresholdIsRefused() {
        assertThatThrownBy(() -> FlightEvents.emit(Registries.patient(), Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("work is long from PT-0.001S; allowed is 0 or more");
    }

    private interface Body {
        void run() throws Exception;
    }

    private List<RecordedEvent> record(Body body) throws Exception {
        Path file = folder.resolve("flight.jfr");
        try (Recording recording = new Recording()) {
            for (String event : new String[] {"LongWork", "Rejection", "ShutdownPhase", "Straggler"}) {
                recording.enable("io.k1s." + event);
            }
            recording.start();
            body.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file);
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        List<RecordedEvent> found = new ArrayList<>(events);
        found.removeIf(event -> !event.getEventType().getName().equals(name));
        return found;
    }

    private static void uninterruptibly(CountDownLatch release) {
        while (true) {
            try {
                release.await();
                return;
            } catch (InterruptedException e) {
                // The straggler of this test does not listen.
            }
        }
    }
}
