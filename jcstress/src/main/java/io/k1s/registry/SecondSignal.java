package io.k1s.registry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two signals on two threads, which is how the JVM delivers them, and the end of the shutdown that they ask for. */
final class SecondSignal {
    private static final long LATER = TimeUnit.SECONDS.toNanos(2);

    private SecondSignal() {}

    /** The look at the ladder and the step are one under the lock. Results: the steps that the two signals took. */
    @JCStressTest
    @Outcome(
            id = {"1, 2", "2, 1"},
            expect = ACCEPTABLE,
            desc = "the first under the lock took the first step, the other the next")
    @Outcome(expect = FORBIDDEN, desc = "both read the ladder before either climbed: the second forces nothing")
    @State
    public static class Model {
        private int steps;

        @Actor
        public void first(II_Result r) {
            r.r1 = step();
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = step();
        }

        private synchronized int step() {
            return ++steps;
        }
    }

    /** Results: how often the process exits, with which code, how often it is halted. */
    @JCStressTest
    @Outcome(
            id = "1, 0, 0",
            expect = ACCEPTABLE,
            desc =
                    "the second found all drained, or cut nothing; or was handled first and the earlier one then part of it")
    @Outcome(
            id = "1, 75, 0",
            expect = ACCEPTABLE,
            desc = "the second forced the end, and the time to settle was over before all had drained")
    @Outcome(
            expect = FORBIDDEN,
            desc = "an exit lost between the shutdown's end and the request for it, or two, or a halt")
    @State
    public static class SecondAgainstFirst extends Signals {
        @Actor
        public void first() {
            signals.onSignal("TERM", 15, 0);
        }

        @Actor
        public void second() {
            signals.onSignal("INT", 2, LATER);
        }

        @Arbiter
        public void after(III_Result r) {
            r.r2 = Stressed.get(exit);
            r.r1 = exits.get();
            r.r3 = halts.get();
        }
    }

    /** One Ctrl-C, delivered twice. */
    @JCStressTest
    @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "the first to come is the step, the other a part of it")
    @Outcome(expect = FORBIDDEN, desc = "both took a step: forced at once, or two exits, or none")
    @State
    public static class OneKeystrokeTwice extends Signals {
        @Actor
        public void first() {
            signals.onSignal("INT", 2, 0);
        }

        @Actor
        public void second() {
            signals.onSignal("INT", 2, 1000);
        }

        @Arbiter
        public void after(III_Result r) {
            r.r2 = Stressed.get(exit);
            r.r1 = exits.get();
            r.r3 = halts.get();
        }
    }

    /** Who asks for the exit, and who ends, look and write under one lock. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "asked before the end, which ran it, or after it, and run at once")
    @Outcome(expect = FORBIDDEN, desc = "asked between the look and the mark, or run by both")
    @State
    public static class ExitModel {
        private boolean asked;
        private boolean over;
        private int exits;

        @Actor
        public synchronized void ask() {
            asked = true;
            exits += over ? 1 : 0;
        }

        @Actor
        public synchronized void end() {
            over = true;
            exits += asked ? 1 : 0;
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = exits;
        }
    }

    /** The request to exit comes while the shutdown ends. */
    @JCStressTest
    @Outcome(
            id = "1",
            expect = ACCEPTABLE,
            desc = "asked before the end and run by it, or asked after it and run at once")
    @Outcome(expect = FORBIDDEN, desc = "asked between the end's look for requests and its mark, or run by both")
    @State
    public static class ExitAgainstEnd {
        private final Termination termination = new Termination(Stressed.isolation());
        private final AtomicInteger exits = new AtomicInteger();

        @Actor
        public void ask() {
            termination.exitAfterwards(exits::incrementAndGet);
        }

        @Actor
        public void end() {
            termination.exit();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = exits.get();
        }
    }

    /** Somebody asks for the report while it is handed out. */
    @JCStressTest
    @Outcome(
            id = "1",
            expect = ACCEPTABLE,
            desc = "asked before the hand-out and among those told, or after the result was there")
    @Outcome(
            id = "0",
            expect = FORBIDDEN,
            desc = "asked between the result and the list of those to tell: waits for ever")
    @State
    public static class CallerAgainstResult {
        private final Termination termination = new Termination(Stressed.isolation());
        private final WorkRegistry registry = Stressed.registry();
        private CompletableFuture<ShutdownReport> asked;

        @Actor
        public void ask() {
            asked = termination.future(registry);
        }

        @Actor
        public void end() {
            termination.fail(new IllegalStateException("over"));
            termination.tellCallers(List.of());
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = asked.isDone() ? 1 : 0;
        }
    }

    /** A ladder without a lock. Results: the steps that the two signals took. */
    @JCStressTest
    @Outcome(
            id = {"1, 2", "2, 1"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @Outcome(
            id = "1, 1",
            expect = ACCEPTABLE_INTERESTING,
            desc = "both read the ladder before either climbed: the second forces nothing")
    @State
    public static class WeakStep {
        private volatile int steps;

        @Actor
        public void first(II_Result r) {
            r.r1 = step();
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = step();
        }

        private int step() {
            int next = steps + 1;
            steps = next;
            return next;
        }
    }

    /** An end that looks for requests, and then says that it is over. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "asked before the end looked, or after it was over")
    @Outcome(id = "0", expect = ACCEPTABLE_INTERESTING, desc = "asked between the look and the mark: the process stays")
    @State
    public static class WeakLookThenOver {
        private final AtomicInteger exits = new AtomicInteger();
        private volatile Runnable exit;
        private volatile boolean over;

        @Actor
        public void ask() {
            if (over) {
                exits.incrementAndGet();
            } else {
                exit = exits::incrementAndGet;
            }
        }

        @Actor
        public void end() {
            Runnable then = exit;
            over = true;
            if (then != null) {
                then.run();
            }
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = exits.get();
        }
    }

    /** A registry with one component, and the signals of a process that only notes how it would have ended. */
    abstract static class Signals implements ProcessControl {
        final CompletableFuture<Integer> exit = new CompletableFuture<>();
        final AtomicInteger exits = new AtomicInteger();
        final AtomicInteger halts = new AtomicInteger();
        final SignalShutdown signals;

        Signals() {
            WorkRegistry registry = Stressed.registry();
            registry.component("jobs");
            signals = new SignalShutdown(registry, new ShutdownLog(Stressed.isolation()), this);
        }

        @Override
        public Installed onSignal(String name, IntConsumer handler) {
            throw new AssertionError("not installed");
        }

        @Override
        public void onExit(Runnable code) {
            throw new AssertionError("not installed");
        }

        @Override
        public void exit(int code) {
            exits.incrementAndGet();
            exit.complete(code);
        }

        @Override
        public boolean isExitedBy(Thread thread) {
            return true;
        }

        @Override
        public void halt(int code) {
            halts.incrementAndGet();
        }
    }
}
