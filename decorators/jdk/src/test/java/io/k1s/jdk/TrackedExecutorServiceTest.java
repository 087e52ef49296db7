package io.k1s.jdk;

import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.component;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.k1s.metrics.WorkRejectedException;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.testing.Patience;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
final class TrackedExecutorServiceTest {
    private final WorkRegistry registry = Patience.patient();
    private final ExecutorService pool = Executors.newFixedThreadPool(1);
    private final TrackedExecutorService executor = TrackedExecutorService.register(registry, "tasks", pool);
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void endThreads() {
        release.countDown();
        pool.shutdownNow();
    }

    /** Occupies the only thread until {@link #release}. */
    private Future<?> occupy() {
        CountDownLatch started = new CountDownLatch(1);
        Future<?> occupant = executor.submit(() -> {
            started.countDown();
            await(release);
        });
        await(started);
        return occupant;
    }

    private WorkSnapshot ledger() {
        WorkSnapshot ledger = executor.metrics().snapshot();
        assertThat(ledger.totalStarted())
                .isEqualTo(ledger.operations() + ledger.errors() + ledger.cancelled() + ledger.inFlight());
        return ledger;
    }

    @Test
    void queuedTasksAreAdmittedWorkAndRunBeforeTheExecutorIsShutDown() {
        occupy();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 10; i++) {
            executor.execute(ran::incrementAndGet);
        }
        assertThat(ledger().inFlight()).isEqualTo(11);
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(executor::isShutdown);
        assertThat(pool.isShutdown()).isFalse();
        release.countDown();

