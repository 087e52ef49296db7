package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The plan of one stripe; what listeners hear of it is in {@link ListenerTest}. */
class SamplingTest {
    private static final long AN_HOUR = 3_600_000_000_000L;

    private final Stripe stripe = new Stripe(0, false, Stripe.NEVER);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 63, 64, 1_000_003, Long.MAX_VALUE - 1})
    void withoutDistanceEveryStartIsASample(long start) {
        assertThat(Sampling.after(start, 0)).isEqualTo(start + 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, Sampling.MAX_SCALE})
    void nothingIsPlannedBeyondTheGreatestNumber(int scale) {
        assertThat(Sampling.after(Long.MAX_VALUE, scale)).isEqualTo(Stripe.NEVER);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "63, 0", "64, 1", "65, 1"})
    void distanceGrowsFromTheLastOfTheFirstStartsOn(long start, int scale) {
        stripe.sampledAt = System.nanoTime() + AN_HOUR;
        Sampling.take(stripe, start);
        assertThat(stripe.sampleScale).isEqualTo(scale);
        assertThat(stripe.nextSample).isEqualTo(Sampling.after(start, scale));
    }

    @ParameterizedTest
    @CsvSource({"3, 2", "1, 0", "0, 0"})
    void distanceShrinksByOneStepWhileThereIsAny(int before, int after) {
        stripe.sampleScale = before;
        stripe.sampledAt = System.nanoTime() - AN_HOUR;
        Sampling.take(stripe, 1_000);
        assertThat(stripe.sampleScale).isEqualTo(after);
    }

    /** Neither closer than they should be nor four times as far: a second has to pass for the clock to leave the range. */
    @Test
    void distanceThatIsRightStays() {
        long apart = Sampling.NANOS_APART * 2;
        int kept = 0;
        for (int i = 0; i < 1_000 && kept == 0; i++) {
            stripe.sampleScale = 3;
            long before = System.nanoTime();
            stripe.sampledAt = before - apart;
            Sampling.take(stripe, 1_000);
            if (System.nanoTime() - before < Sampling.NANOS_APART) {
                assertThat(stripe.sampleScale).isEqualTo(3);
                kept++;
            }
        }
        assertThat(kept).as("takes that no pause of the thread came into").isEqualTo(1);
    }

    @Test
    void theTimeOfASampleIsKept() {
        long before = System.nanoTime();
        Sampling.take(stripe, 1);
        assertThat(stripe.sampledAt).isBetween(before, System.nanoTime());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, Sampling.MAX_SCALE})
    void ticketCarriesTimeAndWeightBesideTheStripe(int scale) {
        stripe.sampleScale = scale;
        long before = System.nanoTime();
        long stamp = Sampling.take(stripe, 1);
        assertThat(Gate.stripeOf(stamp)).as("the stripe's bits are free").isZero();
        assertThat(stamp).isPositive();
        for (long ticket : new long[] {stamp, stamp | 255}) {
            assertThat(Sampling.isTimed(ticket)).isTrue();
            assertThat(Sampling.weight(ticket)).isEqualTo(1L << scale);
            assertThat(Sampling.nanos(ticket)).isBetween(0L, System.nanoTime() - before);
        }
        assertThat(Sampling.isTimed(255)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE - 1, Long.MIN_VALUE, 1L << 51})
    void ticketThatIsNoSampleCanSayWhenItWasGiven(long made) {
        long given = made + 5_000_000_000L;
        long ticket = Sampling.stamped(7, given);
        assertThat(ticket).isPositive();
        assertThat(Sampling.isTimed(ticket)).isFalse();
        assertThat(Gate.stripeOf(ticket)).isEqualTo(7);
        assertThat(Sampling.givenAt(ticket, made)).isEqualTo(given);
        assertThat(Sampling.givenAt(7, made)).as("it says nothing").isEqualTo(made);
    }
}
