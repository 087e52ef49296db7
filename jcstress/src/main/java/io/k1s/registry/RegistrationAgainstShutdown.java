package io.k1s.registry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.k1s.metrics.WorkMetrics;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A component is registered and drained, or refused. First result: registered. Second: it was part of the shutdown, and its
 * gate is closed.
 */
final class RegistrationAgainstShutdown {
    private RegistrationAgainstShutdown() {}

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "registered before the shutdown took the list")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused: the shutdown had the list")
    @Outcome(expect = FORBIDDEN, desc = "registered after the list was taken, and drained by nobody")
    @State
    public static class Model {
        private boolean registered;
        private boolean begun;
        private boolean taken;

        @Actor
        public synchronized void register(II_Result r) {
            registered = !begun;
            r.r1 = registered ? 1 : 0;
        }

        @Actor
        public synchronized void shutdown() {
            begun = true;
            taken = registered;
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = taken ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "registered before the shutdown took the list")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused: the shutdown had the list")
    @Outcome(expect = FORBIDDEN, desc = "registered after the list was taken, and drained by nobody")
    @State
    public static class Registry {
        private final WorkRegistry registry = Stressed.registry();
        private WorkMetrics late;

        @Actor
        public void register(II_Result r) {
            try {
                late = registry.component("late");
                r.r1 = 1;
            } catch (IllegalStateException e) {
                r.r1 = 0;
            }
        }

        @Actor
        public void shutdown() {
            registry.shutdown();
        }

        @Arbiter
        public void after(II_Result r) {
            ShutdownReport report = Stressed.get(registry.terminated());
            boolean drained = report.components().stream().anyMatch(ShutdownReport.Component::drained);
            r.r2 = drained && late != null && late.isQuiescent() ? 1 : 0;
        }
    }

    /** Looks whether the shutdown has begun, and then registers. */
    @JCStressTest
    @Outcome(
            id = {"1, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @Outcome(
            id = "1, 0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "begun, and the list taken, between the look and the registration")
    @State
    public static class WeakCheckThenRegister {
        private final Set<String> components = ConcurrentHashMap.newKeySet();
        private volatile boolean begun;
        private volatile boolean taken;

        @Actor
        public void register(II_Result r) {
            if (!begun) {
                components.add("late");
                r.r1 = 1;
            }
        }

        @Actor
        public void shutdown() {
            begun = true;
            taken = components.contains("late");
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = taken ? 1 : 0;
        }
    }
}
