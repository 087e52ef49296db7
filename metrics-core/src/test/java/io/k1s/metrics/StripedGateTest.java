package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a limit is lent in, and which starts and ends go which way: what nobody sees from outside but by the clock. */
@Timeout(120)
class StripedGateTest {
    private static final int SLOTS = 4;
    private static final int SHARED = 2;
    private static final long LIMIT = 80;
    /** An eighth of what is available, and one. */
    private static final long FIRST_PORTION = 11;

    private final Ledger ledger = new Ledger(SLOTS, SHARED, true, false);
    private final StripedGate gate = new StripedGate(ledger, LIMIT);

    @Test
    void aStripeIsLentAPortionOfWhatIsAvailable() throws Exception {
        Stripe stripe = stripeOf(gate.begin());
        assertThat(stripe.allowance).isEqualTo(FIRST_PORTION);
        assertThat(Reflect.available(gate)).isEqualTo(LIMIT - FIRST_PORTION);
        begin(FIRST_PORTION - 1);
        assertThat(stripe.allowance).as("what is lent is used first").isEqualTo(FIRST_PORTION);
        gate.begin();
        assertThat(stripe.allowance).isEqualTo(2 * FIRST_PORTION - 2);
        begin(LIMIT - FIRST_PORTION - 1);
        assertThat(stripe.allowance).isEqualTo(LIMIT);
        assertThat(Reflect.available(gate)).isZero();
        assertThat(gate.begin()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(stripe.allowance).isEqualTo(LIMIT);
    }

    @Test
    void startsWithinWhatIsLentNeedNoLock() throws Exception {
        gate.begin();
        whileSomebodyHolds(() -> begin(FIRST_PORTION - 1));
    }

    @Test
    void startsForWorksThatHaveEndedNeedNoLock() throws Exception {
        List<Long> tickets = begin(FIRST_PORTION);
        tickets.forEach(ticket -> gate.end(ticket, Outcome.FAILED));
        whileSomebodyHolds(() -> begin(FIRST_PORTION));
        assertThat(gate.begin()).isNotNegative();
        assertThat(stripeOf(tickets.get(0)).allowance)
                .as("one more than was lent")
                .isGreaterThan(FIRST_PORTION);
    }

    @Test
    void startsWithoutALimitNeedNoLockAfterTheFirst() throws Exception {
        StripedGate unlimited = new StripedGate(new Ledger(SLOTS, SHARED, true, false), OneWordGate.UNLIMITED);
        unlimited.begin();
        whileSomebodyHolds(unlimited, () -> {
            for (int i = 0; i < 10_000; i++) {
                assertThat(unlimited.begin()).isNotNegative();
            }
        });
    }

    /** The lock is for the peak alone, which somebody else is looking at then. */
    @Test
    void samplesNeedNoLock() throws Exception {
        StripedGate sampled = new StripedGate(new Ledger(SLOTS, SHARED, true, true), OneWordGate.UNLIMITED);
        sampled.end(sampled.begin(), Outcome.SUCCEEDED);
        sampled.listeners.add(new WorkListener() {});
        whileSomebodyHolds(sampled, () -> {
            for (int i = 0; i < 10; i++) {
                long ticket = sampled.begin();
                assertThat(Sampling.isTimed(ticket)).isTrue();
                sampled.end(ticket, Outcome.SUCCEEDED);
            }
        });
    }

    @Test
    void startsOnASharedStripeNeedNoLockWithinWhatItWasLent() throws Exception {
        Ledger full = withoutASlot();
        StripedGate shared = new StripedGate(full, LIMIT);
        Stripe stripe = full.at(Gate.stripeOf(shared.begin()));
        assertThat(stripe.isLending()).isTrue();
        assertThat(stripe.allowance).isEqualTo(FIRST_PORTION);
        assertThat(stripe.trip()).as("what it may still admit").isEqualTo(FIRST_PORTION - 1);
        assertThat(stripe.starts()).isEqualTo(1);
        whileSomebodyHolds(shared, () -> {
            for (int i = 1; i < FIRST_PORTION; i++) {
                assertThat(shared.begin()).isEqualTo(stripe.index);
            }
        });
        assertThat(stripe.trip()).isZero();
        assertThat(stripe.starts()).isEqualTo(FIRST_PORTION);
    }

    @Test
    void sharedStripesAdmitAllOfTheLimitAndNoMore() throws Exception {
        Ledger full = withoutASlot();
        StripedGate shared = new StripedGate(full, LIMIT);
        List<Long> tickets = new ArrayList<>();
        for (int i = 0; i < LIMIT; i++) {
            long ticket = shared.begin();
            assertThat(ticket).isNotNegative();
            tickets.add(ticket);
        }
        assertThat(shared.begin()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(full.starts()).isEqualTo(LIMIT);
        shared.end(tickets.get(0), Outcome.SUCCEEDED);
        assertThat(shared.begin()).isNotNegative();
        assertThat(shared.begin()).isEqualTo(Gate.REJECTED_LIMIT);
    }

    /** What a shared stripe is lent ends where its next sample is due. */
    @Test
    void sharedStripesTakeEachSampleThatIsDue() {
        Ledger full = new Ledger(1, SHARED, true, true);
        full.claim(0, Threads.somebodyElse());
        StripedGate shared = new StripedGate(full, LIMIT);
        shared.listeners.add(new WorkListener() {});
        for (int i = 0; i < Sampling.EACH_UP_TO; i++) {
            long ticket = shared.begin();
            assertThat(Sampling.isTimed(ticket)).as("start %d", i + 1).isTrue();
            shared.end(ticket, Outcome.SUCCEEDED);
        }
    }

    @Test
    void whatIsRecalledIsWhatIsNotUsed() throws Exception {
        List<Long> theirs = new ArrayList<>();
        Threads.elsewhere(() -> theirs.addAll(begin(3)));
        Stripe stripe = stripeOf(theirs.get(0));
        gate.end(theirs.get(1), Outcome.SUCCEEDED);
        assertThat(stripe.allowance).isEqualTo(FIRST_PORTION);

        Stripe mine = Objects.requireNonNull(claimOtherThan(stripe));
        for (int i = 0; i < LIMIT - 2; i++) {
            assertThat(gate.beginOwned(mine)).isNotNegative();
        }

        assertThat(stripe.allowance).as("what is in flight there").isEqualTo(2);
        assertThat(stripe.decided).as("ended ones, and those in flight").isEqualTo(3);
        assertThat(stripe.trip()).isEqualTo(Stripe.RECALLED);
        assertThat(mine.allowance).isEqualTo(LIMIT - 2);
        assertThat(Reflect.available(gate)).isZero();
        assertThat(gate.beginOwned(mine)).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(mine.undone()).isEqualTo(1);
    }

    /** A start that is counted and not admitted is neither used nor to be taken for granted beyond the allowance. */
    @Test
    void whatARecallFindsBeyondTheAllowanceIsNotDecided() throws Exception {
        Stripe theirs = Objects.requireNonNull(ledger.claim(0, Threads.somebodyElse()));
        theirs.allowance = 2;
        theirs.starts = 5;
        theirs.succeeded = 1;
        Reflect.set(gate, StripedGate.class, "available", 0L);
        Stripe mine = Objects.requireNonNull(ledger.claim(1, Thread.currentThread()));
        assertThat(gate.beginOwned(mine)).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(theirs.decided).isEqualTo(3);
        assertThat(theirs.allowance).isEqualTo(2);
        assertThat(Reflect.available(gate)).isZero();
    }

    /** On 8 processors and more, threads find more stripes than a limit of 1,000 has portions of one size. */
    @Test
    void manyThreadsThatComeInTurnSoonNeedNoRecall() {
        int threads = 100;
        Ledger wide = new Ledger(128, SHARED, true, false);
        StripedGate gate = new StripedGate(wide, 1000);
        List<Stripe> stripes = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            stripes.add(Objects.requireNonNull(wide.claim(i, Threads.somebodyElse())));
        }
        for (int round = 0; round < 3; round++) {
            for (Stripe stripe : stripes) {
                assertThat(gate.beginOwned(stripe)).isNotNegative();
                gate.end(stripe, true, Outcome.SUCCEEDED);
            }
        }
        assertThat(stripes).as("recalled").noneMatch(stripe -> stripe.trip() == Stripe.RECALLED);
    }

    /** An Error undoes its start without the lock, also while a recall reads. */
    @Test
    void aStartThatIsUndoneDuringARecallLeavesTheSumOfTheAllowancesRight() throws Exception {
        int slots = 128;
        Ledger ledger = new Ledger(slots, SHARED, true, false);
        StripedGate gate = new StripedGate(ledger, LIMIT);
        Stripe theirs = Objects.requireNonNull(ledger.claim(0, Threads.somebodyElse()));
        Stripe mine = Objects.requireNonNull(ledger.claim(1, Thread.currentThread()));
        for (int between = 2; between < slots; between++) {
            ledger.claim(between, Threads.somebodyElse());
        }
        theirs.allowance = LIMIT;
        Reflect.set(gate, StripedGate.class, "available", 0L);
        AtomicBoolean over = new AtomicBoolean();
        Thread failing = new Thread(() -> {
            while (!over.get()) {
                theirs.start();
                theirs.undo();
            }
        });
        failing.setDaemon(true);
        failing.start();
        try {
            for (int i = 0; i < 20_000; i++) {
                long ticket = gate.beginOwned(mine);
                assertThat(theirs.allowance).isBetween(0L, LIMIT);
                assertThat(mine.allowance).isBetween(0L, LIMIT);
                assertThat(mine.allowance + theirs.allowance + Reflect.available(gate))
                        .isEqualTo(LIMIT);
                if (ticket >= 0) {
                    gate.end(ticket, Outcome.SUCCEEDED);
                }
                // Lends all again to whom it is recalled from.
                theirs.allowance += mine.allowance + Reflect.available(gate);
                mine.allowance = 0;
                Reflect.set(gate, StripedGate.class, "available", 0L);
                mine.trip(Stripe.RECALLED);
                theirs.trip(1);
            }
        } finally {
            over.set(true);
            Threads.join(failing);
        }
    }

    @Test
    void whatASharedStripeWasLentIsRecalledToo() {
        Ledger full = withoutASlot();
        StripedGate gate = new StripedGate(full, LIMIT);
        Stripe shared = full.at(Gate.stripeOf(gate.begin()));
        Stripe owned = full.at(0);
        for (int i = 0; i < LIMIT - 1; i++) {
            assertThat(gate.beginOwned(owned)).isNotNegative();
        }
        assertThat(gate.beginOwned(owned)).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(shared.allowance).isEqualTo(1);
        assertThat(shared.starts()).isEqualTo(1);
        assertThat(shared.trip()).isEqualTo(Stripe.RECALLED);
        assertThat(gate.begin()).isEqualTo(Gate.REJECTED_LIMIT);
    }

    @Test
    void theFirstInTheLineOfASharedStripeLeavesTheOthersWhatTheyWereLent() {
        Ledger full = withoutASlot();
        StripedGate gate = new StripedGate(full, LIMIT);
        Stripe shared = full.shared(0);
        assertThat(gate.begin()).isEqualTo(shared.index);
        gate.lock.lock();
        try {
            assertThat(Gate.stripeOf(gate.beginQueued())).isEqualTo(shared.index);
        } finally {
            gate.lock.unlock();
        }
        assertThat(shared.starts()).isEqualTo(2);
        assertThat(shared.trip()).isEqualTo(FIRST_PORTION - 2);
        assertThat(shared.allowance).isEqualTo(FIRST_PORTION);
    }

    @Test
    void theFirstInTheLineCountsOnItsOwnStripe() {
        gate.lock.lock();
        try {
            long first = gate.beginQueued();
            assertThat(ledger.of(first)).as("claimed").isSameAs(ledger.mine());
            assertThat(ledger.of(gate.beginQueued())).isSameAs(ledger.mine());
        } finally {
            gate.lock.unlock();
        }
    }

    @Test
    void childrenNeitherLendNorBorrow() throws Exception {
        WorkMetrics metrics = new WorkMetrics(WorkMetrics.builder("jobs"), gate);
        Work parent = metrics.startWork();
        long child = gate.beginChild(parent);
        Stripe children = stripeOf(child);
        assertThat(ledger.isOfChildren(children.index)).isTrue();
        begin(LIMIT - 1);
        assertThat(gate.begin()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(children.trip()).isEqualTo(Stripe.NEVER);
        assertThat(children.allowance).isZero();
        assertThat(gate.beginChild(parent)).isNotNegative();
    }

    @Test
    void whoWaitsSendsEveryStartToTheLockButThoseOfChildren() {
        Stripe owned = stripeOf(gate.begin());
        Stripe shared = ledger.shared(0);
        Stripe children = ledger.ofChildren(0);
        gate.divert();
        assertThat(owned.trip()).isEqualTo(Stripe.WAITED_FOR);
        assertThat(shared.trip()).isEqualTo(Stripe.WAITED_FOR);
        assertThat(children.trip()).isEqualTo(Stripe.NEVER);
        gate.restore();
        assertThat(owned.trip()).isEqualTo(Stripe.RECALLED);
        assertThat(shared.trip()).isEqualTo(Stripe.RECALLED);
        assertThat(children.trip()).isEqualTo(Stripe.NEVER);
    }

    @Test
    void whatASharedStripeWasLentIsTakenBackWhileSomebodyWaits() {
        StripedGate gate = new StripedGate(withoutASlot(), LIMIT);
        Stripe stripe = gate.ledger.at(Gate.stripeOf(gate.begin()));
        gate.divert();
        assertThat(stripe.trip()).isEqualTo(Stripe.WAITED_FOR);
        assertThat(stripe.starts()).as("those that were admitted").isEqualTo(1);
        assertThat(stripe.starts).isEqualTo(1);
    }

    @Test
    void closeTripsEveryStripe() {
        Stripe owned = stripeOf(gate.begin());
        Stripe shared = ledger.shared(0);
        Stripe children = ledger.ofChildren(0);
        gate.close();
        assertThat(owned.trip()).isEqualTo(Stripe.CLOSED);
        assertThat(shared.trip()).isEqualTo(Stripe.CLOSED);
        assertThat(children.trip()).isEqualTo(Stripe.CLOSED);
        gate.restore();
        assertThat(owned.trip()).as("after somebody has stopped waiting").isEqualTo(Stripe.CLOSED);
    }

    /** The thread has found its stripe, and is slow to get there. */
    @Test
    void aStartThatComesLateIsUndoneByWhoMadeIt() {
        long ticket = gate.begin();
        Stripe stripe = stripeOf(ticket);
        gate.close();
        assertThat(gate.beginOwned(stripe)).isEqualTo(Gate.REJECTED_CLOSED);
        assertThat(stripe.undone()).isEqualTo(1);
        assertThat(stripe.starts()).isEqualTo(2);
        assertThat(gate.isQuiescent()).isFalse();
        gate.end(ticket, Outcome.SUCCEEDED);
        assertThat(gate.isQuiescent()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEndTellsOnlyWhenSomebodyWaitsOrTheGateIsClosed(boolean mine) throws Exception {
        List<Long> tickets = new ArrayList<>();
        if (mine) {
            tickets.addAll(begin(3));
        } else {
            Threads.elsewhere(() -> tickets.addAll(begin(3)));
        }
        assertThat(stripeOf(tickets.get(0)).isOwnedBy(Thread.currentThread())).isEqualTo(mine);
        assertThat(gate.end(tickets.get(0), Outcome.SUCCEEDED)).isFalse();
        assertThat(stripeOf(tickets.get(0)).succeeded).as("by the owner").isEqualTo(mine ? 1 : 0);
        assertThat(stripeOf(tickets.get(0)).elsewhereSucceeded).isEqualTo(mine ? 0 : 1);
        gate.divert();
        assertThat(gate.end(tickets.get(1), Outcome.SUCCEEDED)).isTrue();
        gate.restore();
        gate.close();
        assertThat(gate.isQuiescent()).isFalse();
        assertThat(gate.end(tickets.get(2), Outcome.SUCCEEDED)).isTrue();
        assertThat(gate.isQuiescent()).isTrue();
    }

    @Test
    void anEndAfterARecallTellsNobody() {
        long ticket = gate.begin();
        stripeOf(ticket).trip(Stripe.RECALLED);
        assertThat(gate.end(ticket, Outcome.SUCCEEDED)).isFalse();
    }

    @Test
    void anOpenGateIsNeverQuiescent() {
        assertThat(gate.isQuiescent()).isFalse();
        gate.end(gate.begin(), Outcome.SUCCEEDED);
        assertThat(gate.isQuiescent()).isFalse();
        assertThat(gate.isShut()).isFalse();
        gate.close();
        assertThat(gate.isShut()).isTrue();
        assertThat(gate.isQuiescent()).isTrue();
    }

    @Test
    void nobodyIsRejectedAtTheLimitOnceSomebodyHasEndedOnAnotherStripe() throws Exception {
        List<Long> theirs = new ArrayList<>();
        Threads.elsewhere(() -> theirs.addAll(begin(LIMIT)));
        Stripe mine = Objects.requireNonNull(claimOtherThan(stripeOf(theirs.get(0))));
        assertThat(gate.beginOwned(mine)).isEqualTo(Gate.REJECTED_LIMIT);
        for (long ticket : theirs) {
            gate.end(ticket, Outcome.SUCCEEDED);
            assertThat(gate.beginOwned(mine)).isNotNegative();
            assertThat(gate.beginOwned(mine)).isEqualTo(Gate.REJECTED_LIMIT);
        }
    }

    @Test
    void aStartOutOfTurnIsRejectedWhileSomebodyWaits() throws Exception {
        long ticket = gate.begin();
        Stripe stripe = stripeOf(ticket);
        begin(LIMIT - 1);
        FutureTask<Long> waiter = new FutureTask<>(() -> gate.awaitRoom(TimeUnit.HOURS.toNanos(1)));
        Thread thread = new Thread(waiter);
        thread.setDaemon(true);
        thread.start();
        Threads.awaitWaiting(thread);
        gate.lock.lock();
        try {
            gate.end(ticket, Outcome.SUCCEEDED);
            assertThat(gate.beginOwned(stripe))
                    .as("there is room, and somebody in front")
                    .isEqualTo(Gate.REJECTED_LIMIT);
        } finally {
            gate.lock.unlock();
        }
        gate.wake();
        assertThat(waiter.get(Threads.PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNegative();
        Threads.join(thread);
        assertThat(stripe.trip()).as("nobody waits any more").isNotEqualTo(Stripe.WAITED_FOR);
    }

    /** A limit that nobody could reach is none: nothing is lent, so there is nothing to be recalled. */
    @Test
    void withoutALimitThereIsRoomForAll() {
        StripedGate unlimited = new StripedGate(new Ledger(SLOTS, SHARED, true, false), OneWordGate.UNLIMITED);
        Stripe stripe = unlimited.ledger.at(Gate.stripeOf(unlimited.begin()));
        assertThat(stripe.trip()).isEqualTo(Stripe.NEVER);
        assertThat(stripe.allowance).isZero();
        assertThat(unlimited.rootLimit()).isEqualTo(Long.MAX_VALUE);
        assertThat(gate.rootLimit()).isEqualTo(LIMIT);
    }

    @ParameterizedTest
    @EnumSource(Outcome.class)
    void roomComesBackWithWhicheverOutcome(Outcome outcome) {
        List<Long> tickets = begin(LIMIT);
        gate.end(tickets.get(0), outcome);
        assertThat(stripeOf(tickets.get(0)).ended(outcome)).isEqualTo(1);
        assertThat(gate.begin()).isNotNegative();
        assertThat(gate.begin()).isEqualTo(Gate.REJECTED_LIMIT);
    }

    private static Ledger withoutASlot() {
        Ledger full = new Ledger(1, SHARED, true, false);
        full.claim(0, Threads.somebodyElse());
        return full;
    }

    private Stripe claimOtherThan(Stripe taken) {
        return ledger.claim(taken.index == 0 ? 1 : 0, Thread.currentThread());
    }

    private List<Long> begin(long works) {
        List<Long> tickets = new ArrayList<>();
        for (int i = 0; i < works; i++) {
            long ticket = gate.begin();
            assertThat(ticket).isNotNegative();
            tickets.add(ticket);
        }
        return tickets;
    }

    private Stripe stripeOf(long ticket) {
        return ledger.of(ticket);
    }

    private void whileSomebodyHolds(Runnable body) throws Exception {
        whileSomebodyHolds(gate, body);
    }

    /** A body that wants the lock never returns: it is held until the body has. */
    private static void whileSomebodyHolds(Gate gate, Runnable body) throws Exception {
        CyclicBarrier step = new CyclicBarrier(2);
        Thread holder = new Thread(() -> {
            gate.lock.lock();
            try {
                step.await();
                step.await(Threads.PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (Exception e) {
                // The body waited for the lock: it goes on, and the barrier is broken.
            } finally {
                gate.lock.unlock();
            }
        });
        holder.setDaemon(true);
        holder.start();
        step.await();
        body.run();
        step.await();
        Threads.join(holder);
    }
}
