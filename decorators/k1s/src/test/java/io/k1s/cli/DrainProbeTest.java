package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.TrackedStorage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DrainProbeTest {
    private final DrainProbe probe = new DrainProbe(new MemoryStorage());

    /** The mutant: looks at the gate, then counts. In between, it is closed and sees nobody inside. */
    private static final class CheckThenActStorage {
        private final StorageBackend backend;
        private final Runnable betweenCheckAndAct;
        private final Runnable onDrained;
        private final AtomicLong inFlight = new AtomicLong();
        private volatile boolean closed;

        CheckThenActStorage(StorageBackend backend, Runnable onDrained, boolean closeInBetween) {
            this.backend = backend;
            this.onDrained = onDrained;
            this.betweenCheckAndAct = closeInBetween ? this::close : () -> {};
        }

        long count() {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            betweenCheckAndAct.run();
            inFlight.incrementAndGet();
            try {
                return backend.count("");
            } finally {
                inFlight.decrementAndGet();
            }
        }

        void close() {
            closed = true;
            if (inFlight.get() == 0) {
                onDrained.run();
            }
        }
    }

    @Test
    void checkThenActLetsACallThroughAfterDrained() {
        new CheckThenActStorage(probe, probe::drained, true).count();
        assertThat(probe.callsAfterDrain()).hasValue(1);
    }

    @Test
    void checkThenActLooksRightWhenNothingRaces() {
        CheckThenActStorage mutant = new CheckThenActStorage(probe, probe::drained, false);
        mutant.count();
        mutant.close();
        assertThat(probe.callsAfterDrain()).hasValue(0);
    }

    @Test
    void nothingIsKnownUntilTheStorageIsReportedDrained() {
        probe.revision();
        assertThat(probe.callsAfterDrain()).isEmpty();
    }

    @Test
    void callStillRunningWhenDrainedIsCountedOnce() {
        StorageBackend drainsWhileCalled = (StorageBackend) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StorageBackend.class}, (self, method, args) -> {
                    outer.drained();
                    outer.drained();
                    return 0L;
                });
        outer = new DrainProbe(drainsWhileCalled);
        outer.revision();
        assertThat(outer.callsAfterDrain()).hasValue(1);
    }

    private DrainProbe outer = probe;

    @Test
    void trackedStorageClosedDuringACallLetsNothingThrough() throws InterruptedException {
        WorkRegistry registry = WorkRegistry.create();
        StorageBackend shutsDownWhileCalled = (StorageBackend) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StorageBackend.class}, (self, method, args) -> {
                    if (!method.getName().equals("close")) {
                        var unused = registry.shutdown();
                    }
                    return method.getName().equals("count") ? 7L : null;
                });
        DrainProbe below = new DrainProbe(shutsDownWhileCalled);
        TrackedStorage tracked = TrackedStorage.register(registry, "storage", below);
        var unused = tracked.metrics().quiescence().thenRun(below::drained);
        assertThat(tracked.count("")).isEqualTo(7);
        assertThat(registry.awaitTermination(Duration.ofSeconds(10))).isPresent();
        assertThatThrownBy(() -> tracked.count("")).isInstanceOf(WorkRejectedException.class);
        assertThat(below.callsAfterDrain()).hasValue(0);
    }

    @Test
    void everyCallThatUsesTheStoreIsSeen() throws ReflectiveOperationException {
        probe.drained();
        long expected = 0;
        for (Method method : StorageBackend.class.getMethods()) {
            if (method.getName().equals("close") || method.getName().equals("name")) {
                continue;
            }
            expected++;
            call(method);
            assertThat(probe.callsAfterDrain()).as(method.getName()).hasValue(expected);
        }
        assertThat(expected).isGreaterThan(8);
    }

    private void call(Method method) throws IllegalAccessException {
        Object[] nothing = Arrays.stream(method.getParameterTypes())
                .map(type -> type == long.class ? (Object) 0L : null)
                .toArray();
        try {
            method.invoke(probe, nothing);
        } catch (InvocationTargetException e) {
            assertThat(e.getCause()).isInstanceOfAny(IllegalArgumentException.class, KeyNotFoundException.class);
        }
    }
}
