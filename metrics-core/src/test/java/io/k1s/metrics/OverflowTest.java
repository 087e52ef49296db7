package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OverflowTest {
    @ParameterizedTest
    @EnumSource
    void countersThatPassTheirMaximumStillDrain(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        age(metrics, Long.MAX_VALUE - 2);
        Work parent = metrics.startWork();
        for (int i = 0; i < 10; i++) {
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        }
        Work child = parent.startChild("child");
        assertThat(metrics.snapshot().inFlight()).isEqualTo(2);
        metrics.close();
        parent.succeed();
        assertThat(metrics.isQuiescent()).isFalse();
        child.succeed();
        assertThat(metrics.isQuiescent()).isTrue();
        assertThat(metrics.snapshot().inFlight()).isZero();
    }

    /** The next sample's number must not overflow into a negative one, which would read as a closed gate. */
    @Test
    void samplingNearTheMaximumDoesNotCloseTheGate() throws Exception {
        for (long before = 2; before < 1_100; before += 97) {
            WorkMetrics metrics = WorkMetrics.create("old");
            age(metrics, Long.MAX_VALUE - before);
            for (int i = 0; i < 1_200; i++) {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            }
            assertThat(metrics.isClosed()).isFalse();
            assertThat(metrics.snapshot().inFlight()).isZero();
        }
    }

    @Test
    void childrenThatFillTheirBitsDoNotCloseTheGate() throws Exception {
        OneWordGate gate = new OneWordGate(5);
        long full = OneWordGate.UNLIMITED << 30;
        Reflect.set(gate, OneWordGate.class, "word", full - (1L << 30));
        assertThat(gate.enterChild()).isEqualTo(OneWordGate.UNLIMITED);
        assertThat(gate.enterChild()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(gate.isClosed()).isFalse();
        assertThat(gate.exit(true)).isFalse();
        assertThat(gate.enterChild()).isEqualTo(OneWordGate.UNLIMITED);
        assertThat(gate.inside()).isEqualTo(OneWordGate.UNLIMITED);
    }

    @Test
    void rootsThatFillTheirBitsAreRefused() throws Exception {
        OneWordGate gate = new OneWordGate(OneWordGate.UNLIMITED);
        Reflect.set(gate, OneWordGate.class, "word", OneWordGate.UNLIMITED - 1);
        assertThat(gate.enter()).isEqualTo(OneWordGate.UNLIMITED);
        assertThat(gate.enter()).isEqualTo(Gate.REJECTED_LIMIT);
        assertThat(gate.exit(false)).isFalse();
        assertThat(gate.inside()).isEqualTo(OneWordGate.UNLIMITED - 1);
    }

    /** As if so many works had succeeded on every stripe that this thread can come to. */
    private static void age(WorkMetrics metrics, long works) throws ReflectiveOperationException {
        Ledger ledger = Reflect.ledger(metrics);
        Stripe own = ledger.claim();
        if (own != null) {
            age(own, works);
        }
        for (int i = 0; i < 2; i++) {
            age(ledger.shared(i), works);
        }
        for (int i = 0; i < 4; i++) {
            age(ledger.ofChildren(i), works);
        }
    }

    private static void age(Stripe stripe, long works) {
        stripe.starts = works;
        stripe.succeeded = works;
    }
}
