package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Lincheck;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

/**
 * Lincheck on who is registered and whether the shutdown has begun. The whole registry under stress alone: a shutdown starts a
 * thread, which Lincheck's own scheduler would have to know of. What it decides by, {@link Components}, by that scheduler too.
 */
class RegistryLinearizabilityTest {
    @Test
    void registryIsLinearizableUnderStress() {
        Lincheck.stress(RegistrySpecification.class).check(Registry.class);
    }

    @Test
    void componentsAreLinearizable() {
        Lincheck.modelChecking(ComponentsSpecification.class).check(State.class);
    }

    /** That Lincheck can tell: a registry that looks whether the shutdown has begun, and then registers. */
    @Test
    void checkThenRegisterIsFoundOut() {
        assertThatThrownBy(() ->
                        Lincheck.modelChecking(RegistrySpecification.class).check(CheckThenRegister.class))
                .isInstanceOf(LincheckAssertionError.class)
                .hasMessageContaining("Invalid execution results");
    }

    @Param(name = "number", gen = IntGen.class, conf = "0:1")
    public static final class Registry {
        /** Callbacks run where they are started: thousands of registries would leave as many idle threads behind. */
        private final WorkRegistry registry = new WorkRegistry(ShutdownConfig.defaults(), new Isolation(Runnable::run));

        @Operation
        public String register(@Param(name = "number") int number) {
            return outcome(() -> registry.component("c" + number));
        }

        /** One at a time: two that overlap both close the component, which is allowed, and neither finds it unknown. */
        @Operation(nonParallelGroup = "closing")
        public boolean closeComponent(@Param(name = "number") int number) throws InterruptedException {
            try {
                registry.closeComponent("c" + number);
                return true;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        @Operation
        public String names() {
            return new TreeSet<>(registry.activeWorkCounts().keySet()).toString();
        }

        @Operation
        public void shutdown() {
            registry.shutdown();
        }

        @Operation
        public void shutdownNow() {
            registry.shutdownNow();
        }

        @Operation
        public boolean isReady() {
            return registry.isReady();
        }
    }

    /** What a registry is without its threads. */
    @Param(name = "number", gen = IntGen.class, conf = "0:1")
    public static final class State {
        private final Isolation isolation = new Isolation(Runnable::run);
        private final Components components =
                new Components(new Listeners(isolation, new ShutdownLog(isolation, NOPLogger.NOP_LOGGER)));

        @Operation
        public String register(@Param(name = "number") int number) {
            return outcome(() -> components.add(Tracked.of("c" + number, new Idle(), ComponentOptions.defaults())));
        }

        /** One at a time, for the reason that {@link Registry} has. */
        @Operation(nonParallelGroup = "closing")
        public boolean closeComponent(@Param(name = "number") int number) {
            // Not by get: Lincheck cannot follow what masks secrets in the text of its exception.
            for (Tracked each : components.all()) {
                if (each.name().equals("c" + number)) {
                    components.remove(each);
                    return true;
                }
            }
            return false;
        }

        @Operation
        public String names() {
            TreeSet<String> names = new TreeSet<>();
            for (Tracked each : components.all()) {
                names.add(each.name());
            }
            return names.toString();
        }

        @Operation
        public String seal() {
            return new TreeSet<>(components.seal().byName().keySet()).toString();
        }

        @Operation
        public boolean isReady() {
            return !components.isSealed();
        }
    }

    private static String outcome(Runnable registration) {
        try {
            registration.run();
            return "registered";
        } catch (IllegalStateException e) {
            return "too late";
        } catch (IllegalArgumentException e) {
            return "taken";
        }
    }

    private static final class Idle implements WorkTrackingComponent {
        @Override
        public boolean isWorkInProgress() {
            return false;
        }

        @Override
        public long activeWorkCount() {
            return 0;
        }

        @Override
        public CompletionStage<?> stopAcceptingWork() {
            return CompletableFuture.completedStage(null);
        }
    }

    /** A shutdown works on whoever was registered when it began. */
    public static final class ComponentsSpecification extends RegistrySpecification {
        public String seal() {
            shutdown();
            return names();
        }
    }

    @Param(name = "number", gen = IntGen.class, conf = "0:1")
    public static final class CheckThenRegister {
        private final ConcurrentSkipListSet<String> names = new ConcurrentSkipListSet<>();
        private volatile boolean begun;

        @Operation
        public String register(@Param(name = "number") int number) {
            if (begun) {
                return "too late";
            }
            return names.add("c" + number) ? "registered" : "taken";
        }

        @Operation
        public String names() {
            return names.toString();
        }

        @Operation
        public void shutdown() {
            begun = true;
        }

        @Operation
        public boolean isReady() {
            return !begun;
        }
    }
}
