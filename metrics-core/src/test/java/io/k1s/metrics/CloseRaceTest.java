package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(300)
class CloseRaceTest {
    private static final int ROUNDS = 400;

    /** Each admitted work is either ended before quiescence or holds it up; what comes after close() is rejected. */
    @ParameterizedTest
    @EnumSource
    void whatRacesTheCloseIsRejectedOrDrainedNeverLost(Kind kind) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("whatRacesTheCloseIsRejectedOrDrainedNeverLost " + kind + " seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            WorkMetrics metrics = kind.create();
            AtomicBoolean closed = new AtomicBoolean();
            AtomicLong admitted = new AtomicLong();
            AtomicLong rejected = new AtomicLong();
            int spins = random.nextInt(200);
            long childSeed = random.nextLong();
            Threads.Task worker = () -> {
                Random own = new Random(childSeed);
                while (true) {
                    boolean closedBefore = closed.get();
                    try {
                        switch (own.nextInt(3)) {
                            case 0 -> metrics.end(metrics.begin(), Outcome.SUCCEEDED);
                            case 1 -> {
                                Work parent = metrics.startWork();
                                parent.startChild("child").succeed();
                                admitted.incrementAndGet();
                                parent.cancel();
                            }
                            default ->
                                metrics.run(
                                        "body",
                                        () -> assertThat(metrics.isQuiescent()).isFalse());
                        }
                        admitted.incrementAndGet();
                        assertThat(closedBefore)
                                .as("admitted after close returned")
                                .isFalse();
                    } catch (WorkRejectedException e) {
                        rejected.incrementAndGet();
                        return;
                    }
                }
            };
            Threads.together(worker, worker, () -> {
                for (int i = 0; i < spins; i++) {
                    Thread.onSpinWait();
                }
                metrics.close();
                closed.set(true);
            });
            assertThat(Checks.drained(metrics, admitted.get()).rejected()).isEqualTo(rejected.get());
        }
    }

    /** A work that overlaps its own nested work on other stripes: the total never falls to zero while it runs. */
    @ParameterizedTest
    @EnumSource
    void workThatHandsOverToAnotherThreadIsNeverSeenAsNothing(Kind kind) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            WorkMetrics metrics = kind.create();
            Work first = metrics.startWork();
            metrics.close();
            Threads.together(
                    () -> {
                        Work current = first;
                        for (int i = 0; i < 20; i++) {
                            Work next = current.startChild("next");
                            current.succeed();
                            current = next;
                            assertThat(metrics.isQuiescent()).isFalse();
                        }
                        current.succeed();
                    },
                    () -> {
                        while (!metrics.awaitQuiescence(java.time.Duration.ZERO)) {
                            Thread.onSpinWait();
                        }
                        assertThat(first.isEnded()).isTrue();
                        assertThat(metrics.snapshot().operations()).isEqualTo(21);
                    });
            Checks.drained(metrics, 21);
        }
    }

    /** The last event before quiescence is a rejection: the works have ended, and only the undone start is left. */
    @ParameterizedTest
    @EnumSource
    void rejectionThatIsTheLastEventWakesTheDrainer(Kind kind) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            WorkMetrics metrics = kind.create();
            Threads.Task starter = () -> {
                try {
                    metrics.end(metrics.begin(), Outcome.SUCCEEDED);
                } catch (WorkRejectedException e) {
                    // the case in question
                }
            };
            Threads.together(starter, starter, metrics::close);
            Checks.drained(metrics);
        }
    }

    @ParameterizedTest
    @EnumSource
    void concurrentClosesReturnOnlyWhenTheGateIsShut(Kind kind) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            WorkMetrics metrics = kind.create();
            Threads.Task close = () -> {
                metrics.close();
                try {
                    metrics.begin();
                    throw new AssertionError("admitted after close returned");
                } catch (WorkRejectedException e) {
                    assertThat(metrics.isClosed()).isTrue();
                }
            };
            Threads.together(close, close, () -> {
                metrics.closeNow();
                close.run();
            });
            Checks.drained(metrics, 0);
        }
    }

    /** Also while the call that closes has not returned yet. */
    @ParameterizedTest
    @EnumSource
    void whoSeesItClosedIsRejected(Kind kind) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            WorkMetrics metrics = kind.create();
            Threads.together(metrics::close, () -> {
                while (!metrics.isClosed()) {
                    Thread.onSpinWait();
                }
                assertThatThrownBy(metrics::begin).isInstanceOf(WorkRejectedException.class);
                assertThatThrownBy(() -> metrics.startWatch("watch")).isInstanceOf(WorkRejectedException.class);
            });
            Checks.drained(metrics, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void childThatRacesItsParentsEndIsRefusedOrDrained(Kind kind) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            WorkMetrics metrics = kind.create();
            Work parent = metrics.startWork();
            metrics.close();
            AtomicLong children = new AtomicLong();
            Threads.together(parent::succeed, () -> {
                try {
                    Work child = parent.startChild("child");
                    children.incrementAndGet();
                    assertThat(metrics.isQuiescent()).isFalse();
                    child.succeed();
                } catch (WorkRejectedException e) {
                    assertThat(parent.isEnded()).isTrue();
                }
            });
            Checks.drained(metrics, 1 + children.get());
        }
    }

    @ParameterizedTest
    @EnumSource
    void childThatRacesCloseNowIsRefusedOrDrained(Kind kind) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            WorkMetrics metrics = kind.create();
            Work parent = metrics.startWork();
            AtomicBoolean sealed = new AtomicBoolean();
            Threads.together(
                    () -> {
                        metrics.closeNow();
                        sealed.set(true);
                    },
                    () -> {
                        boolean sealedBefore = sealed.get();
                        try {
                            long child = metrics.beginChild(parent);
                            assertThat(sealedBefore).isFalse();
                            metrics.end(child, Outcome.SUCCEEDED);
                        } catch (WorkRejectedException e) {
                            assertThat(e.reason()).isEqualTo(WorkRejectedException.Reason.CLOSED);
                        }
                        parent.succeed();
                    });
            Checks.drained(metrics);
        }
    }
}
