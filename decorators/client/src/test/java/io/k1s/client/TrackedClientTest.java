package io.k1s.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.TrackedStorage;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class TrackedClientTest {
    private final WorkRegistry registry = WorkRegistry.create();
    private final TrackedStorage storage =
            TrackedStorage.register(registry, "storage", new MemoryStorage("memory", 10_000));
    private final TrackedClient client = TrackedClient.register(
            registry, "client", StorageClient.of(storage), ComponentOptions.dependsOn("storage"));

    static List<Method> operations() {
        return Stream.of(ObjectClient.class, StatusClient.class)
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .filter(method -> !method.getName().equals("status"))
                .toList();
    }

    private static TrackedClient tracked(ObjectClient client) {
        return TrackedClient.register(WorkRegistry.create(), "subject", client, ComponentOptions.defaults());
    }

    /** What the interfaces grow later is tracked, or this fails. */
    @ParameterizedTest
    @MethodSource("operations")
    void everyOperationIsCountedOnceAndDelegatedOnce(Method operation) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        List<WorkSnapshot> during = new ArrayList<>();
        CompletableFuture<TrackedClient> decorated = new CompletableFuture<>();
        TrackedClient subject = tracked(recording(method -> {
            assertThat(method).isEqualTo(operation);
            calls.incrementAndGet();
            during.add(decorated.join().metrics().snapshot());
        }));
        decorated.complete(subject);
        invoke(operation, subject);
        assertThat(calls).hasValue(1);
        assertThat(during.get(0).inFlight() + during.get(0).watchers()).isEqualTo(1);
        WorkSnapshot after = subject.metrics().snapshot();
        assertThat(after.inFlight() + after.watchers()).isZero();
        assertThat(after.operations()).isEqualTo(operation.getReturnType() == Watch.class ? 0 : 1);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void noOperationPassesAClosedGate(Method operation) {
        TrackedClient subject = tracked(recording(method -> {
            throw new AssertionError(method + " arrived");
        }));
        subject.metrics().close();
        assertThatExceptionOfType(InvocationTargetException.class)
                .isThrownBy(() -> invoke(operation, subject))
                .havingCause()
                .isInstanceOf(WorkRejectedException.class);
        assertThat(subject.metrics().snapshot().rejected()).isEqualTo(1);
    }

    private static void invoke(Method operation, TrackedClient subject) throws Exception {
        Object receiver = operation.getDeclaringClass() == StatusClient.class ? subject.status() : subject;
        Object[] arguments = Arrays.stream(operation.getParameterTypes())
                .map(type -> type == ResourceType.class
                        ? Gadget.TYPE
                        : type == ObjectQuery.class ? ObjectQuery.all() : type == String.class ? "" : null)
                .toArray();
        operation.invoke(receiver, arguments);
    }

    private interface Recorder {
        void called(Method method);
    }

    private static ObjectClient recording(Recorder recorder) {
        ClassLoader loader = TrackedClientTest.class.getClassLoader();
        Object status = Proxy.newProxyInstance(loader, new Class<?>[] {StatusClient.class}, (self, method, args) -> {
            recorder.called(method);
            return null;
        });
        return (ObjectClient)
                Proxy.newProxyInstance(loader, new Class<?>[] {ObjectClient.class}, (self, method, args) -> {
                    if (method.getName().equals("status")) {
                        return status;
                    }
                    recorder.called(method);
                    return method.getReturnType() == Watch.class ? endedWatch() : null;
                });
    }

    private static Watch endedWatch() {
        return new Watch() {
            @Override
            public void drain() {}

            @Override
            public void cancel() {}

            @Override
            public CompletableFuture<WatchEnded> ended() {
                return CompletableFuture.completedFuture(new WatchEnded(WatchEnded.Reason.CANCELLED, 0, null));
            }
        };
    }

    @Test
    void whatIsRefusedIsAnErrorAndItsExceptionIsUnchanged() {
        assertThatExceptionOfType(ObjectNotFoundException.class)
                .isThrownBy(() -> client.get(Gadget.TYPE, ObjectKey.of("default", "a")));
        assertThat(client.metrics().snapshot().errors()).isEqualTo(1);
        assertThat(client.metrics().snapshot().inFlight()).isZero();
    }

    @Test
    void stepsAreAPartOfTheWork() {
        List<Long> inFlight = new ArrayList<>();
        CompletableFuture<TrackedClient> self = new CompletableFuture<>();
        StorageClient stepped = StorageClient.builder(storage)
                .defaulting(
                        Gadget.TYPE,
                        object -> inFlight.add(self.join().metrics().snapshot().inFlight()))
                .validation(Gadget.TYPE, (object, before) -> {
                    inFlight.add(self.join().metrics().snapshot().inFlight());
                    return List.of();
                })
                .build();
        self.complete(TrackedClient.register(registry, "stepped", stepped, ComponentOptions.dependsOn("storage")));
        self.join().create(Gadget.TYPE, Gadget.of("a"));
        assertThat(inFlight).containsExactly(1L, 1L);
    }

    @Test
    void admittedOperationMakesItsWriteAfterTheShutdownBegan() throws Exception {
        client.create(Gadget.TYPE, Gadget.of("a").coloured("red"));
        CompletableFuture<CompletableFuture<ShutdownReport>> shutdown = new CompletableFuture<>();
        Gadget edited = client.edit(Gadget.TYPE, ObjectKey.of("default", "a"), gadget -> {
            shutdown.complete(registry.shutdown());
            awaitClosed();
            return gadget.coloured("blue");
        });
        assertThat(edited.spec.colour).isEqualTo("blue");
        ShutdownReport report = shutdown.join().get();
        assertThat(report.isComplete()).as(report.describe()).isTrue();
        assertThatExceptionOfType(WorkRejectedException.class)
                .isThrownBy(() -> client.get(Gadget.TYPE, ObjectKey.of("default", "a")))
                .withMessageContaining("client");
    }

    @Test
    void operationsOfOneWorkAreNotCutBetweenThem() throws Exception {
        client.create(Gadget.TYPE, Gadget.of("a").coloured("red"));
        Work move = client.startWork("move a to b");
        ObjectClient within = client.within(move);
        Gadget moved = within.delete(Gadget.TYPE, ObjectKey.of("default", "a"), DeleteOptions.none());
        CompletableFuture<ShutdownReport> shutdown = registry.shutdown();
        awaitClosed();
        within.create(Gadget.TYPE, Gadget.of("b").coloured(moved.spec.colour));
        assertThat(within.get(Gadget.TYPE, ObjectKey.of("default", "b")).spec.colour)
                .isEqualTo("red");
        move.succeed();
        assertThat(shutdown.get().isComplete()).isTrue();
    }

    @Test
    void operationsOfAnotherComponentsWorkAreRefused() {
        Work foreign = registry.component("jobs").startWork("import");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.within(foreign).list(Gadget.TYPE, ObjectQuery.all()));
        foreign.succeed();
    }

    @Test
    void watchIsNamedAndTrackedUntilItEnds() throws Exception {
        Watch watch = client.watch(Gadget.TYPE, ObjectQuery.inNamespace("shop"), "", event -> {});
        assertThat(client.metrics().activeWork())
                .singleElement()
                .satisfies(work ->
                        assertThat(work.description()).isEqualTo("watch gadgets.test.k1s.io in namespace shop"));
        watch.cancel();
        end(watch);
        client.metrics().close();
        assertThat(client.metrics().awaitQuiescence(Duration.ofSeconds(30))).isTrue();
        assertThat(client.metrics().snapshot().watchers()).isZero();
    }

    @Test
    void watchThatCannotBeOpenedIsNotLeftOpen() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.watch(Gadget.TYPE, ObjectQuery.all(), "x", event -> {}));
        assertThat(client.metrics().snapshot().watchers()).isZero();
    }

    @Test
    void shutdownLetsAWatchDeliverWhatIsCommittedAndEndsIt() throws Exception {
        ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        Watch watch = client.watch(
                Gadget.TYPE,
                ObjectQuery.all(),
                "",
                event -> seen.add(event.object().getMetadata().getName()));
        for (int i = 0; i < 20; i++) {
            client.create(Gadget.TYPE, Gadget.of("g" + i));
        }
        assertThat(registry.shutdown().get().isComplete()).isTrue();
        assertThat(end(watch)).isEqualTo(new WatchEnded(WatchEnded.Reason.CLOSING, 20, null));
        assertThat(seen).hasSize(20);
    }

    @Test
    void trackedClientTellsWhatItHasDone() {
        client.create(Gadget.TYPE, Gadget.of("a"));
        assertThat(client.toString()).startsWith("tracked ").contains("client");
    }

    private static WatchEnded end(Watch watch) throws Exception {
        return watch.ended().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    /** Closing is what ends this watch: its drain handler runs when the gate is shut. */
    private void awaitClosed() {
        CountDownLatch closed = new CountDownLatch(1);
        Work probe;
        try {
            probe = client.metrics().startWatch("probe");
        } catch (WorkRejectedException e) {
            return;
        }
        probe.onDrain(closed::countDown);
        try {
            assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        probe.succeed();
    }
}
