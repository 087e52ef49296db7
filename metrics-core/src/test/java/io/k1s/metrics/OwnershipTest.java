package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class OwnershipTest {
    private final Ledger ledger = new Ledger(1, 2, true, true);

    @Test
    void threadOwnsTheStripeThatItClaimed() {
        assertThat(ledger.mine()).isNull();
        Stripe stripe = ledger.claim();
        assertThat(stripe).isNotNull();
        assertThat(ledger.mine()).isSameAs(stripe);
        assertThat(ledger.at(stripe.index)).isSameAs(stripe);
    }

    @Test
    void slotOfALiveThreadIsNobodyElses() throws Exception {
        ledger.claim();
        Threads.elsewhere(() -> {
            assertThat(ledger.mine()).isNull();
            assertThat(ledger.isClaimable()).isFalse();
            assertThat(ledger.claim()).isNull();
        });
    }

    @Test
    void threadThatFindsItsSlotTakenOwnsAnother() throws Exception {
        int slots = 16;
        Ledger wide = new Ledger(slots, 2, true, true);
        Stripe mine = wide.claim();
        Stripe[] theirs = new Stripe[2];
        Thread rival;
        do {
            rival = new Thread(() -> {
                theirs[0] = wide.claim();
                theirs[1] = wide.mine();
            });
        } while ((rival.getId() - Thread.currentThread().getId()) % slots != 0);
        rival.start();
        Threads.join(rival);
        assertThat(theirs[0]).isNotNull().isNotSameAs(mine);
        assertThat(theirs[1]).isSameAs(theirs[0]);
        assertThat(wide.mine()).isSameAs(mine);
    }

    /** The counters go on where the dead thread left them. */
    @Test
    void stripeOfADeadThreadGetsANewOwnerAndKeepsItsCounters() throws Exception {
        Threads.elsewhere(() -> {
            Stripe stripe = Objects.requireNonNull(ledger.claim());
            stripe.count();
            stripe.count();
            stripe.end(Outcome.SUCCEEDED);
        });
        Stripe stripe = ledger.claim();
        assertThat(stripe).isNotNull();
        assertThat(ledger.mine()).isSameAs(stripe);
        assertThat(stripe.count()).isEqualTo(3);
        assertThat(stripe.ended(Outcome.SUCCEEDED)).isEqualTo(1);
    }

    /** As the collector does it to a thread that nothing else holds. */
    @Test
    void stripeWhoseOwnerWasCollectedIsClaimable() throws Exception {
        Stripe[] theirs = new Stripe[1];
        Threads.elsewhere(() -> theirs[0] = ledger.claim());
        theirs[0].owner = new WeakReference<>(null);
        assertThat(ledger.isClaimable()).isTrue();
        assertThat(ledger.claim()).isSameAs(theirs[0]);
    }

    @Test
    void threadsThatComeAndGoLoseNothing() throws Exception {
        WorkMetrics metrics = new WorkMetrics(
                WorkMetrics.builder("jobs").maxConcurrentOps(100), new StripedGate(new Ledger(2, 2, true, true), 100));
        for (int i = 0; i < 200; i++) {
            Threads.Task task = () -> {
                for (int k = 0; k < 20; k++) {
                    metrics.end(metrics.begin(), Outcome.SUCCEEDED);
                }
            };
            Threads.together(task, task, task);
        }
        metrics.close();
        Checks.drained(metrics, 12_000);
    }

    /** A thread that found its slots taken has one as soon as the other one is dead, without a collection. */
    @Test
    void threadOnASharedStripeMovesToItsOwnOnceTheOwnerIsDead() throws Exception {
        StripedGate gate = new StripedGate(ledger, OneWordGate.UNLIMITED);
        CyclicBarrier step = new CyclicBarrier(2);
        Thread owner = new Thread(() -> {
            try {
                gate.end(gate.begin(), Outcome.SUCCEEDED);
                step.await();
                step.await();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        owner.start();
        step.await();
        gate.end(gate.begin(), Outcome.SUCCEEDED);
        assertThat(ledger.mine()).isNull();
        step.await();
        Threads.join(owner);
        for (int i = 0; i < 2 * Sampling.EACH_UP_TO && ledger.mine() == null; i++) {
            gate.end(gate.begin(), Outcome.SUCCEEDED);
        }
        assertThat(ledger.mine()).isNotNull();
    }

    @Test
    void aThreadCanHaveAStripeWhileOneOfItsTwoSlotsIsFree() {
        Ledger wide = new Ledger(16, 2, true, true);
        assertThat(wide.isClaimable()).isTrue();
        Stripe first = Objects.requireNonNull(wide.claim());
        assertThat(wide.isClaimable()).as("the other slot is free").isTrue();
        first.adopt(Threads.somebodyElse());
        assertThat(wide.mine()).isNull();
        Stripe second = Objects.requireNonNull(wide.claim());
        assertThat(second).isNotSameAs(first);
        assertThat(wide.mine()).isSameAs(second);
        second.adopt(Threads.somebodyElse());
        assertThat(wide.isClaimable()).isFalse();
        assertThat(wide.claim()).isNull();
        assertThat(wide.mine()).isNull();
    }

    @Test
    void nobodyHasAStripeAfterTheClose() {
        StripedGate gate = new StripedGate(ledger, OneWordGate.UNLIMITED);
        gate.end(gate.begin(), Outcome.SUCCEEDED);
        assertThat(ledger.mine()).isNotNull();
        gate.close();
        assertThat(ledger.mine()).isNull();
        assertThat(ledger.claim()).isNull();
        long starts = ledger.starts();
        assertThat(gate.begin()).isEqualTo(Gate.REJECTED_CLOSED);
        assertThat(ledger.starts()).as("counted on the way to rejection").isEqualTo(starts);
    }

    /** A subclass can say that it is another thread: the id is a hint, the owner is told by identity. */
    @Test
    void threadThatClaimsTheIdOfAnotherIsNotTheOwner() throws Exception {
        Stripe mine = ledger.claim();
        long id = Thread.currentThread().getId();
        Stripe[] seen = {mine};
        Thread impostor = new Thread(() -> seen[0] = ledger.mine()) {
            @Override
            @SuppressWarnings("deprecation")
            public long getId() {
                return id;
            }
        };
        impostor.start();
        Threads.join(impostor);
        assertThat(seen[0]).isNull();
    }

    @Test
    void threadsWithWorkInFlightAreKnownAlsoWithoutNames() throws Exception {
        for (Kind kind : new Kind[] {Kind.STRIPED, Kind.LIMITED, Kind.EXACT}) {
            WorkMetrics metrics = kind.create();
            long ticket = metrics.begin();
            Threads.elsewhere(() -> {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
                assertThat(metrics.busyThreads()).doesNotContain(Thread.currentThread());
            });
            assertThat(metrics.busyThreads()).containsExactly(Thread.currentThread());
            metrics.end(ticket, Outcome.SUCCEEDED);
            assertThat(metrics.busyThreads()).isEmpty();
        }
    }

    @Test
    void wordsThatMustNotShareALineDoNot() throws Exception {
        assertThat(offset("trip") - offset("starts")).isGreaterThanOrEqualTo(64);
        assertThat(offset("starts"))
                .as("the line of the starts does not reach what lies before")
                .isGreaterThanOrEqualTo(56);
    }

    @Test
    void wordsOfAStartAndAnEndAreReachedByShortOffsets() throws Exception {
        for (String word : List.of("starts", "succeeded", "ownerId", "trip")) {
            assertThat(offset(word)).as(word).isLessThan(128);
        }
    }

    private static long offset(String field) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Unsafe");
        java.lang.reflect.Field unsafe = type.getDeclaredField("theUnsafe");
        unsafe.setAccessible(true);
        return (long) type.getMethod("objectFieldOffset", java.lang.reflect.Field.class)
                .invoke(unsafe.get(null), StripeWords.class.getDeclaredField(field));
    }
}
