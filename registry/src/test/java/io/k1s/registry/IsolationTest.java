package io.k1s.registry;

import static io.k1s.testing.Patience.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class IsolationTest {
    private final Isolation isolation = new Isolation();

    @Test
    void codeThatBlocksBlocksNothingElse() {
        var unused = isolation.start(Registries::blockForEver);

        get(isolation.start(() -> {}));
    }

    @Test
    void theFutureCarriesWhatTheCodeThrew() {
        assertThat(isolation.start(() -> {
                    throw new StackOverflowError("thrown");
                }))
                .failsWithin(Duration.ofSeconds(20))
                .withThrowableThat()
                .withCauseInstanceOf(StackOverflowError.class);
    }

    @Test
    void codeRunsOnDaemons() {
        CompletableFuture<Boolean> daemon = new CompletableFuture<>();

        var unused =
                isolation.start(() -> daemon.complete(Thread.currentThread().isDaemon()));

        assertThat(get(daemon)).isTrue();
    }

    @Test
    void withoutThreadsTheCallerRunsTheCode() {
        CompletableFuture<Thread> ran = new CompletableFuture<>();

        var unused = Isolation.start(
                code -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                () -> ran.complete(Thread.currentThread()));

        assertThat(ran).isCompletedWithValue(Thread.currentThread());
    }

    @Test
    void aLaneRunsOneAfterTheOther() {
        Isolation.Serial lane = isolation.serial();
        List<Integer> order = new ArrayList<>();

        for (int i = 0; i < 100; i++) {
            int number = i;
            lane.start(() -> order.add(number));
        }
        lane.flush(Duration.ofSeconds(20));

        assertThat(order).hasSize(100).isSorted();
    }

    @Test
    void anInterruptDoesNotEndAFlushAndIsKept() {
        Isolation.Serial lane = isolation.serial();
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Void> said = new CompletableFuture<>();
        lane.start(() -> {
            Patience.await(goOn);
            said.complete(null);
        });
        CompletableFuture<Thread> flushing = new CompletableFuture<>();
        CompletableFuture<Boolean> flushed = Registries.async(() -> {
            flushing.complete(Thread.currentThread());
            Thread.currentThread().interrupt();
            lane.flush(Duration.ofMinutes(10));
            assertThat(said).isDone();
            return Thread.interrupted();
        });
        Registries.awaitStanding(get(flushing));
        goOn.countDown();

        assertThat(get(flushed)).isTrue();
    }

    @Test
    void timesAreComparedAcrossTheOverflowOfTheClock() {
        assertThat(EventQueue.earlier(Long.MAX_VALUE, Long.MIN_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(EventQueue.earlier(Long.MIN_VALUE, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(EventQueue.earlier(1, 2)).isEqualTo(1);
    }

    @Test
    void aQueueOfEventsKeepsTheInterruptForTheEnd() {
        EventQueue events = new EventQueue();
        Thread.currentThread().interrupt();

        events.handle(1_000_000);

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        events.restoreInterrupt();
        assertThat(Thread.interrupted()).isTrue();
    }
}
