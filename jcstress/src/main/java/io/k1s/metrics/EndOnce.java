package io.k1s.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** Two threads end one token: one of them does, the other is counted; the component drains. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(
        id = {"1, 0, 1, 1", "0, 1, 1, 1"},
        expect = ACCEPTABLE,
        desc = "one ended it, the other was counted")
@org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "ended twice, or not at all")
@State
public class EndOnce {
    private final WorkMetrics metrics = Stripes.metrics(Stripes.shared());
    private final long before = metrics.snapshot().ended();
    private final Work work = metrics.startWork();

    public EndOnce() {
        metrics.close();
    }

    @Actor
    public void succeed(IIII_Result r) {
        r.r1 = work.succeed() ? 1 : 0;
    }

    @Actor
    public void fail(IIII_Result r) {
        r.r2 = work.fail() ? 1 : 0;
    }

    @Arbiter
    public void after(IIII_Result r) {
        WorkSnapshot s = metrics.snapshot();
        r.r3 = (int) s.repeatedEnds();
        r.r4 = s.ended() - before == 1 && metrics.isQuiescent() ? 1 : 0;
    }
}
