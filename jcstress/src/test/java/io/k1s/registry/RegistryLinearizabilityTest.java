package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Lincheck;
import java.lang.reflect.Field;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
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
        private final WorkRegistry registry = withoutPools();

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

        /** Callbacks run where they are started: thousands of registries would leave as many idle threads behind. */
        private static WorkRegistry withoutPools() {
            WorkRegistry made = WorkRegistry.create();
            set(get(made, "isolation"), "pool", new Direct());
            set(get(get(made, "log"), "thread"), "lane", new Direct());
            return made;
        }

        private static Object get(Object owner, String name) {
            try {
                return field(owner, name).get(owner);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void set(Object owner, String name, ExecutorService value) {
            try {
                field(owner, name).set(owner, value);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        private static Field field(Object owner, String name) throws ReflectiveOperationException {
            Field field = owner.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field;
        }
    }

    private static final class Direct extends AbstractExecutorService {
        @Override
        public void execute(Runnable code) {
            code.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
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
