package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which counter a work of the one-word gate goes to; what the word decides is in {@link OneWordGateTest}. */
@Timeout(120)
class CountedGateTest {
    private final Ledger ledger = new Ledger(1, 1, false, true);
    private final CountedGate gate = new CountedGate(ledger, 10);

    @Test
    void aThreadCountsOnAStripeOfItsOwn() {
        long ticket = gate.begin();
        Stripe mine = ledger.of(ticket);
        assertThat(mine).isSameAs(ledger.mine());
        assertThat(gate.end(ticket, Outcome.FAILED)).isFalse();
        assertThat(mine.failed).isEqualTo(1);
        assertThat(mine.elsewhereFailed).isZero();
    }

    @Test
    void whoEndsTheWorkOfAnotherHasWordsOfItsOwn() throws Exception {
        long ticket = gate.begin();
        Stripe mine = ledger.of(ticket);
        Threads.elsewhere(() -> gate.end(ticket, Outcome.FAILED));
        assertThat(mine.failed).isZero();
        assertThat(mine.elsewhereFailed).isEqualTo(1);
    }

    @Test
    void aThreadWithoutASlotCountsOnASharedStripe() {
        ledger.claim(0, Threads.somebodyElse());
        gate.listeners.add(new WorkListener() {});
        long ticket = gate.begin();
        Stripe shared = ledger.of(ticket);
        assertThat(shared).isSameAs(ledger.shared(0));
        assertThat(shared.starts()).isEqualTo(1);
        assertThat(Sampling.isTimed(ticket)).as("the first start is a sample").isTrue();
        assertThat(shared.nextSample).isEqualTo(2);
    }

    /** Whoever holds the lock may be taking that sample. */
    @Test
    void aSampleOfASharedStripeIsLeftOutWhileSomebodyHoldsTheLock() throws Exception {
        ledger.claim(0, Threads.somebodyElse());
        Stripe shared = ledger.shared(0);
        gate.listeners.add(new WorkListener() {});
        gate.lock.lock();
        try {
            Threads.elsewhere(() -> assertThat(Sampling.isTimed(gate.begin())).isFalse());
        } finally {
            gate.lock.unlock();
        }
        assertThat(shared.nextSample).isEqualTo(1);
        assertThat(Sampling.isTimed(gate.begin())).as("the next one takes it").isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStartWhoseSampleCannotBeTakenIsUndone(boolean owned) throws Exception {
        if (!owned) {
            ledger.claim(0, Threads.somebodyElse());
        }
        Reflect.set(gate, Gate.class, "listeners", null);
        assertThatThrownBy(gate::begin).isInstanceOf(NullPointerException.class);
        assertThat(ledger.starts()).isEqualTo(1);
        assertThat(ledger.ends()).isEqualTo(1);
        gate.close();
        assertThat(gate.isQuiescent()).isTrue();
    }

    /** As if there was no stack left after the outcome was counted: it must not be counted again. */
    @Test
    void whatCouldNotLeaveTheWordLeavesItWithTheNextLook() throws Exception {
        long root = gate.begin();
        long other = gate.begin();
        long child = gate.beginChild(WorkMetrics.create("jobs").startWork());
        Object word = Reflect.get(gate, CountedGate.class, "word");
        Reflect.set(gate, CountedGate.class, "word", null);
        assertThat(gate.end(root, Outcome.FAILED)).isTrue();
        assertThat(gate.end(child, Outcome.CANCELLED)).isTrue();
        Reflect.set(gate, CountedGate.class, "word", word);
        assertThat(ledger.counts(10)).isEqualTo(new Ledger.Counts(0, 1, 1, 1));
        gate.close();
        assertThat(gate.isQuiescent()).as("one is in flight").isFalse();
        assertThat(gate.isQuiescent()).as("nothing leaves twice").isFalse();
        gate.end(other, Outcome.SUCCEEDED);
        assertThat(gate.isQuiescent()).isTrue();
    }

    @Test
    void whatCouldNotLeaveTheWordRejectsNobody() throws Exception {
        CountedGate one = new CountedGate(1, false);
        long root = one.begin();
        Object word = Reflect.get(one, CountedGate.class, "word");
        Reflect.set(one, CountedGate.class, "word", null);
        one.end(root, Outcome.FAILED);
        Reflect.set(one, CountedGate.class, "word", word);
        assertThat(one.begin()).isNotNegative();
        assertThat(one.begin()).isEqualTo(Gate.REJECTED_LIMIT);
    }

    @Test
    void aStartThatFailsAndCannotLeaveTheWordLeavesItWithTheNextLook() throws Exception {
        Object word = Reflect.get(gate, CountedGate.class, "word");
        Reflect.set(gate, Gate.class, "peak", new Peak() {
            @Override
            void raise(long candidate) {
                try {
                    Reflect.set(gate, CountedGate.class, "word", null);
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError(e);
                }
                throw new StackOverflowError("in between");
            }
        });
        assertThatThrownBy(gate::begin).isInstanceOf(StackOverflowError.class).hasMessage("in between");
        Reflect.set(gate, CountedGate.class, "word", word);
        gate.close();
        assertThat(gate.isQuiescent()).isTrue();
    }

    @Test
    void theFirstInTheLinePassesThoseWhoHaveToQueue() {
        gate.divert();
        assertThat(gate.begin()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(gate.beginQueued()).isNotNegative();
        gate.restore();
        assertThat(gate.begin()).isNotNegative();
        assertThat(ledger.starts()).isEqualTo(2);
    }

    @Test
    void anEndTellsAtAClosedGate() {
        long ticket = gate.begin();
        assertThat(gate.isShut()).isFalse();
        gate.close();
        assertThat(gate.isShut()).isTrue();
        assertThat(gate.isQuiescent()).isFalse();
        assertThat(gate.end(ticket, Outcome.CANCELLED)).isTrue();
        assertThat(gate.isQuiescent()).isTrue();
        assertThat(gate.canMissAnEnd()).isFalse();
    }
}
