package io.k1s.registry;

import static io.k1s.registry.Registries.async;
import static io.k1s.registry.Registries.awaitStanding;
import static io.k1s.registry.Registries.shutDown;
import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.component;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownReport.Motion;
import io.k1s.registry.ShutdownReport.Straggler;
import io.k1s.registry.ShutdownReport.ThreadSample;
import io.k1s.testing.Patience;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Who holds up a shutdown, and whether they move. */
class ForensicsTest {
    private final CountDownLatch over = new CountDownLatch(1);
    private final WorkRegistry registry = Registries.told();

    @AfterEach
    void end() {
        over.countDown();
    }

    /** Returns when the body has come to where it waits, or has ended: one on its way would be seen to move. */
    private static void run(WorkMetrics jobs, String name, Consumer<Runnable> starter, Runnable body) {
        CompletableFuture<Thread> running = new CompletableFuture<>();
        starter.accept(() -> jobs.run(name, () -> {
            running.complete(Thread.currentThread());
            body.run();
        }));
        awaitStanding(Patience.get(running));
    }

    private static void platform(Runnable code) {
        var unused = async(() -> {
            code.run();
            return null;
        });
    }

    private static void virtual(Runnable code) {
        try {
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, code);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private void waitForTheEnd() {
        await(over);
    }

    private ThreadSample onlyStraggler() {
        List<Straggler> stragglers = component(shutDown(registry), "jobs").stragglers();
        assertThat(stragglers).hasSize(1);
        return stragglers.get(0).thread();
    }

    @Test
    void aThreadThatStaysWhereItIsIsWedged() {
        run(registry.component("jobs"), "stuck", ForensicsTest::platform, this::waitForTheEnd);

        ThreadSample seen = onlyStraggler();

        assertThat(seen.motion()).isEqualTo(Motion.WEDGED);
        assertThat(seen.watchedFor()).isPositive();
        assertThat(seen.virtual()).isFalse();
        assertThat(seen.stack()).anyMatch(frame -> frame.getMethodName().equals("waitForTheEnd"));
        assertThat(seen.waitsFor()).startsWith("java.util.concurrent.CountDownLatch$Sync@");
    }

    @Test
    void aThreadThatGoesOnIsMovingEvenIfItComesBack() {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch elsewhere = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            for (CountDownLatch next : List.of(first, over)) {
                await(next);
                if (next == first) {
                    waitElsewhere(elsewhere);
                }
            }
        });
        thread.start();
        Patience.until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        Evidence evidence = new Evidence(thread);

