package io.k1s.registry;

import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private final FakeProcess process = new FakeProcess();
    private final List<Thread> earlier = Registries.threads("k1s-watchdog");
    private final Watchdog watchdog = new Watchdog(process);

    private Thread start() {
        watchdog.start();
        return Registries.newThread("k1s-watchdog", earlier);
    }

    @Test
    void anInterruptBeforeItIsArmedDoesNotMakeItSpin() {
        Thread thread = start();

        thread.interrupt();

        until(() -> !thread.isInterrupted() && thread.getState() == Thread.State.WAITING);
        watchdog.arm(System.nanoTime() - Duration.ofSeconds(1).toNanos());
        assertThat(get(process.halted)).isEqualTo(Watchdog.EXIT_CODE);
    }

    @Test
    void aProcessThatWasStoppedAcrossItsDeadlineHasAllOfTheSecondAfterwards() {
        start();
        long goesOn = System.nanoTime();

        watchdog.arm(goesOn - Duration.ofMillis(1_400).toNanos());

        get(process.halted);
        assertThat(Duration.ofNanos(System.nanoTime() - goesOn)).isGreaterThanOrEqualTo(Watchdog.GRACE);
    }

    @Test
    void anInterruptOfItsWaitDoesNotMakeItSpin() {
        Thread thread = start();
        watchdog.arm(System.nanoTime() + Duration.ofMinutes(10).toNanos());
        until(() -> thread.getState() == Thread.State.TIMED_WAITING);

        thread.interrupt();

        until(() -> !thread.isInterrupted() && thread.getState() == Thread.State.TIMED_WAITING);
        assertThat(process.halted).isNotDone();
    }
}
