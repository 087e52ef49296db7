package io.k1s.registry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.k1s.metrics.WorkMetrics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** However many ask for it, there is one shutdown, and each resource is closed once. */
final class ShutdownCallers {
    private ShutdownCallers() {}

    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the first to come starts it, the other joins")
    @Outcome(expect = FORBIDDEN, desc = "both found none under way before either had started it, or neither did")
    @State
    public static class Model {
        private final AtomicReference<Object> sequence = new AtomicReference<>();
        private final AtomicInteger runs = new AtomicInteger();

        @Actor
        public void one() {
            begin();
        }

        @Actor
        public void two() {
            begin();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = runs.get();
        }

        private void begin() {
            if (sequence.compareAndSet(null, this)) {
                runs.incrementAndGet();
            }
        }
    }

    /** First result: how many runs began. Second: the resource was closed once, and both callers got the same report. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the first to come starts it, the other joins")
    @Outcome(expect = FORBIDDEN, desc = "both found none under way: two runs, or two results")
    @State
    public static class Two extends Callers {
        @Actor
        public void one() {
            first = registry.shutdown("one");
        }

        @Actor
        public void two() {
            second = registry.shutdown("two");
        }

        @Arbiter
        public void after(II_Result r) {
            judge(r);
        }
    }

    @JCStressTest
    @Outcome(
            id = "1, 1",
            expect = ACCEPTABLE,
            desc = "forced before, during or after the run of the other, which is the same")
    @Outcome(
            expect = FORBIDDEN,
            desc = "the force found none under way and neither did the other: two runs, or two results")
    @State
    public static class OneInAHurry extends Callers {
        @Actor
        public void patient() {
            first = registry.shutdown();
        }

        @Actor
        public void hurried() {
            second = registry.shutdownNow();
        }

        @Arbiter
        public void after(II_Result r) {
            judge(r);
        }
    }

    /** A component is closed alone while the whole shuts down. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "who claimed the closing closed, the other waited for that")
    @Outcome(expect = FORBIDDEN, desc = "both closed the resource, or one returned before it was closed")
    @State
    public static class CloseComponentAgainstShutdown extends Callers {
        private volatile boolean closedAtReturn;

        @Actor
        public void closeAlone() {
            try {
                registry.closeComponent("storage");
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            closedAtReturn = closes.get() == 1;
        }

        @Actor
        public void shutdown() {
            first = registry.shutdown();
        }

        @Override
        boolean isOneResult() {
            Stressed.get(first);
            return closedAtReturn;
        }

        @Arbiter
        public void after(II_Result r) {
            judge(r);
        }
    }

    /** Two who close the resource of one component. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the first to come claimed the closing")
    @Outcome(expect = FORBIDDEN, desc = "both found it unclaimed, or neither did")
    @State
    public static class CloseOnce {
        private final AtomicInteger closes = new AtomicInteger();
        private final Isolation isolation = Stressed.isolation();
        private final Tracked tracked = Tracked.of(
                WorkMetrics.create("storage"), ComponentOptions.defaults().closing(closes::incrementAndGet));

        @Actor
        public void one() {
            tracked.closeOnce(isolation);
        }

        @Actor
        public void two() {
            tracked.closeOnce(isolation);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = closes.get();
        }
    }

    /** Looks whether one is under way, and then starts one. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "one after the other")
    @Outcome(id = "2", expect = ACCEPTABLE_INTERESTING, desc = "both looked before either had started it")
    @State
    public static class WeakCheckThenStart {
        private final AtomicInteger runs = new AtomicInteger();
        private volatile Object sequence;

        @Actor
        public void one() {
            begin();
        }

        @Actor
        public void two() {
            begin();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = runs.get();
        }

        private void begin() {
            if (sequence == null) {
                sequence = this;
                runs.incrementAndGet();
            }
        }
    }

    abstract static class Callers {
        final WorkRegistry registry = Stressed.registry();
        final AtomicInteger closes = new AtomicInteger();
        private final AtomicInteger runs = new AtomicInteger();
        CompletableFuture<ShutdownReport> first;
        CompletableFuture<ShutdownReport> second;

        Callers() {
            registry.component("storage", ComponentOptions.defaults().closing(closes::incrementAndGet));
            registry.addListener(new ShutdownListener() {
                @Override
                public void phaseStarted(ShutdownState state) {
                    if (state == ShutdownState.DRAINING) {
                        runs.incrementAndGet();
                    }
                }
            });
        }

        boolean isOneResult() {
            return Stressed.get(first) == Stressed.get(second);
        }

        final void judge(II_Result r) {
            // First: it waits for the end.
            r.r2 = isOneResult() && closes.get() == 1 ? 1 : 0;
            r.r1 = runs.get();
        }
    }
}
