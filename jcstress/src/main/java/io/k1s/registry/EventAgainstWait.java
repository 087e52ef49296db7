package io.k1s.registry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The sequence's thread waits for something that happens just then. First result: it was woken. Second: it saw the effect. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "done before the wait, or woken out of it")
@Outcome(id = "0, 0", expect = FORBIDDEN, desc = "done between the look and the park: never woken")
@Outcome(expect = FORBIDDEN, desc = "woken before the effect was visible")
@State
public class EventAgainstWait {
    private final EventQueue events = new EventQueue();
    private final CompletableFuture<Void> future = new CompletableFuture<>();
    private final long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    private int effect;

    @Actor
    public void happen() {
        effect = 1;
        future.complete(null);
    }

    @Actor
    public void await(II_Result r) {
        r.r1 = events.await(future, () -> deadlineNanos) ? 1 : 0;
        r.r2 = r.r1 == 1 ? effect : 0;
    }
}
