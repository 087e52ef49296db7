package io.k1s.registry;

import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.blockForEver;
import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.component;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Work whose own thread called {@code System.exit}: the shutdown must not wait for what waits for it. */
class ExitingWorkTest {
    private final WorkRegistry registry = Registries.with(
            ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).progressInterval(Duration.ofMillis(10)));
    private final WorkMetrics jobs = registry.component("jobs");
    private final FakeProcess process = new FakeProcess();

    /** A thread that can pretend to sit in System.exit. */
    private static final class Exiting extends Thread {
        volatile boolean exiting;
        final AtomicInteger looks = new AtomicInteger();

        Exiting(Runnable code) {
            super(code);
            setDaemon(true);
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            looks.incrementAndGet();
            return new StackTraceElement[] {
                new StackTraceElement("java.lang.Runtime", exiting ? "exit" : "gc", "Runtime.java", 1),
                new StackTraceElement("exit", "exit", "Exit.java", 1)
            };
        }
    }

    private Exiting startWork() {
        CountDownLatch running = new CountDownLatch(1);
        Exiting thread = new Exiting(() -> jobs.run("calls exit", () -> {
            running.countDown();
            blockForEver();
        }));
        thread.start();
        await(running);
        return thread;
    }

    private CompletableFuture<Void> exit() {
        registry.shutdownOnSignals(process);
        return async(() -> {
            process.exitHook.run();
            return null;
        });
    }

    @Test
    void whoIsFoundAgainWhileItIsGivenUpIsNotListedTwice() {
        Exiting thread = startWork();
        ComponentRun run = new ComponentRun(Tracked.of(jobs, ComponentOptions.defaults()), java.util.Set.of());
        Work work = jobs.activeWork().get(0);
        run.abandon(work);
        assertThat(work.isEnded()).isTrue();
        run.abandon(work);
        assertThat(thread.looks).hasValue(1);
    }

    @Test
    void itIsGivenUpAtOnceAndReported() {
        startWork().exiting = true;

        get(exit());

        ShutdownReport report = get(registry.terminated());
        assertThat(report.isComplete()).isTrue();
        assertThat(component(report, "jobs").abandoned())
                .singleElement()
                .hasFieldOrPropertyWithValue("description", "calls exit");
        assertThat(component(report, "jobs").ledger().orElseThrow().cancelled()).isEqualTo(1);
        assertThat(process.halted).isNotDone();
    }

    @Test
    void itIsGivenUpAlsoWhenItsThreadExitsLater() {
        Exiting thread = startWork();
        CompletableFuture<Void> hook = exit();
        // More often than who is given up is looked at.
        until(() -> thread.looks.get() > 3);
        assertThat(hook).isNotDone();

        thread.exiting = true;

        get(hook);
        assertThat(component(get(registry.terminated()), "jobs").abandoned()).hasSize(1);
    }

    @Test
    void aThreadThatThrowsAtWhoLooksAtItDoesNotStopTheShutdown() {
        assertDoesNotStopTheShutdown(() -> {
            throw new StackOverflowError("hostile");
        });
    }

    @Test
    void aThreadThatBlocksWhoLooksAtItDoesNotStopTheShutdown() {
        assertDoesNotStopTheShutdown(Registries::blockForEver);
    }

    private void assertDoesNotStopTheShutdown(Runnable look) {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch looked = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Thread hostile =
                new Thread(() -> jobs.run("ends", () -> {
                    running.countDown();
                    await(over);
                })) {
                    @Override
                    public StackTraceElement[] getStackTrace() {
                        looked.countDown();
                        look.run();
                        return new StackTraceElement[0];
                    }
                };
        hostile.setDaemon(true);
        hostile.start();
        await(running);

        CompletableFuture<Void> hook = exit();
        await(looked);
        over.countDown();

        get(hook);
        assertThat(get(registry.terminated()).isComplete()).isTrue();
        assertThat(process.halted).isNotDone();
    }

    @Test
    void itIsNotLookedForWhileTheJvmGoesOn() {
        Exiting thread = startWork();
        thread.exiting = true;
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(jobs::isClosed);

        assertThat(report).isNotDone();
        registry.shutdownNow();

        assertThat(component(get(report), "jobs").abandoned()).isEmpty();
    }

    @Test
    void workThatMayEndOnAnyThreadIsNotGivenUp() {
        CompletableFuture<Work> started = new CompletableFuture<>();
        Exiting thread = new Exiting(() -> {
            started.complete(jobs.startWork("asynchronous"));
            blockForEver();
        });
        thread.exiting = true;
        thread.start();
        Work work = get(started);
        CompletableFuture<Void> hook = exit();
        until(jobs::isClosed);

        assertThat(hook).isNotDone();
        work.succeed();

        get(hook);
        assertThat(component(get(registry.terminated()), "jobs").abandoned()).isEmpty();
    }

    @Test
    void workThatEndedMeanwhileIsNotCalledAbandoned() {
        Work work = jobs.startWork("ended");
        work.succeed();
        ComponentRun run = new ComponentRun(Tracked.of(jobs, ComponentOptions.defaults()), java.util.Set.of());
        run.markStopping(CompletableFuture.completedFuture(null));

        run.abandon(work);

        assertThat(run.report(java.util.List.of(), java.util.List.of()).abandoned())
                .isEmpty();
    }
}
