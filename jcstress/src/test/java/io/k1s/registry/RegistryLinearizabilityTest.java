package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Lincheck;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * Lincheck on who is registered and whether the shutdown has begun. Under stress alone: a shutdown starts a thread, which
 * Lincheck's own scheduler would have to know of.
 */
class RegistryLinearizabilityTest {
    @Test
    void registryIsLinearizableUnderStress() {
        Lincheck.stress(RegistrySpecification.class).check(Registry.class);
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
            try {
                registry.component("c" + number);
                return "registered";
            } catch (IllegalStateException e) {
                return "too late";
            } catch (IllegalArgumentException e) {
                return "taken";
            }
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
