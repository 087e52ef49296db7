package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A limit of one takes the one-word gate, a limit of 65 the striped one. */
@Timeout(300)
class WaitAtLimitTest {
    /** Longer than a test has patience: who waits looks once more at the end, and would hide that nobody woke it. */
    private static final Duration LONG = Duration.ofHours(1);

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void startAtTheLimitWaitsUntilAnotherWorkEnds(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        Thread waiter = waiter(metrics, new ArrayList<>());
        assertThat(metrics.snapshot().inFlight()).isEqualTo(limit);
        open.remove(0).succeed();
        Threads.join(waiter);
        open.forEach(Work::succeed);
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics, limit + 1);
        assertThat(s.rejected()).isZero();
        assertThat(s.inFlightPeak()).isLessThanOrEqualTo(limit);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void workIsAsOldAsItsAdmission(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        Work[] waited = new Work[1];
        Thread waiter = start(() -> waited[0] = metrics.startWork("waited"));
        Threads.awaitWaiting(waiter);
        Work younger = open.get(0).startChild("made while the other waited");
        long before = System.nanoTime();
        open.remove(0).succeed();
        Threads.join(waiter);
        assertThat(waited[0].age()).isPositive().isLessThanOrEqualTo(Duration.ofNanos(System.nanoTime() - before));
        assertThat(Work.OLDEST_FIRST.compare(younger, waited[0])).isNegative();
        younger.succeed();
        waited[0].succeed();
        open.forEach(Work::succeed);
        metrics.close();
        Checks.drained(metrics, limit + 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void startThatWaitedTooLongIsRejectedAtTheLimit(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, Duration.ofMillis(20));
        List<Work> open = fill(metrics, limit);
        long before = System.nanoTime();
        assertThat(catchThrowableOfType(WorkRejectedException.class, metrics::begin)
                        .reason())
                .isEqualTo(WorkRejectedException.Reason.LIMIT);
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(20_000_000);
        open.remove(0).succeed();
        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        open.forEach(Work::succeed);
        metrics.close();
        assertThat(Checks.drained(metrics, limit + 1).rejected()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void closeRejectsThoseWhoWait(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        List<WorkRejectedException.Reason> reasons = Collections.synchronizedList(new ArrayList<>());
        Thread first = waiter(metrics, reasons);
        Thread second = waiter(metrics, reasons);
        metrics.close();
        Threads.join(first);
        Threads.join(second);
        assertThat(reasons).containsExactly(WorkRejectedException.Reason.CLOSED, WorkRejectedException.Reason.CLOSED);
        open.forEach(Work::succeed);
        assertThat(Checks.drained(metrics, limit).rejected()).isEqualTo(2);
    }

    /** The second has the lock before the first has left the line. */
    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void closeRejectsWhoIsNotTheFirstInTheLine(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        List<WorkRejectedException.Reason> reasons = Collections.synchronizedList(new ArrayList<>());
        Thread first = waiter(metrics, reasons);
        Thread second = waiter(metrics, reasons);
        Gate gate = Reflect.gate(metrics);
        gate.lock.lock();
        try {
            ((Condition) ((List<?>) Reflect.get(gate, Gate.class, "line")).get(1)).signal();
            metrics.close();
        } finally {
            gate.lock.unlock();
        }
        Threads.join(first);
        Threads.join(second);
        assertThat(reasons).containsExactly(WorkRejectedException.Reason.CLOSED, WorkRejectedException.Reason.CLOSED);
        open.forEach(Work::succeed);
        Checks.drained(metrics, limit);
    }

    @Test
    void wakeThatComesWhenTheLastHasJustLeftTheLineWakesNobody() throws Exception {
        WorkMetrics metrics = waiting(1, LONG);
        Gate gate = Reflect.gate(metrics);
        Reflect.set(gate, Gate.class, "waitedFor", true);
        gate.wake();
        Reflect.set(gate, Gate.class, "waitedFor", false);
        metrics.startWork().succeed();
        metrics.close();
        Checks.drained(metrics, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void closeNowRejectsThoseWhoWait(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        List<WorkRejectedException.Reason> reasons = Collections.synchronizedList(new ArrayList<>());
        Thread waiter = waiter(metrics, reasons);
        metrics.closeNow();
        Threads.join(waiter);
        assertThat(reasons).containsExactly(WorkRejectedException.Reason.CLOSED);
        open.forEach(Work::succeed);
        Checks.drained(metrics, limit);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void interruptRejectsWhoWaitsAndIsKept(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        boolean[] kept = new boolean[1];
        Thread waiter = start(() -> {
            assertThatThrownBy(metrics::begin).isInstanceOf(WorkRejectedException.class);
            kept[0] = Thread.currentThread().isInterrupted();
        });
        Threads.awaitWaiting(waiter);
        waiter.interrupt();
        Threads.join(waiter);
        assertThat(kept[0]).isTrue();
        open.forEach(Work::succeed);
        metrics.close();
        Checks.drained(metrics, limit);
    }

    /**
     * The wake-up came when the first had given up, and had not left the line yet. With one word, where nobody looks by
     * itself in fenced mode either, and so might leave in another way.
     */
    @Test
    void whoGivesUpHandsItsWakeUpOn() throws Exception {
        WorkMetrics metrics = waiting(1, LONG);
        Work open = metrics.startWork();
        List<WorkRejectedException.Reason> reasons = Collections.synchronizedList(new ArrayList<>());
        Thread first = waiter(metrics, reasons);
        Thread second = waiter(metrics, reasons);
        ReentrantLock lock = Reflect.gate(metrics).lock;
        lock.lock();
        try {
            first.interrupt();
            Threads.until(() -> lock.hasQueuedThread(first), "the first waits for the lock, to leave the line");
            open.succeed();
        } finally {
            lock.unlock();
        }
        Threads.join(first);
        Threads.join(second);
        assertThat(reasons).as("of the first").containsExactly(WorkRejectedException.Reason.LIMIT);
        metrics.close();
        Checks.drained(metrics, 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 65})
    void whoseTimePassesInTheMiddleOfTheLineLeavesTheOthersInTheirPlaces(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        List<WorkRejectedException.Reason> reasons = Collections.synchronizedList(new ArrayList<>());
        Thread first = waiter(metrics, reasons);
        FutureTask<Long> middle = new FutureTask<>(() -> Reflect.gate(metrics).awaitRoom(200_000_000));
        Thread impatient = start(middle);
        Threads.until(() -> impatient.getState() != Thread.State.RUNNABLE, "it waits, or has waited");
        Thread last = waiter(metrics, reasons);
        assertThat(middle.get(Threads.PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(Gate.REJECTED_LIMIT);
        open.remove(0).succeed();
        Threads.join(first);
        Threads.join(last);
        assertThat(reasons).isEmpty();
        open.forEach(Work::succeed);
        metrics.close();
        Checks.drained(metrics, limit + 2);
    }

    /** Two works ended, and only the first of those who wait was told. */
    @ParameterizedTest
    @ValueSource(ints = {2, 65})
    void whoFoundRoomTellsTheNextInTheLine(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        Gate gate = Reflect.gate(metrics);
        List<Long> open = new ArrayList<>();
        for (int i = 0; i < limit; i++) {
            open.add(metrics.begin());
        }
        Thread first = waitingForever(metrics);
        Thread second = waitingForever(metrics);
        gate.end(open.remove(0), Outcome.SUCCEEDED);
        gate.end(open.remove(0), Outcome.SUCCEEDED);
        gate.wake();
        Threads.join(first);
        Threads.join(second);
        open.forEach(ticket -> metrics.end(ticket, Outcome.SUCCEEDED));
        assertThat(Checks.addsUp(metrics).inFlight()).as("those who waited").isEqualTo(2);
        assertThat(metrics.snapshot().rejected()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void firstComeFirstServed(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Thread> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            Thread waiter = start(() -> {
                long ticket = metrics.begin();
                order.add(number);
                metrics.end(ticket, Outcome.SUCCEEDED);
            });
            Threads.awaitWaiting(waiter);
            waiters.add(waiter);
        }
        open.remove(0).succeed();
        for (Thread waiter : waiters) {
            Threads.join(waiter);
        }
        assertThat(order).containsExactly(0, 1, 2, 3);
        open.forEach(Work::succeed);
        metrics.close();
        Checks.drained(metrics, limit + 4);
    }

    /** More threads than the limit, each of whom waits: all get in, and the last one out wakes the drainer. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 65})
    void everyoneGetsInAndNeverMoreThanTheLimitAreInside(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> held = fill(metrics, Math.max(0, limit - 2));
        int free = limit - held.size();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Threads.Task task = () -> {
            for (int i = 0; i < 500; i++) {
                long ticket = metrics.begin();
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                if ((i & 7) == 0) {
                    Thread.yield();
                }
                inside.decrementAndGet();
                metrics.end(ticket, Outcome.SUCCEEDED);
            }
        };
        Threads.together(task, task, task, task, task);
        assertThat(most.get()).isBetween(1, free);
        held.forEach(Work::succeed);
        metrics.close();
        assertThat(Checks.drained(metrics, 2_500 + held.size()).rejected()).isZero();
    }

    /** Threads that share stripes wait and are woken like the others. */
    @Test
    void threadsWithoutAStripeOfTheirOwnWaitToo() throws Exception {
        WorkMetrics metrics = new WorkMetrics(
                WorkMetrics.builder("jobs").maxConcurrentOps(65).waitAtLimit(LONG),
                new StripedGate(new Ledger(1, 1, true, true), 65));
        List<Work> open = fill(metrics, 64);
        Threads.Task task = () -> {
            for (int i = 0; i < 300; i++) {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            }
        };
        Threads.together(task, task, task);
        open.forEach(Work::succeed);
        metrics.close();
        assertThat(Checks.drained(metrics, 964).rejected()).isZero();
    }

    @Test
    void threadsWithoutAStripeOfTheirOwnAreServedInTurn() throws Exception {
        WorkMetrics metrics = new WorkMetrics(
                WorkMetrics.builder("jobs").maxConcurrentOps(65).waitAtLimit(LONG),
                new StripedGate(new Ledger(1, 1, true, true), 65));
        List<Work> open = fill(metrics, 65);
        List<WorkRejectedException.Reason> reasons = Collections.synchronizedList(new ArrayList<>());
        Thread first = waiter(metrics, reasons);
        Thread second = waiter(metrics, reasons);
        open.remove(0).succeed();
        Threads.join(first);
        Threads.join(second);
        assertThat(reasons).isEmpty();
        open.forEach(Work::succeed);
        metrics.close();
        assertThat(Checks.drained(metrics, 67).rejected()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void childrenPassThoseWhoWait(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        List<Work> open = fill(metrics, limit);
        Work early = open.get(0).startChild("early");
        Thread waiter = waiter(metrics, new ArrayList<>());
        open.get(0).startChild("late").succeed();
        early.succeed();
        open.forEach(Work::succeed);
        Threads.join(waiter);
        metrics.close();
        Checks.drained(metrics, limit + 3);
    }

    /** The close came between the rejection and the wait. */
    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void nobodyGetsInLineAtAClosedGate(int limit) throws Exception {
        WorkMetrics metrics = waiting(limit, LONG);
        Work open = metrics.startWork();
        metrics.close();
        assertThat(Reflect.gate(metrics).awaitRoom(LONG.toNanos())).isEqualTo(Gate.REJECTED_CLOSED);
        open.succeed();
        Checks.drained(metrics, 1);
    }

    @Test
    void negativeTimeIsRefusedByNameAndValue() {
        assertThatThrownBy(() -> WorkMetrics.builder("jobs").waitAtLimit(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("waitAtLimit of component \"jobs\" is PT-1S; allowed is zero (for not at all) or more");
    }

    private static WorkMetrics waiting(int limit, Duration time) {
        return WorkMetrics.builder("jobs")
                .maxConcurrentOps(limit)
                .waitAtLimit(time)
                .build();
    }

    private static List<Work> fill(WorkMetrics metrics, int works) {
        List<Work> open = new ArrayList<>();
        for (int i = 0; i < works; i++) {
            open.add(metrics.startWork());
        }
        return open;
    }

    /** A thread that begins and ends one work, and is known to wait. */
    private static Thread waiter(WorkMetrics metrics, List<WorkRejectedException.Reason> reasons) {
        Thread waiter = start(() -> {
            try {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            } catch (WorkRejectedException e) {
                reasons.add(e.reason());
            }
        });
        Threads.awaitWaiting(waiter);
        return waiter;
    }

    /** A thread that begins one work and leaves it open, and is known to wait. */
    private static Thread waitingForever(WorkMetrics metrics) {
        Thread waiter = start(metrics::begin);
        Threads.awaitWaiting(waiter);
        return waiter;
    }

    private static Thread start(Runnable body) {
        Thread thread = new Thread(body);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