        evidence.look();
        assertThat(evidence.latest().motion()).isEqualTo(Motion.UNKNOWN);
        evidence.look();
        assertThat(evidence.latest().motion()).isEqualTo(Motion.WEDGED);
        List<StackTraceElement> place = evidence.latest().stack();
        first.countDown();
        Patience.until(() -> isWaitingElsewhere(thread));
        evidence.look();
        assertThat(evidence.latest().motion()).isEqualTo(Motion.MOVING);
        elsewhere.countDown();
        Patience.until(() -> StackSampler.stack(thread).equals(place));
        evidence.look();
        assertThat(evidence.latest().stack()).isEqualTo(place);
        assertThat(evidence.latest().motion()).isEqualTo(Motion.MOVING);
    }

    private static void waitElsewhere(CountDownLatch latch) {
        await(latch);
    }

    private static boolean isWaitingElsewhere(Thread thread) {
        return StackSampler.stack(thread).stream()
                .anyMatch(frame -> frame.getMethodName().equals("waitElsewhere"));
    }

    @Test
    void theNameOfAThreadMovesNoCursorAndTellsNoSecret() {
        Thread thread = new Thread(this::waitForTheEnd, "worker\u001b[2J token=abc");
        assertThat(Evidence.notLookedAt(thread).name()).isEqualTo("worker\\u001b[2J token=***");
    }

    @Test
    void aParkedThreadSaysWhatItIsParkedOn() {
        Thread thread = new Thread(() -> {
            while (over.getCount() > 0) {
                LockSupport.park(over);
            }
        });
        thread.setDaemon(true);
        thread.start();
        Patience.until(() -> thread.getState() == Thread.State.WAITING);

        assertThat(StackSampler.parkedOn(thread)).startsWith("java.util.concurrent.CountDownLatch@");
        assertThat(StackSampler.parkedOn(Thread.currentThread())).isEmpty();
        assertThat(StackSampler.waitsFor(Thread.currentThread())).isEmpty();
    }

    @Test
    void aThreadThatCannotBeLookedAtIsNamedAllTheSame() {
        WorkMetrics jobs = registry.component("jobs");
        runHostile(jobs, () -> {
            throw new StackOverflowError("hostile");
        });
        run(jobs, "stuck too", ForensicsTest::platform, this::waitForTheEnd);

        List<Straggler> seen = component(shutDown(registry), "jobs").stragglers();

        assertThat(seen).extracting(Straggler::description).containsExactly("stuck", "stuck too");
        assertThat(seen.get(0).thread().stack()).isEmpty();
        assertThat(seen.get(0).thread().waitsFor()).isEmpty();
        assertThat(seen.get(1).thread().motion()).isEqualTo(Motion.WEDGED);
    }

    @Test
    void aThreadWithoutAnIdWaitsForNothing() {
        Thread zero = new Thread() {
            @Override
            public long getId() {
                return 0;
            }
        };
        Thread none = new Thread() {
            @Override
            public long getId() {
                throw new StackOverflowError("hostile");
            }
        };

        assertThat(StackSampler.waitsFor(zero)).isEmpty();
        assertThat(StackSampler.waitsFor(none)).isEmpty();
    }

    @Test
    void aThreadThatBlocksWhoLooksAtItIsNamedAllTheSame() {
        runHostile(registry.component("jobs"), Registries::blockForEver);

        assertThat(component(shutDown(registry), "jobs").stragglers())
                .extracting(Straggler::description)
                .containsExactly("stuck");
    }

    @Test
    void aThreadThatBlocksWhoLooksAtItIsNamedByAComponentThatIsClosedAlone() {
        WorkRegistry brief = Registries.brief();
        runHostile(brief.component("jobs"), Registries::blockForEver);

        assertThat(Patience.get(async(() -> brief.closeComponent("jobs"))).stragglers())
                .extracting(Straggler::description)
                .containsExactly("stuck");
    }

    /** Work whose thread has its own way with who looks at it. */
    private void runHostile(WorkMetrics jobs, Runnable look) {
        CountDownLatch running = new CountDownLatch(1);
        Thread hostile =
                new Thread(() -> jobs.run("stuck", () -> {
                    running.countDown();
                    await(over);
                })) {
                    @Override
                    public StackTraceElement[] getStackTrace() {
                        look.run();
                        return new StackTraceElement[0];
                    }

                    @Override
                    public long getId() {
                        return 1;
                    }
                };
        hostile.setDaemon(true);
        hostile.start();
        await(running);
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void virtualThreadsAreLookedAtToo() {
        run(registry.component("jobs"), "stuck", ForensicsTest::virtual, this::waitForTheEnd);

        ThreadSample seen = onlyStraggler();

        assertThat(seen.virtual()).isTrue();
        assertThat(seen.motion()).isEqualTo(Motion.WEDGED);
        assertThat(seen.stack()).anyMatch(frame -> frame.getMethodName().equals("waitForTheEnd"));
        assertThat(seen.waitsFor()).startsWith("java.util.concurrent.CountDownLatch$Sync@");
    }

    @Test
    void theHolderOfTheLockIsNamed() {
        Object lock = new Object() {
            @Override
            public String toString() {
                throw new AssertionError("a lock is asked nothing");
            }
        };
        CountDownLatch held = new CountDownLatch(1);
        Thread holder = new Thread(
                () -> {
                    synchronized (lock) {
                        held.countDown();
                        await(over);
                    }
                },
                "holder\u001b[2J");
        holder.setDaemon(true);
        holder.start();
        await(held);
        run(registry.component("jobs"), "waits for the lock", ForensicsTest::platform, () -> {
            synchronized (lock) {
                over.countDown();
            }
        });

        ShutdownReport report = shutDown(registry);

        assertThat(component(report, "jobs").stragglers().get(0).thread().waitsFor())
                .startsWith("io.k1s.registry.ForensicsTest$")
                .endsWith(", held by thread \"holder\\u001b[2J\"");
        assertThat(report.describe()).contains("wedged (seen twice, ").contains("held by thread");
    }

    @Test
    void worksAtTheSamePlaceAreShownWithOneStack() {
        WorkMetrics jobs = registry.component("jobs");
        Runnable body = this::waitForTheEnd;
        run(jobs, "one", ForensicsTest::platform, body);
        run(jobs, "two", ForensicsTest::platform, body);

        String text = shutDown(registry).describe();

        assertThat(text).contains("left behind: \"one\"").contains("left behind: \"two\"");
        assertThat(text.split("waitForTheEnd", -1)).hasSize(2);
    }

    @Test
    void workThatMayEndAnywhereHasNoStackAndNoVerdict() {
        Work upload = registry.component("jobs").startWork("upload").onCancel(() -> {});

        Straggler seen = component(shutDown(registry), "jobs").stragglers().get(0);

        assertThat(seen.cancellable()).isTrue();
        assertThat(seen.askedToCancel()).isTrue();
        assertThat(seen.thread().stack()).isEmpty();
        assertThat(seen.thread().motion()).isEqualTo(Motion.UNKNOWN);
        assertThat(seen.thread().name()).isEqualTo(Thread.currentThread().getName());
        assertThat(upload.isEnded()).isFalse();
    }

    @Test
    void whoeverIsCutShortBeforeTheSoftDeadlineIsLookedAtOnce() {
        WorkRegistry patient = Registries.patient();
        run(patient.component("jobs"), "stuck", ForensicsTest::platform, this::waitForTheEnd);

        ThreadSample seen = component(Patience.get(patient.shutdownNow()), "jobs")
                .stragglers()
                .get(0)
                .thread();

        assertThat(seen.motion()).isEqualTo(Motion.UNKNOWN);
        assertThat(seen.stack()).isNotEmpty();
    }

    @Test
    void theSecondLookComesASecondAfterTheFirstAndIsTold() {
        WorkRegistry slow = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        Told told = new Told();
        slow.addListener(told);
        run(slow.component("jobs"), "stuck", ForensicsTest::platform, this::waitForTheEnd);
        CompletableFuture<ShutdownReport> report = slow.shutdown();

        Straggler seen = told.next();

        assertThat(report).isNotDone();
        assertThat(seen.thread().motion()).isEqualTo(Motion.WEDGED);
        assertThat(seen.thread().watchedFor()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(20));
        over.countDown();
        assertThat(Patience.get(report).isComplete()).isTrue();
    }

    @Test
    void whoWasToldOfAfterTheSecondLookIsNotToldOfAtTheEndAgain() {
        WorkRegistry slow = Registries.with(Registries.brevity().gracefulTimeout(Duration.ofMinutes(1)));
        Told told = new Told();
        slow.addListener(told);
        WorkMetrics jobs = slow.component("jobs");
        Work parent = jobs.startWork("parent");
        CompletableFuture<ShutdownReport> report = slow.shutdown();
        assertThat(told.next().description()).isEqualTo("parent");
        parent.startChild("child");

        slow.shutdownNow();

        assertThat(Patience.get(report).components().get(0).stragglers()).hasSize(2);
        Patience.await(told.terminated);
        assertThat(told.next().description()).isEqualTo("child");
        assertThat(told.stragglers).isEmpty();
    }

    private static final class Told implements ShutdownListener {
        final LinkedBlockingQueue<Straggler> stragglers = new LinkedBlockingQueue<>();
        final CountDownLatch terminated = new CountDownLatch(1);

        @Override
        public void straggler(String component, Straggler straggler) {
            stragglers.add(straggler);
        }

        @Override
        public void terminated(ShutdownReport report) {
            terminated.countDown();
        }

        Straggler next() {
            try {
                return Objects.requireNonNull(stragglers.poll(Patience.SECONDS, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A resource with a method to be stuck in. */
    private class Store implements AutoCloseable {
        void read() {
            waitForTheEnd();
        }

        @Override
        public void close() {}
    }

    private static final class BetterStore extends Store {
        BetterStore(ForensicsTest outer) {
            outer.super();
        }
    }

    @Test
    void threadsInsideTheResourceAreSuspectedOfUnnamedWork() throws Exception {
        Store store = new BetterStore(this);
        WorkMetrics storage =
                registry.component("jobs", ComponentOptions.defaults().closing(store, () -> store.close()));
        // The thread whose counters would tell is gone.
        Thread starter = new Thread(storage::begin);
        starter.start();
        starter.join();
        CompletableFuture<Thread> running = new CompletableFuture<>();
        platform(() -> {
            running.complete(Thread.currentThread());
            store.read();
        });
        awaitStanding(Patience.get(running));

        ShutdownReport report = shutDown(registry);

        assertThat(component(report, "jobs").suspects())
                .singleElement()
                .satisfies(seen -> assertThat(seen.motion()).isEqualTo(Motion.WEDGED))
                .satisfies(seen -> assertThat(seen.stack())
                        .anyMatch(frame -> frame.getMethodName().equals("read")));
        assertThat(report.describe()).contains("perhaps behind it: thread ").contains("Store.read(");
    }

    /** No resource and no name: but the thread's own counters tell. */
    @Test
    void threadWhoseCountersDoNotAddUpIsSuspectedOfUnnamedWork() {
        WorkMetrics jobs = registry.component("jobs");
        CompletableFuture<Thread> running = new CompletableFuture<>();
        Store store = new Store();
        platform(() -> {
            long ticket = jobs.begin();
            running.complete(Thread.currentThread());
            store.read();
            jobs.end(ticket, Outcome.SUCCEEDED);
        });
        run(jobs, "over", ForensicsTest::platform, () -> {});
        jobs.startWatch("has a name");
        awaitStanding(Patience.get(running));

        ShutdownReport report = shutDown(registry);

        assertThat(component(report, "jobs").suspects())
                .singleElement()
                .satisfies(seen -> assertThat(seen.stack())
                        .anyMatch(frame -> frame.getMethodName().equals("read")));
    }

    @Test
    void nobodyIsSuspectedWhereNothingCouldBeKnown() throws Exception {
        WorkMetrics jobs =
                registry.component("jobs", ComponentOptions.defaults().closing(() -> {}));
        // The threads that began them are gone.
        Thread starter = new Thread(() -> {
            jobs.begin();
            registry.component("no resource").begin();
        });
        starter.start();
        starter.join();
        Store store = new Store();
        run(
                registry.component("named", ComponentOptions.defaults().closing(store)),
                "named",
                ForensicsTest::platform,
                store::read);

        ShutdownReport report = shutDown(registry);

        assertThat(report.components())
                .allSatisfy(each -> assertThat(each.suspects()).isEmpty());
        assertThat(component(report, "jobs").left()).isEqualTo(1);
    }
}
