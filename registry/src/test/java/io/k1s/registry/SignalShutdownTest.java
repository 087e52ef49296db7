package io.k1s.registry;

import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.blockForEver;
import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.testing.Patience;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The ladder of signals, the exit codes and the watchdog, on a process that cannot end. */
class SignalShutdownTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final FakeProcess process = new FakeProcess();

    private SignalShutdown install(WorkRegistry registry) {
        return SignalShutdown.install(registry, new ShutdownLog(new Isolation()), process);
    }

    @Test
    void theFirstSignalShutsDownAndExitsWithZero() {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs");
        registry.shutdownOnSignals(process);

        process.handlers.get("TERM").accept(15);

        assertThat(get(process.exited)).isZero();
        assertThat(get(registry.terminated()).reason()).isEqualTo("SIGTERM");
        assertThat(process.halted).isNotDone();
    }

    @Test
    void aCompleteShutdownCanExitAsTheSignalWould() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().signalExitCode(true));

        install(registry).onSignal("INT", 2, 0);

        assertThat(get(process.exited)).isEqualTo(130);
    }

    @Test
    void aCloseThatFailsExitsWith70() {
        WorkRegistry registry = Registries.patient();
        registry.component("storage", ComponentOptions.defaults().closing(() -> {
            throw new java.io.IOException("cannot close");
        }));

        install(registry).onSignal("TERM", 15, 0);

        assertThat(get(process.exited)).isEqualTo(70);
    }

    @Test
    void theHardDeadlineExitsWith75() {
        WorkRegistry registry = Registries.brief();
        registry.component("jobs").startWork("stuck");

        install(registry).onSignal("TERM", 15, 0);

        assertThat(get(process.exited)).isEqualTo(75);
    }

    @Test
    void theSecondSignalForcesTheEndAndExitsWith75() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        jobs.startWork("stuck");
        SignalShutdown signals = install(registry);

        signals.onSignal("TERM", 15, 0);
        until(jobs::isClosed);
        signals.onSignal("TERM", 15, SECOND);

        assertThat(get(process.exited)).isEqualTo(75);
        assertThat(get(registry.terminated()).outcome()).isEqualTo(ShutdownReport.Outcome.FORCED);
        assertThat(process.halted).isNotDone();
    }

    @Test
    void aSignalThatIsDeliveredTwiceCountsOnce() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        Work job = jobs.startWork("job");
        SignalShutdown signals = install(registry);

        signals.onSignal("INT", 2, 0);
        until(jobs::isClosed);
        signals.onSignal("INT", 2, SECOND - 1);
        job.succeed();

        assertThat(get(process.exited)).isZero();
    }

    @Test
    void theThirdSignalHaltsWithItsNumber() {
        WorkRegistry registry = Registries.patient();
        registry.component("stuck", ComponentOptions.defaults().closing(Registries::blockForEver));
        SignalShutdown signals = install(registry);

        signals.onSignal("TERM", 15, 0);
        signals.onSignal("TERM", 15, SECOND);
        signals.onSignal("TERM", 15, 2 * SECOND - 1);
        assertThat(process.halted).isNotDone();
        signals.onSignal("HUP", 1, 2 * SECOND);

        assertThat(process.halted).isCompletedWithValue(129);
    }

    @Test
    void theLadderSurvivesTheOverflowOfTheClock() {
        WorkRegistry registry = Registries.patient();
        registry.component("jobs").startWork("stuck");
        SignalShutdown signals = install(registry);

        signals.onSignal("TERM", 15, Long.MAX_VALUE);
        signals.onSignal("TERM", 15, Long.MIN_VALUE);
        signals.onSignal("TERM", 15, Long.MIN_VALUE + SECOND);

        assertThat(get(process.exited)).isEqualTo(75);
        assertThat(process.halted).isNotDone();
    }

    @Test
    void aSignalAfterAShutdownByTheProgramExitsWithItsResult() {
        WorkRegistry registry = Registries.brief();
        registry.component("jobs").startWork("stuck");
        SignalShutdown signals = install(registry);
        CompletableFuture<Void> over = new CompletableFuture<>();
        registry.exitAfterTermination(() -> over.complete(null));
        shutDown(registry);
        get(over);

        signals.onSignal("TERM", 15, 0);

        assertThat(process.exited).isCompletedWithValue(75);
    }

    /** The exit itself can hang, in somebody else's hook, also when the shutdown was over long ago. */
    @Test
    void theWatchdogIsArmedBeforeTheExit() {
        WorkRegistry registry = Registries.with(Registries.brevity());
        SignalShutdown signals = install(registry);
        CompletableFuture<Void> over = new CompletableFuture<>();
        registry.exitAfterTermination(() -> over.complete(null));
        shutDown(registry);
        get(over);
        process.otherHooks = Registries::blockForEver;

        async(() -> {
            signals.onSignal("TERM", 15, 0);
            return null;
        });

        assertThat(get(process.halted)).isEqualTo(76);
    }

    @Test
    void theWatchdogHaltsASecondAfterTheHardDeadlineWhenAnotherHookHangs() {
        WorkRegistry registry = Registries.brief();
        process.otherHooks = Registries::blockForEver;
        long start = System.nanoTime();

        install(registry).onSignal("TERM", 15, 0);

        assertThat(get(process.halted)).isEqualTo(76);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(1500), Duration.ofMillis(4000));
    }

    @Test
    void theWatchdogHaltsAnExitByTheProgramThatAnotherHookHoldsUp() {
        WorkRegistry registry = Registries.brief();
        install(registry);

        process.exitHook.run();

        assertThat(get(registry.terminated()).isComplete()).isTrue();
        assertThat(get(process.halted)).isEqualTo(76);
    }

    @Test
    void anExitAfterAShutdownThatWasOverLongAgoHasTimeForTheOtherHooks() {
        WorkRegistry registry = Registries.with(ShutdownConfig.builder().gracefulTimeout(Duration.ofSeconds(1)));
        install(registry);
        shutDown(registry);
        until(() -> registry.timeLeft().isZero());
        long start = System.nanoTime();

        process.exitHook.run();

        assertThat(get(process.halted)).isEqualTo(76);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1900));
    }

    @Test
    void anExitByTheProgramThatOvertakesOursAfterTheHardDeadlineEndsWith75() {
        WorkRegistry registry = Registries.brief();
        registry.component("jobs").startWork("stuck");
        process.overtaken = true;
        install(registry).onSignal("TERM", 15, 0);
        assertThat(get(process.exited)).isEqualTo(75);

        process.exitHook.run();

        assertThat(process.halted).isCompletedWithValue(75);
    }

    @Test
    void anErrorWhileASignalBeginsTheShutdownDoesNotKeepTheProcess() {
        WorkRegistry registry = Registries.failing(Thread.currentThread().getName(), 1, ShutdownConfig.builder());
        registry.component("jobs");
        SignalShutdown signals = install(registry);

        assertThatThrownBy(() -> signals.onSignal("TERM", 15, 0)).isInstanceOf(StackOverflowError.class);

        assertThat(get(process.exited)).isZero();
    }

    @Test
    void anErrorWhileAnExitBeginsTheShutdownDoesNotEndTheProcessBeforeIt() {
        WorkRegistry registry = Registries.failing(Thread.currentThread().getName(), 1, ShutdownConfig.builder());
        registry.component("jobs");
        install(registry);

        assertThatThrownBy(process.exitHook::run).isInstanceOf(StackOverflowError.class);

        assertThat(registry.state()).isEqualTo(ShutdownState.TERMINATED);
    }

    @Test
    void anExitByTheProgramIsDrainedAndItsCodeStands() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        Work job = jobs.startWork("job");
        install(registry);
        CompletableFuture<Void> hook = async(() -> {
            process.exitHook.run();
            return null;
        });
        until(jobs::isClosed);

        assertThat(hook).isNotDone();
        job.succeed();

        get(hook);
        assertThat(process.halted).isNotDone();
        assertThat(get(registry.terminated()).reason()).isEqualTo("System.exit");
    }

    @Test
    void anExitByTheProgramHaltsWith75AfterTheHardDeadline() {
        WorkRegistry registry = Registries.told();
        registry.component("jobs").startWork("stuck");
        install(registry);

        process.exitHook.run();

        assertThat(process.halted).isCompletedWithValue(75);
    }

    @Test
    void anExitByTheProgramThatASignalJoinsHaltsWith75AfterTheHardDeadline() {
        WorkRegistry registry = Registries.told();
        WorkMetrics jobs = registry.component("jobs");
        jobs.startWork("stuck");
        SignalShutdown signals = install(registry);
        Runnable hook = process.exitHook;
        process.exitHook = () -> {};
        CompletableFuture<Void> exiting = async(() -> {
            hook.run();
            return null;
        });
        until(jobs::isClosed);

        signals.onSignal("TERM", 15, 0);

        get(exiting);
        assertThat(get(process.halted)).isEqualTo(75);
    }

    @Test
    void anExitWaitsALittleForTheCallbacksOfTheReport() {
        WorkRegistry registry = Registries.patient();
        install(registry);
        CompletableFuture<String> written = new CompletableFuture<>();
        registry.terminated().thenAccept(report -> written.complete(report.describe()));
        registry.terminated().thenAccept(report -> blockForEver());

        process.exitHook.run();

        assertThat(written).isCompleted();
        assertThat(process.halted).isNotDone();
    }

    @Test
    void aShutdownThatFailsItselfExitsWith70() {
        WorkRegistry registry = Registries.failing(1, ShutdownConfig.builder());
        registry.component("jobs").startWork("stuck");

        install(registry).onSignal("TERM", 15, 0);

        assertThat(get(process.exited)).isEqualTo(70);
        assertThat(registry.state()).isEqualTo(ShutdownState.TERMINATED);
        assertThat(registry.terminated()).isCompletedExceptionally();
    }

    /** Neither the log nor the file can be written: nothing can be started elsewhere. */
    @Test
    void aShutdownThatFailsItselfAndCannotSayItTellsTheCallersAndExits() {
        WorkRegistry registry = Registries.failing(3, ShutdownConfig.builder());
        CompletableFuture<ShutdownReport> waiting = registry.terminated();

        install(registry).onSignal("TERM", 15, 0);

        assertThat(get(process.exited)).isEqualTo(70);
        assertThat(waiting).failsWithin(Duration.ofSeconds(Patience.SECONDS));
        assertThat(registry.state()).isEqualTo(ShutdownState.TERMINATED);
    }

    @Test
    void installingTwiceChangesNothing() {
        WorkRegistry registry = Registries.patient();
        registry.shutdownOnSignals(process);
        Runnable first = process.exitHook;

        registry.shutdownOnSignals(process);

        assertThat(process.exitHook).isSameAs(first);
    }

    /** One test: the process is that of all tests. */
    @Test
    void onlyOneRegistryHandlesTheSignalsOfAProcessUnlessItFailedTo() {
        WorkRegistry failing = Registries.failing(
                Thread.currentThread().getName(), 1, ShutdownConfig.builder().platformGrace(Duration.ofSeconds(1)));
        assertThatThrownBy(failing::shutdownOnSignals).isInstanceOf(StackOverflowError.class);
        WorkRegistry.create().shutdownOnSignals();
        WorkRegistry second = WorkRegistry.create();

        assertThatThrownBy(second::shutdownOnSignals)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use one registry");
    }

    @Test
    void inAJvmThatIsExitingAlreadyNoWorkBegins() {
        WorkRegistry registry = Registries.patient();
        WorkMetrics jobs = registry.component("jobs");
        process.beforeHook = () -> {
            throw new IllegalStateException("Shutdown in progress");
        };

        registry.shutdownOnSignals(process);

        assertThat(get(registry.terminated()).reason()).isEqualTo("System.exit");
        assertThatThrownBy(() -> jobs.startWork("late")).isInstanceOf(WorkRejectedException.class);
    }

    @Test
    void aSignalBeforeTheExitHookIsThereShutsDownAsAnyOther() {
        WorkRegistry registry = Registries.patient();
        process.beforeHook = () -> process.handlers.get("TERM").accept(15);

        registry.shutdownOnSignals(process);

        assertThat(get(process.exited)).isZero();
        assertThat(get(registry.terminated()).reason()).isEqualTo("SIGTERM");
    }

    /** Whoever installs a handler after us is given ours, and may print it. */
    @Test
    void lookingAtTheInstalledHandlerDoesNotStartAShutdown() throws Exception {
        CompletableFuture<Integer> signalled = new CompletableFuture<>();
        assertThat(JvmProcess.INSTANCE.onSignal("USR2", signalled::complete)).isEqualTo(ProcessControl.Installed.YES);
        sun.misc.Signal signal = new sun.misc.Signal("USR2");

        sun.misc.SignalHandler ours = sun.misc.Signal.handle(signal, sun.misc.SignalHandler.SIG_DFL);

        assertThat(ours.toString()).isEqualTo("k1s handler of SIGUSR2");
        assertThat(ours.hashCode()).isEqualTo(System.identityHashCode(ours));
        assertThat(ours.equals(ours)).isTrue();
        assertThat(signalled).isNotDone();
        ours.handle(signal);
        assertThat(signalled).isCompletedWithValue(signal.getNumber());
    }

    @Test
    void anUnknownSignalIsUnavailable() {
        assertThat(JvmProcess.INSTANCE.onSignal("NOSUCH", number -> {}))
                .isEqualTo(ProcessControl.Installed.UNAVAILABLE);
    }
}
