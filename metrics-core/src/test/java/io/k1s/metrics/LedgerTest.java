package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerTest {
    @ParameterizedTest
    @EnumSource
    void everyOutcomeHasItsCounter(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.startWork().succeed();
        metrics.startWork().succeed();
        metrics.startWork().succeed();
        metrics.startWork().fail();
        metrics.startWork().fail();
        metrics.startWork().cancel();
        Work open = metrics.startWork();
        WorkSnapshot s = Checks.addsUp(metrics);
        assertThat(s.totalStarted()).isEqualTo(7);
        assertThat(s.operations()).isEqualTo(3);
        assertThat(s.errors()).isEqualTo(2);
        assertThat(s.cancelled()).isEqualTo(1);
        assertThat(s.inFlight()).isEqualTo(1);
        assertThat(s.ended()).isEqualTo(6);
        open.succeed();
    }

    @ParameterizedTest
    @EnumSource
    void ledgerAddsUpWithRejectedAndCancelledWork(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.startWork().cancel();
        metrics.end(metrics.begin(), Outcome.CANCELLED);
        metrics.end(metrics.begin(), Outcome.FAILED);
        metrics.close();
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(metrics::begin).isInstanceOf(WorkRejectedException.class);
        }
        WorkSnapshot s = Checks.drained(metrics, 3);
        assertThat(s.cancelled()).isEqualTo(2);
        assertThat(s.rejected()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void rejectedWorkIsNotAmongTheStarted(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.startWork().succeed();
        metrics.close();
        assertThatThrownBy(metrics::startWork).isInstanceOf(WorkRejectedException.class);
        assertThat(metrics.snapshot().totalStarted()).isEqualTo(1);
    }

    /** The seed lowered in-flight first: a waiter then saw zero with the totals short. */
    @ParameterizedTest
    @EnumSource
    void outcomeIsRecordedBeforeInFlightFalls(Kind kind) throws Exception {
        for (int i = 0; i < 300; i++) {
            WorkMetrics metrics = kind.create();
            Work work = metrics.startWork();
            metrics.close();
            Threads.together(work::succeed, () -> {
                WorkSnapshot s;
                do {
                    s = metrics.snapshot();
                    assertThat(s.operations() + s.inFlight()).isEqualTo(1);
                } while (s.inFlight() > 0);
                assertThat(s.operations()).isEqualTo(1);
            });
            Checks.drained(metrics, 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void quiescenceFindsEveryCounterFinal(Kind kind) throws Exception {
        for (int i = 0; i < 300; i++) {
            WorkMetrics metrics = kind.create();
            Work first = metrics.startWork();
            Work second = metrics.startWork();
            metrics.close();
            List<WorkSnapshot> seen = new ArrayList<>();
            metrics.quiescence().thenRun(() -> seen.add(metrics.snapshot()));
            Threads.together(first::fail, second::cancel);
            assertThat(seen).hasSize(1);
            assertThat(seen.get(0).errors()).isEqualTo(1);
            assertThat(seen.get(0).cancelled()).isEqualTo(1);
            assertThat(seen.get(0).inFlight()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void endOnAnotherThreadIsExact(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        List<Work> works = new ArrayList<>();
        List<Long> tickets = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            works.add(metrics.startWork());
            tickets.add(metrics.begin());
        }
        metrics.close();
        Threads.together(
                () -> works.subList(0, 50).forEach(Work::succeed),
                () -> works.subList(50, 100).forEach(Work::fail),
                () -> tickets.forEach(t -> metrics.end(t, Outcome.CANCELLED)));
        WorkSnapshot s = Checks.drained(metrics, 200);
        assertThat(s.operations()).isEqualTo(50);
        assertThat(s.errors()).isEqualTo(50);
        assertThat(s.cancelled()).isEqualTo(100);
    }

    @ParameterizedTest
    @EnumSource
    void ticketIsTheIdentityOfTheWorkNotTheThread(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        long[] tickets = new long[8];
        for (int i = 0; i < tickets.length; i++) {
            int at = i;
            Threads.elsewhere(() -> tickets[at] = metrics.begin());
        }
        metrics.close();
        for (long ticket : tickets) {
            assertThat(metrics.isQuiescent()).isFalse();
            metrics.end(ticket, Outcome.SUCCEEDED);
        }
        Checks.drained(metrics, tickets.length);
    }

    @ParameterizedTest
    @EnumSource
    void childTicketsAndRootTicketsEndApart(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork();
        long child = metrics.beginChild(parent);
        long root = metrics.begin();
        Ledger ledger = Reflect.ledger(metrics);
        assertThat(ledger.isOfChildren(Gate.stripeOf(child))).isTrue();
        assertThat(ledger.isOfChildren(Gate.stripeOf(root))).isFalse();
        metrics.end(root, Outcome.SUCCEEDED);
        parent.succeed();
        assertThat(Checks.addsUp(metrics).inFlight()).isEqualTo(1);
        metrics.end(child, Outcome.SUCCEEDED);
        metrics.close();
        Checks.drained(metrics, 3);
    }

    @ParameterizedTest
    @EnumSource
    void bodyOutcomesAreCounted(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        IOException io = new IOException("disk");
        metrics.run("fine", () -> {});
        assertThat((String) metrics.call("fine too", () -> "result")).isEqualTo("result");
        assertThat((Object) metrics.call("null", () -> null)).isNull();
        assertThatThrownBy(() -> metrics.run("broken", () -> {
                    throw io;
                }))
                .isSameAs(io);
        CancellationException cancelled = new CancellationException();
        assertThatThrownBy(() -> metrics.call("given up", () -> {
                    throw cancelled;
                }))
                .isSameAs(cancelled);
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics, 5);
        assertThat(s.operations()).isEqualTo(3);
        assertThat(s.errors()).isEqualTo(1);
        assertThat(s.cancelled()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void snapshotUnderLoadNeverMissesAWorkThatIsInFlightThroughout(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work steady = metrics.startWork();
        Threads.Task load = () -> {
            for (int i = 0; i < 20_000; i++) {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            }
        };
        Threads.together(load, load, () -> {
            for (int i = 0; i < 5_000; i++) {
                assertThat(Checks.addsUp(metrics).inFlight()).isPositive();
            }
        });
        steady.succeed();
        metrics.close();
        Checks.drained(metrics, 40_001);
    }

    @ParameterizedTest
    @EnumSource
    void randomUseByManyThreadsLosesNothing(Kind kind) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("randomUseByManyThreadsLosesNothing " + kind + " seed " + seed);
        WorkMetrics metrics = kind.create();
        Threads.Task[] tasks = new Threads.Task[4];
        for (int t = 0; t < tasks.length; t++) {
            Random random = new Random(seed + t);
            tasks[t] = () -> {
                List<Work> open = new ArrayList<>();
                for (int i = 0; i < 2_000; i++) {
                    switch (random.nextInt(5)) {
                        case 0 -> open.add(metrics.startWork());
                        case 1 -> metrics.end(metrics.begin(), Outcome.values()[random.nextInt(3)]);
                        case 2 -> metrics.run("r", () -> {});
                        case 3 -> {
                            if (!open.isEmpty()) {
                                open.add(open.get(random.nextInt(open.size())).startChild("c"));
                            }
                        }
                        default -> {
                            if (!open.isEmpty()) {
                                open.remove(random.nextInt(open.size())).endAs(Outcome.values()[random.nextInt(3)]);
                            }
                        }
                    }
                }
                open.forEach(Work::cancel);
            };
        }
        Threads.together(tasks);
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics);
        assertThat(s.repeatedEnds()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 48, 64, 256, 4_096})
    void stripesArePowersOfTwoForEveryMachineAndFitATicket(int processors) {
        int owned = Ledger.defaultOwned(processors);
        int shared = Ledger.defaultShared(processors);
        assertThat(Integer.bitCount(owned)).isEqualTo(1);
        assertThat(Integer.bitCount(shared)).isEqualTo(1);
        assertThat(owned).isBetween(16, 128);
        assertThat(shared).isGreaterThanOrEqualTo(Math.min(processors, 64));
        assertThat(new Ledger(owned, shared, true, true).stripes()).isLessThanOrEqualTo(256);
    }

    @ParameterizedTest
    @CsvSource({"1, 16, 4", "2, 16, 4", "3, 32, 8", "8, 64, 16", "16, 128, 32", "32, 128, 64", "4096, 128, 64"})
    void stripesGrowWithTheProcessors(int processors, int owned, int shared) {
        assertThat(Ledger.defaultOwned(processors)).isEqualTo(owned);
        assertThat(Ledger.defaultShared(processors)).isEqualTo(shared);
    }

    /** More than the limit are starts on their way to rejection; children are exempt. */
    @Test
    void whatExceedsTheLimitIsNotInFlight() {
        Ledger ledger = new Ledger(1, 2, false, false);
        Stripe roots = ledger.shared(0);
        Stripe children = ledger.ofChildren(0);
        roots.starts = 10;
        roots.succeeded = 1;
        roots.failed = 2;
        children.starts = 9;
        children.elsewhereSucceeded = 1;
        children.elsewhereFailed = 1;
        children.elsewhereCancelled = 1;
        assertThat(ledger.counts(100)).isEqualTo(new Ledger.Counts(2, 3, 1, 13));
        assertThat(ledger.counts(5)).isEqualTo(new Ledger.Counts(2, 3, 1, 11));
        assertThat(ledger.overlapping(100)).isEqualTo(13);
        assertThat(ledger.overlapping(5)).isEqualTo(11);
        roots.undone = 6;
        assertThat(ledger.counts(5)).isEqualTo(new Ledger.Counts(2, 3, 1, 7));
        assertThat(ledger.overlapping(5)).isEqualTo(7);
        assertThat(ledger.starts()).isEqualTo(19);
        assertThat(ledger.ends()).isEqualTo(12);
    }

    @Test
    void twoWhoNeedTheSameSharedStripeFirstMakeOne() throws Exception {
        Ledger ledger = new Ledger(1, 1, true, false);
        Set<Stripe> found = ConcurrentHashMap.newKeySet();
        List<Thread> threads =
                List.of(new Thread(() -> found.add(ledger.shared(0))), new Thread(() -> found.add(ledger.shared(0))));
        ledger.lock.lock();
        try {
            threads.forEach(Thread::start);
            Threads.until(() -> threads.stream().allMatch(ledger.lock::hasQueuedThread), "both have found none");
        } finally {
            ledger.lock.unlock();
        }
        for (Thread thread : threads) {
            Threads.join(thread);
        }
        assertThat(found).containsExactly(ledger.shared(0));
    }

    @Test
    void sharedStripesAreTriedOneAfterTheOther() {
        Ledger ledger = new Ledger(2, 4, true, false);
        Set<Stripe> tried = new LinkedHashSet<>();
        for (int n = 0; n < 4; n++) {
            tried.add(ledger.shared(n));
        }
        assertThat(tried).extracting(stripe -> stripe.index).containsExactlyInAnyOrder(2, 3, 4, 5);
        assertThat(ledger.shared(4)).isSameAs(ledger.shared(0));
        assertThat(tried).allSatisfy(stripe -> {
            assertThat(stripe.isLending()).isTrue();
            assertThat(stripe.trip()).isEqualTo(Stripe.RECALLED);
        });
    }

    @Test
    void childrenHaveStripesOfTheirOwnByThatOfTheirParent() {
        Ledger ledger = new Ledger(2, 4, true, false);
        assertThat(ledger.stripes()).isEqualTo(10);
        for (int parent = 0; parent < 8; parent++) {
            Stripe children = ledger.ofChildren(parent);
            assertThat(children.index).isEqualTo(6 + parent % 4);
            assertThat(ledger.isOfChildren(children.index)).isTrue();
            assertThat(children.isLending()).isFalse();
            assertThat(children.trip()).isEqualTo(Stripe.NEVER);
        }
        assertThat(ledger.isOfChildren(5)).isFalse();
    }

    @Test
    void aStripeThatIsMadeAfterTheCloseIsClosed() {
        Ledger ledger = new Ledger(2, 4, true, false);
        ledger.lock.lock();
        try {
            ledger.freeze();
        } finally {
            ledger.lock.unlock();
        }
        assertThat(ledger.shared(0).trip()).isEqualTo(Stripe.CLOSED);
        assertThat(ledger.ofChildren(0).trip()).isEqualTo(Stripe.CLOSED);
    }

    @ParameterizedTest
    @CsvSource({"true, 1", "false, 9223372036854775807"})
    void theFirstStartIsASampleIfAnyIs(boolean sampling, long first) {
        assertThat(new Ledger(2, 4, true, sampling).shared(0).nextSample).isEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource
    void anEndWithoutAnOutcomeIsRefusedAndTheWorkStaysInFlight(Kind kind) {
        WorkMetrics metrics = kind.create();
        long ticket = metrics.begin();

        assertThatThrownBy(() -> metrics.end(ticket, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("outcome");

        assertThat(Checks.addsUp(metrics).inFlight()).isEqualTo(1);
        metrics.end(ticket, Outcome.SUCCEEDED);
    }

    @Test
    void ticketThatNobodyGaveIsRefused() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        assertThatThrownBy(() -> metrics.end(20, Outcome.SUCCEEDED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ticket 20 was not given by this component");
    }

    @ParameterizedTest
    @EnumSource
    void describeSaysHowTheComponentIsSetUp(Kind kind) {
        String text = kind.create("jobs").describe();
        assertThat(text)
                .startsWith(
                        switch (kind) {
                            case STRIPED -> "jobs: limit none, peak OBSERVED, gate StripedGate, ";
                            case LIMITED, SHARED -> "jobs: limit 1000000, peak OBSERVED, gate StripedGate, ";
                            case EXACT -> "jobs: limit none, peak EXACT, gate CountedGate, ";
                        })
                .contains(", mode " + Fence.mode() + ", ")
                .endsWith(" stripes");
    }

    @Test
    void toStringIsTheLedger() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.startWork().succeed();
        assertThat(metrics.toString()).contains("component=jobs", "totalStarted=1", "operations=1", "inFlight=0");
        assertThat(metrics.name()).isEqualTo("jobs");
    }
}
