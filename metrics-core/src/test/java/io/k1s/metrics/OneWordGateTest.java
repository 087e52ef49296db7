package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OneWordGateTest {
    private final OneWordGate gate = new OneWordGate(2);

    @Test
    void entersUpToTheLimitAndSaysHowManyAreInside() {
        assertThat(gate.enter()).isEqualTo(1);
        assertThat(gate.enter()).isEqualTo(2);
        assertThat(gate.enter()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(gate.enterQueued()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(gate.inside()).isEqualTo(2);
        assertThat(gate.exit(false)).isFalse();
        assertThat(gate.enterQueued()).isEqualTo(2);
    }

    @Test
    void childrenCountButNotAgainstTheLimit() {
        assertThat(gate.enterChild()).isEqualTo(1);
        assertThat(gate.enterChild()).isEqualTo(2);
        assertThat(gate.enterChild()).isEqualTo(3);
        assertThat(gate.enter()).isEqualTo(4);
        assertThat(gate.enter()).isEqualTo(5);
        assertThat(gate.enter()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(gate.exit(true)).isFalse();
        assertThat(gate.enter()).as("a child has left, not a root").isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(gate.inside()).isEqualTo(4);
    }

    @Test
    void aClosedGateRefusesRootsAndAdmitsChildren() {
        assertThat(gate.isClosed()).isFalse();
        gate.close();
        assertThat(gate.isClosed()).isTrue();
        assertThat(gate.enter()).isEqualTo(Gate.REJECTED_CLOSED);
        assertThat(gate.enterQueued()).isEqualTo(Gate.REJECTED_CLOSED);
        assertThat(gate.enterChild()).isEqualTo(1);
    }

    @Test
    void aSealedGateIsClosedAndRefusesChildrenToo() {
        gate.seal();
        assertThat(gate.isClosed()).isTrue();
        assertThat(gate.enter()).isEqualTo(Gate.REJECTED_CLOSED);
        assertThat(gate.enterChild()).isEqualTo(Gate.REJECTED_CLOSED);
        gate.close();
        assertThat(gate.enterChild()).as("never back").isEqualTo(Gate.REJECTED_CLOSED);
    }

    @Test
    void divertedRootsAreLeftToWhoeverIsFirstInTheLine() {
        gate.divert(true);
        assertThat(gate.enter()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(gate.enterChild()).isEqualTo(1);
        assertThat(gate.enterQueued()).isEqualTo(2);
        assertThat(gate.exit(false)).as("somebody waits for room").isTrue();
        gate.divert(false);
        assertThat(gate.enter()).isEqualTo(2);
        assertThat(gate.exit(false)).isFalse();
        gate.close();
        gate.divert(true);
        gate.divert(false);
        assertThat(gate.isClosed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itIsQuiescentWhenClosedAndEmptyAndTheLastOneOutIsTold(boolean child) {
        assertThat(gate.isQuiescent()).isFalse();
        long unused = child ? gate.enterChild() : gate.enter();
        assertThat(gate.isQuiescent()).isFalse();
        gate.close();
        assertThat(gate.isQuiescent()).isFalse();
        assertThat(gate.exit(child)).isTrue();
        assertThat(gate.isQuiescent()).isTrue();
        assertThat(gate.inside()).isZero();
    }
}