        assertThat(get(report).isComplete()).isTrue();
        assertThat(ran).hasValue(10);
        assertThat(pool.isTerminated()).isTrue();
        assertThat(executor.isTerminated()).isTrue();
        assertThat(component(get(report), "tasks").ledger().orElseThrow().operations())
                .isEqualTo(11);
    }

    @Test
    void aTaskAfterTheCloseIsRefusedWithItsReasonAndCounted() {
        executor.shutdown();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> executor.submit(() -> 1))
                .isInstanceOfSatisfying(WorkRejectedException.class, rejection -> {
                    assertThat(rejection.component()).isEqualTo("tasks");
                    assertThat(rejection.reason()).isEqualTo(WorkRejectedException.Reason.CLOSED);
                });
        assertThat(ledger().rejected()).isEqualTo(1);
    }

    @Test
    void theLimitCountsQueuedTasks() {
        TrackedExecutorService limited = TrackedExecutorService.register(
                registry,
                "limited",
                Executors.newFixedThreadPool(1),
                ComponentOptions.defaults().maxConcurrentOps(2));
        limited.execute(() -> await(release));
        limited.execute(() -> {});
        assertThatExceptionOfType(WorkRejectedException.class).isThrownBy(() -> limited.execute(() -> {}));
        release.countDown();
        limited.close();
    }

    @Test
    void aTaskSubmittedByATaskDuringTheDrainIsAPartOfIt() {
        AtomicReference<Future<String>> part = new AtomicReference<>();
        Future<?> whole = executor.submit(() -> {
            await(release);
            part.set(executor.submit(() -> "part"));
        });
        executor.shutdown();
        release.countDown();
        get(whole);
        assertThat(get(part.get())).isEqualTo("part");
        assertThat(ledger().operations()).isEqualTo(2);
    }

    @Test
    void aStageThatFollowsATaskIsAPartOfIt() {
        CompletableFuture<Integer> chain = CompletableFuture.supplyAsync(
                        () -> {
                            await(release);
                            return 1;
                        },
                        executor)
                .thenApplyAsync(one -> one + 1, executor)
                .thenApplyAsync(two -> two + 1, executor);
        executor.shutdown();
        release.countDown();
        assertThat(get(chain)).isEqualTo(3);
        until(executor::isTerminated);
        assertThat(ledger().operations()).isEqualTo(3);
    }

    @Test
    void aCancelledFutureIsCancelledWorkWhenQueued() {
        occupy();
        Future<?> queued = executor.submit(() -> {});
        assertThat(queued.cancel(false)).isTrue();
        assertThat(ledger().cancelled()).isEqualTo(1);
        assertThat(ledger().inFlight()).isEqualTo(1);
    }

    @Test
    void aCancelledFutureIsInFlightUntilItsTaskHasLeftTheThread() {
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        Future<?> running = executor.submit(() -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                await(release);
            }
        });
        await(started);
        running.cancel(true);
        await(interrupted);
        assertThat(running.isDone()).isTrue();
        assertThat(ledger().inFlight()).isEqualTo(1);
        release.countDown();
        executor.close();
        assertThat(ledger().cancelled()).isEqualTo(1);
    }

    @Test
    void aFailedTaskIsAnErrorAndItsFutureFails() {
        IllegalStateException failure = new IllegalStateException("no");
        Future<?> failed = executor.submit(() -> {
            throw failure;
        });
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(failed::get)
                .withCause(failure);
        assertThat(ledger().errors()).isEqualTo(1);
        assertThat(ledger().inFlight()).isZero();
    }

    @Test
    void whatACommandThrowsReachesTheThreadThatRanIt() {
        CompletableFuture<Throwable> uncaught = new CompletableFuture<>();
        TrackedExecutorService loud = loud(uncaught);
        IllegalStateException failure = new IllegalStateException("no");
        loud.execute(() -> {
            throw failure;
        });
        assertThat(get(uncaught)).isSameAs(failure);
        loud.close();
        assertThat(loud.metrics().snapshot().errors()).isEqualTo(1);
    }

    /** With one thread, which tells what it ended with. */
    private TrackedExecutorService loud(CompletableFuture<Throwable> uncaught) {
        return TrackedExecutorService.register(registry, "loud", Executors.newSingleThreadExecutor(code -> {
            Thread thread = new Thread(code);
            thread.setUncaughtExceptionHandler((t, error) -> uncaught.complete(error));
            return thread;
        }));
    }

    @Test
    void anErrorBeforeTheBodyReachesTheThreadAndTheFuture() throws Exception {
        CompletableFuture<Throwable> uncaught = new CompletableFuture<>();
        TrackedExecutorService loud = loud(uncaught);
        Error error = new InternalError("no memory to note what runs here");
        failOnEntering(loud, error);
        AtomicBoolean ran = new AtomicBoolean();
        Future<?> future = loud.submit(() -> ran.set(true));
        assertThat(get(uncaught)).isSameAs(error);
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> future.get(Patience.SECONDS, TimeUnit.SECONDS))
                .satisfies(failure -> assertThat(failure.getCause()).isSameAs(error));
        assertThat(ran).isFalse();
        WorkSnapshot ledger = loud.metrics().snapshot();
        assertThat(ledger.totalStarted()).isEqualTo(1);
        assertThat(ledger.errors()).isEqualTo(1);
        assertThat(ledger.repeatedEnds()).isZero();
        assertThat(ledger.inFlight()).isZero();
        loud.close();
    }

    /** Between the start of a task and its body an executor notes what the thread runs, and calls nobody's code. */
    @SuppressWarnings("ThreadLocalUsage")
    private static void failOnEntering(TrackedExecutorService tasks, Error error) throws ReflectiveOperationException {
        Field current = TrackedExecutorService.class.getDeclaredField("current");
        current.setAccessible(true);
        current.set(tasks, new ThreadLocal<TrackedTask<?>>() {
            @Override
            public void set(TrackedTask<?> task) {
                throw error;
            }
        });
    }

    @Test
    void aFutureHasEndedItsWorkWhenItCompletes() {
        for (int i = 0; i < 1000; i++) {
            get(executor.submit(() -> {}));
            assertThat(ledger().inFlight()).isZero();
        }
    }

    @Test
    void invokeAllIsTrackedTaskByTask() throws Exception {
        List<Future<Integer>> results = executor.invokeAll(List.of(() -> 1, () -> 2, () -> 3));
        assertThat(results).extracting(Patience::get).containsExactly(1, 2, 3);
        assertThat(ledger().operations()).isEqualTo(3);
    }

    @Test
    void invokeAnyCountsTheLosersAsWhatTheyAre() throws Exception {
        TrackedExecutorService two = TrackedExecutorService.register(registry, "two", Executors.newFixedThreadPool(2));
        CountDownLatch started = new CountDownLatch(1);
        String winner = two.invokeAny(List.of(
                () -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                    return "blocked for ever";
                },
                () -> {
                    await(started);
                    return "winner";
                }));
        assertThat(winner).isEqualTo("winner");
        two.close();
        WorkSnapshot ledger = two.metrics().snapshot();
        assertThat(ledger.operations()).isEqualTo(1);
        assertThat(ledger.cancelled()).isEqualTo(1);
    }

    @Test
    void invokeAnyCountsAFailureAsAnError() throws Exception {
        Callable<String> fails = () -> {
            throw new IllegalStateException("no");
        };
        assertThat(executor.invokeAny(List.of(fails, () -> "good"))).isEqualTo("good");
        executor.close();
        assertThat(ledger().errors()).isEqualTo(1);
        assertThat(ledger().operations()).isEqualTo(1);
    }

    @Test
    void aCancelledFutureThatIsGivenAsACommandIsCancelledWork() {
        occupy();
        FutureTask<String> given = new FutureTask<>(() -> "never");
        executor.execute(given);
        given.cancel(true);
        release.countDown();
        executor.close();
        assertThat(ledger().cancelled()).isEqualTo(1);
    }

    @Test
    void nothingIsInterruptedBeforeTheSoftDeadline() {
        AtomicBoolean interrupted = new AtomicBoolean();
        executor.execute(() -> {
            await(release);
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(executor::isShutdown);
        release.countDown();
        assertThat(get(report).isComplete()).isTrue();
        assertThat(interrupted).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theSoftDeadlineInterruptsRunningTasksAndDropsQueuedOnes(Kind kind) {
        WorkRegistry brief = Patience.softPassesSoon();
        TrackedExecutorService tasks = TrackedExecutorService.register(brief, "tasks", kind.executor());
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        tasks.execute(() -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.complete(true);
            }
        });
        await(started);
        AtomicBoolean ran = new AtomicBoolean();
        Future<?> queued = kind.queues ? tasks.submit(() -> ran.set(true)) : null;
        FutureTask<?> given = new FutureTask<>(() -> ran.set(true), null);
        if (kind.queues) {
            tasks.execute(given);
        }

        ShutdownReport report = get(brief.shutdown());

        assertThat(report.isComplete()).as(report.describe()).isTrue();
        assertThat(interrupted).isCompletedWithValue(true);
        assertThat(ran).isFalse();
        if (queued != null) {
            assertThatExceptionOfType(CancellationException.class).isThrownBy(queued::get);
            assertThat(given.isCancelled()).isTrue();
        }
        assertThat(component(report, "tasks").ledger().orElseThrow().cancelled())
                .isEqualTo(kind.queues ? 3 : 1);
    }

    @Test
    void aCallerOfInvokeAnyIsToldThatItsQueuedTasksWereDropped() {
        WorkRegistry brief = Patience.softPassesSoon();
        TrackedExecutorService tasks = TrackedExecutorService.register(brief, "tasks", Executors.newFixedThreadPool(1));
        occupyUntilInterrupted(tasks);
        FutureTask<String> any = new FutureTask<>(() -> tasks.invokeAny(List.of(() -> "never")));
        new Thread(any).start();
        until(() -> tasks.metrics().snapshot().inFlight() == 2);

        ShutdownReport report = get(brief.shutdown());

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> any.get(Patience.SECONDS, TimeUnit.SECONDS))
                .withRootCauseInstanceOf(CancellationException.class);
        assertThat(report.isComplete()).as(report.describe()).isTrue();
        assertThat(tasks.metrics().snapshot().cancelled()).isEqualTo(2);
    }

    @Test
    void aDroppedTaskOfACompletionServiceIsDoneWhenItIsTaken() throws Exception {
        WorkRegistry brief = Patience.softPassesSoon();
        TrackedExecutorService tasks = TrackedExecutorService.register(brief, "tasks", Executors.newFixedThreadPool(1));
        occupyUntilInterrupted(tasks);
        ExecutorCompletionService<String> service = new ExecutorCompletionService<>(tasks);
        service.submit(() -> "never");
        assertThat(get(brief.shutdown()).isComplete()).isTrue();
        assertThat(service.take().isCancelled()).isTrue();
    }

    enum Kind {
        ONE_THREAD(true),
        FORK_JOIN(false),
        THREAD_PER_TASK(false);

        final boolean queues;

        Kind(boolean queues) {
            this.queues = queues;
        }

        ExecutorService executor() {
            return switch (this) {
                case ONE_THREAD -> Executors.newFixedThreadPool(1);
                case FORK_JOIN -> new ForkJoinPool(2);
                case THREAD_PER_TASK -> perTask();
            };
        }
    }

    /** Of virtual threads where there are any. */
    private static ExecutorService perTask() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException olderJdk) {
            return Executors.newCachedThreadPool();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void tasksOnVirtualThreadsAreDrained() {
        TrackedExecutorService virtual = TrackedExecutorService.register(registry, "virtual", perTask());
        List<Future<Integer>> results = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            int each = i;
            results.add(virtual.submit(() -> {
                await(release);
                return virtual.submit(() -> each).get();
            }));
        }
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(virtual::isShutdown);
        release.countDown();
        assertThat(get(report).isComplete()).isTrue();
        assertThat(results).allSatisfy(result -> assertThat(result.isDone()).isTrue());
        assertThat(virtual.metrics().snapshot().operations()).isEqualTo(1000);
    }

    @Test
    void aTaskThatNeverEndsIsNamedWithItsStackAndTheExecutorIsLeftOpen() {
        WorkRegistry brief = Patience.brief();
        ExecutorService raw = Executors.newFixedThreadPool(1);
        TrackedExecutorService tasks = TrackedExecutorService.register(brief, "tasks", raw);
        CountDownLatch started = new CountDownLatch(1);
        tasks.execute("import 42", () -> {
            started.countDown();
            neverEnds();
        });
        // At the soft deadline it would be dropped in the queue.
        await(started);

        ShutdownReport.Component report = component(get(brief.shutdown()), "tasks");

        assertThat(report.drained()).isFalse();
        assertThat(report.closed()).isFalse();
        assertThat(raw.isShutdown()).isFalse();
        assertThat(report.stragglers()).singleElement().satisfies(straggler -> {
            assertThat(straggler.description()).isEqualTo("import 42");
            assertThat(straggler.cancellable()).isTrue();
            assertThat(straggler.thread().stack())
                    .extracting(StackTraceElement::getMethodName)
                    .contains("neverEnds");
        });
        release.countDown();
        raw.shutdownNow();
    }

    private static final CompletableFuture<Void> END = new CompletableFuture<>();

    private static void neverEnds() {
        END.join();
    }

    @Test
    void aNamedTaskReturnsItsResult() {
        assertThat(get(executor.submit("count to three", () -> {
                    assertThat(executor.metrics().activeWork())
                            .extracting(Object::toString)
                            .containsExactly("tasks: count to three");
                    return 3;
                })))
                .isEqualTo(3);
    }

    @Test
    void aTaskIsNamedAfterItsClassOrTheClassOfItsLambda() {
        occupy();
        executor.execute(new FutureTask<>(() -> 1));
        assertThat(executor.metrics().activeWork())
                .extracting(io.k1s.metrics.Work::description)
                .containsExactlyInAnyOrder(
                        "task of " + TrackedExecutorServiceTest.class.getName(),
                        "task java.util.concurrent.FutureTask");
    }

    @Test
    void aTaskThatTheExecutorRefusesIsCancelledWorkAndTheRefusalUnchanged() {
        TrackedExecutorService full =
                TrackedExecutorService.register(registry, "full", pool(new ThreadPoolExecutor.AbortPolicy()));
        full.execute(() -> await(release));
        full.execute(() -> {});
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> full.execute(() -> {}))
                .isNotInstanceOf(WorkRejectedException.class);
        assertThat(full.metrics().snapshot().cancelled()).isEqualTo(1);
        release.countDown();
        full.close();
    }

    @Test
    void aTaskThatARejectionHandlerExecutesAgainIsRunOnceAndEnds() {
        AtomicReference<TrackedExecutorService> itself = new AtomicReference<>();
        TrackedExecutorService full = TrackedExecutorService.register(registry, "full", pool((task, pool) -> {
            // The queued one makes room.
            pool.getQueue().poll().run();
            itself.get().execute(task);
        }));
        itself.set(full);
        AtomicInteger ran = new AtomicInteger();
        full.execute(() -> await(release));
        full.execute(ran::incrementAndGet);
        full.execute("again", ran::incrementAndGet);
        assertThat(full.metrics().activeWork())
                .extracting(io.k1s.metrics.Work::description)
                .contains("again", "again");
        release.countDown();
        full.close();
        assertThat(ran).hasValue(2);
        assertThat(full.metrics().snapshot().operations()).isEqualTo(4);
    }

    @Test
    void aFutureThatIsExecutedAgainIsRunOnceAndEnds() {
        AtomicInteger ran = new AtomicInteger();
        occupy();
        Runnable future = (Runnable) executor.submit(ran::incrementAndGet);
        executor.execute(future);
        release.countDown();
        executor.close();
        assertThat(ran).hasValue(1);
        assertThat(ledger().operations()).isEqualTo(3);
    }

    @Test
    void aTaskThatItsCallerHasToRunIsTracked() {
        TrackedExecutorService full =
                TrackedExecutorService.register(registry, "full", pool(new ThreadPoolExecutor.CallerRunsPolicy()));
        full.execute(() -> await(release));
        full.execute(() -> {});
        List<Thread> ran = Collections.synchronizedList(new ArrayList<>());
        full.execute(() -> ran.add(Thread.currentThread()));
        assertThat(ran).containsExactly(Thread.currentThread());
        assertThat(full.metrics().snapshot().operations()).isEqualTo(1);
        release.countDown();
        full.close();
    }

    @Test
    void aTaskThatATaskHasToRunItselfIsAPartOfItAndSoIsTheNext() {
        TrackedExecutorService full =
                TrackedExecutorService.register(registry, "full", pool(new ThreadPoolExecutor.CallerRunsPolicy()));
        List<Thread> ran = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Thread> caller = new CompletableFuture<>();
        full.execute(() -> {
            await(release);
            full.execute(() -> {});
            full.execute(() -> ran.add(Thread.currentThread()));
            full.execute(() -> ran.add(Thread.currentThread()));
            caller.complete(Thread.currentThread());
        });
        full.shutdown();
        release.countDown();
        assertThat(ran).allMatch(get(caller)::equals).hasSize(2);
        until(full::isTerminated);
        assertThat(full.metrics().snapshot().operations()).isEqualTo(4);
    }

    @Test
    void aTaskOfACompletionServiceIsTrackedAndCanBeRunWhenHandedBack() throws Exception {
        ExecutorCompletionService<String> service = new ExecutorCompletionService<>(executor);
        service.submit(() -> "first");
        assertThat(service.take().get()).isEqualTo("first");
        occupy();
        service.submit(() -> "handed back");
        executor.shutdownNow().forEach(Runnable::run);
        assertThat(service.take().get()).isEqualTo("handed back");
        assertThat(ledger().totalStarted()).isEqualTo(3);
    }

    @Test
    void anExecutorThatDropsTasksSilentlyIsRefused() {
        for (RejectedExecutionHandler policy :
                List.of(new ThreadPoolExecutor.DiscardPolicy(), new ThreadPoolExecutor.DiscardOldestPolicy())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> TrackedExecutorService.register(registry, "drops", pool(policy)))
                    .withMessageContaining(policy.getClass().getSimpleName())
                    .withMessageContaining("AbortPolicy");
        }
        assertThat(registry.activeWorkCounts()).doesNotContainKey("drops");
    }

    @Test
    void anExecutorUnderASecondNameIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrackedExecutorService.register(registry, "again", pool))
                .withMessageContaining("of component \"again\" is that of component \"tasks\" already");
        assertThat(registry.activeWorkCounts()).doesNotContainKey("again");
    }

    private static ThreadPoolExecutor pool(RejectedExecutionHandler policy) {
        return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1), policy);
    }

    @Test
    void shutdownNowHandsBackWhatNeverRanAndInterruptsTheRest() {
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        executor.execute(() -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        });
        await(started);
        AtomicInteger ran = new AtomicInteger();
        Runnable command = ran::incrementAndGet;
        executor.execute(command);
        Future<?> queued = executor.submit(ran::incrementAndGet);
        Future<?> cancelled = executor.submit(ran::incrementAndGet);
        cancelled.cancel(true);

        List<Runnable> neverRan = executor.shutdownNow();

        until(executor::isTerminated);
        assertThat(interrupted).isTrue();
        assertThat(neverRan).hasSize(2).startsWith(command);
        assertThat(ledger().cancelled()).isEqualTo(3);
        assertThat(ledger().operations()).isEqualTo(1);
        assertThat(ledger().inFlight()).isZero();
        neverRan.forEach(Runnable::run);
        assertThat(ran).hasValue(2);
        assertThat(queued.isDone()).isTrue();
        assertThat(ledger().totalStarted()).isEqualTo(4);
    }

    /** As tracing does it, what it queues has the task inside. */
    private static ThreadPoolExecutor wrapping(Runnable before) {
        return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable command) {
                before.run();
                super.execute(command::run);
            }
        };
    }

    private static void occupyUntilInterrupted(TrackedExecutorService tasks) {
        CountDownLatch started = new CountDownLatch(1);
        tasks.execute(() -> {
            started.countDown();
            assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> new CountDownLatch(1).await());
        });
        await(started);
    }

    @Test
    void shutdownNowHandsBackWhatTheExecutorHadWrapped() {
        TrackedExecutorService tasks = TrackedExecutorService.register(registry, "wrapped", wrapping(() -> {}));
        occupyUntilInterrupted(tasks);
        AtomicInteger ran = new AtomicInteger();
        Runnable command = ran::incrementAndGet;
        tasks.execute(command);
        Future<?> queued = tasks.submit(ran::incrementAndGet);
        Future<?> cancelled = tasks.submit(ran::incrementAndGet);
        cancelled.cancel(true);

        List<Runnable> neverRan = tasks.shutdownNow();

        until(tasks::isTerminated);
        assertThat(neverRan).hasSize(5).element(3).isSameAs(command);
        assertThat(tasks.metrics().snapshot().cancelled()).isEqualTo(3);
        assertThat(tasks.metrics().isQuiescent()).isTrue();
        neverRan.forEach(Runnable::run);
        assertThat(ran).hasValue(2);
        assertThat(get(queued)).isNotNull();
        assertThat(tasks.metrics().snapshot().totalStarted()).isEqualTo(4);
    }

    @Test
    void whatIsHandedBackIsNotRunByAThreadThatHasItAlready() {
        CountDownLatch taken = new CountDownLatch(1);
        ExecutorService raw = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable command) {
                super.execute(() -> {
                    taken.countDown();
                    awaitUninterruptibly(release);
                    command.run();
                });
            }
        };
        TrackedExecutorService tasks = TrackedExecutorService.register(registry, "wrapped", raw);
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        Future<?> first = tasks.submit(() -> ran.add("first"));
        await(taken);
        Future<?> second = tasks.submit(() -> ran.add("second"));

        List<Runnable> neverRan = tasks.shutdownNow();

        release.countDown();
        until(tasks::isTerminated);
        assertThat(ran).isEmpty();
        neverRan.forEach(Runnable::run);
        assertThat(ran).containsExactly("first", "second");
        assertThat(first).isDone();
        assertThat(second).isDone();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aTaskThatIsHandedBackWhileItIsSubmittedIsNotRefusedToo() {
        CompletableFuture<TrackedExecutorService> tasks = new CompletableFuture<>();
        List<Runnable> neverRan = new ArrayList<>();
        AtomicInteger submissions = new AtomicInteger();
        ExecutorService raw = wrapping(() -> {
            if (submissions.incrementAndGet() == 3) {
                neverRan.addAll(get(tasks).shutdownNow());
            }
        });
        tasks.complete(TrackedExecutorService.register(registry, "wrapped", raw));
        AtomicInteger ran = new AtomicInteger();
        occupyUntilInterrupted(get(tasks));
        get(tasks).execute(ran::incrementAndGet);
        get(tasks).execute(ran::incrementAndGet);
        neverRan.forEach(Runnable::run);
        assertThat(ran).hasValue(2);
        assertThatExceptionOfType(WorkRejectedException.class)
                .isThrownBy(() -> get(tasks).execute(ran::incrementAndGet));
        assertThat(neverRan).hasSize(3);
    }

    @Test
    void aTaskThatGoesOnToItsEndAfterShutdownNowHasItsResult() {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Future<String> running = executor.submit(() -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            await(release);
            return "committed";
        });
        await(started);
        assertThat(executor.shutdownNow()).isEmpty();
        await(interrupted);
        release.countDown();
        assertThat(get(running)).isEqualTo("committed");
        assertThat(ledger().operations()).isEqualTo(1);
    }

    /** Its one thread is busy until the release. */
    private TrackedExecutorService busyForkJoin() {
        TrackedExecutorService tasks = TrackedExecutorService.register(registry, "fork-join", new ForkJoinPool(1));
        CountDownLatch started = new CountDownLatch(1);
        tasks.execute(() -> {
            started.countDown();
            await(release);
        });
        await(started);
        return tasks;
    }

    @Test
    void aFutureThatCannotBeCancelledKeepsShutdownNowFromNothing() {
        TrackedExecutorService tasks = busyForkJoin();
        Future<?> queued = tasks.submit(() -> {});
        tasks.execute(new FutureTask<>(() -> 1) {
            @Override
            public boolean cancel(boolean interrupt) {
                throw new IllegalStateException("cannot be cancelled");
            }
        });
        assertThat(tasks.shutdownNow()).isEmpty();
        assertThat(queued.isCancelled()).isTrue();
        release.countDown();
        until(() -> tasks.metrics().isQuiescent());
    }

    @Test
    void shutdownNowReachesWhatAnExecutorDropsWithoutHandingItBack() {
        TrackedExecutorService tasks = busyForkJoin();
        Future<?> queued = tasks.submit(() -> {});
        tasks.shutdownNow();
        assertThat(queued.isCancelled()).isTrue();
        release.countDown();
        until(() -> tasks.metrics().isQuiescent());
    }

    @Test
    void shutdownNowHandsBackWhatWasNeverTracked() {
        LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
        ThreadPoolExecutor raw = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, queue);
        TrackedExecutorService tasks = TrackedExecutorService.register(registry, "raw", raw);
        raw.execute(() -> await(release));
        Runnable untracked = () -> {};
        raw.execute(untracked);
        assertThat(tasks.shutdownNow()).containsExactly(untracked);
    }

    @Test
    void closeDrainsAndLeavesTheRegistryAndAgainDoesNothing() {
        AtomicInteger ran = new AtomicInteger();
        occupy();
        executor.execute(ran::incrementAndGet);
        release.countDown();
        executor.close();
        assertThat(ran).hasValue(1);
        assertThat(pool.isTerminated()).isTrue();
        assertThat(registry.activeWorkCounts()).doesNotContainKey("tasks");
        executor.close();
    }

    @Test
    void closeThatCannotDrainSaysWhoHoldsItUpAndLeavesTheExecutorOpen() {
        ExecutorService raw = Executors.newFixedThreadPool(1);
        TrackedExecutorService tasks = TrackedExecutorService.register(Patience.brief(), "tasks", raw);
        tasks.execute("import 42", () -> await(release));
        assertThatIllegalStateException()
                .isThrownBy(tasks::close)
                .withMessageContaining("left open: 1")
                .withMessageContaining("import 42");
        assertThat(raw.isShutdown()).isFalse();
        release.countDown();
        until(() -> tasks.metrics().isQuiescent());
        tasks.close();
        assertThat(raw.isTerminated()).isTrue();
    }

    @Test
    void closeWhoseShutdownFailsSaysWhy() {
        ThreadPoolExecutor refusing = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void shutdown() {
                throw new SecurityException("not allowed");
            }
        };
        TrackedExecutorService tasks = TrackedExecutorService.register(registry, "refusing", refusing);
        assertThatIllegalStateException()
                .isThrownBy(tasks::close)
                .withMessageContaining("closing it failed")
                .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
        assertThatIllegalStateException()
                .as("it is not closed, and its failure is a part of the shutdown's report")
                .isThrownBy(tasks::close)
                .withMessageContaining("closing it failed");
    }

    @Test
    void anInterruptedCloseLeavesItOpenAndTheInterruptSet() {
        occupy();
        Thread.currentThread().interrupt();
        assertThatIllegalStateException().isThrownBy(executor::close).withMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(pool.isShutdown()).isFalse();
    }

    @Test
    void aTaskThatWouldWaitForItselfIsRefused() {
        for (Callable<Object> waiting : List.<Callable<Object>>of(
                () -> {
                    executor.close();
                    return null;
                },
                () -> executor.awaitTermination(1, TimeUnit.MINUTES),
                () -> registry.awaitTermination(java.time.Duration.ofMinutes(1)),
                () -> registry.shutdown().get())) {
            Future<Object> future = executor.metrics().isClosed() ? null : executor.submit(waiting);
            if (future != null) {
                assertThatExceptionOfType(ExecutionException.class)
                        .isThrownBy(() -> future.get(Patience.SECONDS, TimeUnit.SECONDS))
                        .withCauseInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Test
    void terminationCanBeAwaited() throws Exception {
        occupy();
        executor.shutdown();
        assertThat(executor.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
        release.countDown();
        assertThat(executor.awaitTermination(Patience.SECONDS, TimeUnit.SECONDS))
                .isTrue();
        assertThat(executor.isTerminated()).isTrue();
    }

    @Test
    void anExecutorThatWasShutDownBehindItsBackSaysSo() throws Exception {
        assertThat(executor.isShutdown()).isFalse();
        pool.shutdown();
        assertThat(executor.isShutdown()).isTrue();
        assertThat(executor.awaitTermination(Patience.SECONDS, TimeUnit.SECONDS))
                .isTrue();
        assertThat(executor.isTerminated()).isTrue();
        assertThat(executor).asString().startsWith("tracked ").contains("tasks");
    }

    @Test
    void aCommandMadeByAnotherExecutorIsAWorkOfBoth() {
        TrackedExecutorService inner =
                TrackedExecutorService.register(registry, "inner", Executors.newFixedThreadPool(1));
        TrackedExecutorService outer =
                TrackedExecutorService.register(registry, "outer", inner, ComponentOptions.dependsOn("inner"));
        Future<String> both = outer.submit(() -> "both");
        assertThat(get(both)).isEqualTo("both");
        assertThat(get(registry.shutdown()).isComplete()).isTrue();
        assertThat(outer.metrics().snapshot().operations()).isEqualTo(1);
        assertThat(inner.metrics().snapshot().operations()).isEqualTo(1);
    }
}
