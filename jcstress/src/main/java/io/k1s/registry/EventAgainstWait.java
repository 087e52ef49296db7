package io.k1s.registry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The sequence's thread waits for something that happens just then. First result: it was woken, or needed not be. */
final class EventAgainstWait {
    private EventAgainstWait() {}

    /** Who waits asks to be told before it looks, so what it does not see will tell it. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "done before the look, or told after who waits had asked for it")
    @Outcome(id = "0", expect = FORBIDDEN, desc = "done after the look, and told nobody: never woken")
    @State
    public static class Model extends Waiting {
        @Actor
        public void happen() {
            doneThenTell();
        }

        @Actor
        public void await() {
            asked = true;
            seen = done;
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = seen || told ? 1 : 0;
        }
    }

    /** Second result: it saw the effect. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "done before the wait, or woken out of it")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "done between the look and the park: never woken")
    @Outcome(expect = FORBIDDEN, desc = "woken before the effect was visible")
    @State
    public static class Queue {
        private final EventQueue events = new EventQueue();
        private final CompletableFuture<Void> future = new CompletableFuture<>();
        private final long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        private int effect;

        @Actor
        public void happen() {
            effect = 1;
            future.complete(null);
        }

        @Actor
        public void await(II_Result r) {
            // At its deadline it looks once more, and so finds what it was not woken for.
            r.r1 = events.await(future, () -> deadlineNanos) && System.nanoTime() < deadlineNanos ? 1 : 0;
            r.r2 = r.r1 == 1 ? effect : 0;
        }
    }

    /** Looks whether it is done, and then asks to be told. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "done before the look, or told after who waits had asked for it")
    @Outcome(
            id = "0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "done, and told nobody, between the look and the asking: never woken")
    @State
    public static class WeakLookThenAsk extends Waiting {
        @Actor
        public void happen() {
            doneThenTell();
        }

        @Actor
        public void await() {
            seen = done;
            asked = true;
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = seen || told ? 1 : 0;
        }
    }

    /** What happens, and who waits for it. */
    abstract static class Waiting {
        volatile boolean done;
        volatile boolean asked;
        boolean seen;
        boolean told;

        final void doneThenTell() {
            done = true;
            told = asked;
        }
    }
}
