package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EstimateTest {
    @Test
    void medianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
        assertThat(Estimate.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
        assertThat(Estimate.median(new double[] {9, 1, 3})).isEqualTo(3);
    }

    @Test
    void equalValuesHaveAnIntervalWithoutWidth() {
        assertThat(Estimate.ofMedian(new double[] {2, 2, 2, 2}, 1)).isEqualTo(new Estimate(2, 2, 2));
    }

    @Test
    void theIntervalHoldsTheTrueMedianInAboutNineteenOfTwentySamples() {
        Random random = new Random(20260101);
        long held = IntStream.range(0, 100)
                .filter(i -> Estimate.ofMedian(random.doubles(25).toArray(), i).includes(0.5))
                .count();

        // With 25 values the percentile bootstrap of a median is a little wide.
        assertThat(held / 100.0).isCloseTo(0.95, within(0.04));
    }

    @Test
    void theIntervalNarrowsWithTheNumberOfProcesses() {
        Random random = new Random(1);
        double few = Estimate.ofMedian(random.doubles(20).toArray(), 1).halfWidth();
        double many = Estimate.ofMedian(random.doubles(2_000).toArray(), 1).halfWidth();

        assertThat(many).isLessThan(few / 4);
    }

    @Test
    void oneSeedGivesOneIntervalAndLeavesTheValuesAsTheyAre() {
        double[] values = {3, 1, 2, 5, 4};

        assertThat(Estimate.ofMedian(values, 9)).isEqualTo(Estimate.ofMedian(values, 9));
        assertThat(values).containsExactly(3, 1, 2, 5, 4);
    }

    /** 30 +- 1.2 is 4 %, 10 +- 0.3 is 3 %: together 5 %, and e to the 0.05 is 1.051271. */
    @Test
    void relativeHalfWidthsOfARatioAddInQuadratureOnTheLogarithmicScale() {
        Estimate ratio = new Estimate(30, 28.8, 31.2).dividedBy(new Estimate(10, 9.7, 10.3));

        assertThat(ratio.value()).isEqualTo(3);
        assertThat(ratio.low()).isCloseTo(2.853688, within(1e-6));
        assertThat(ratio.high()).isCloseTo(3.153813, within(1e-6));
    }

    /** The half widths 0.3 and 0.4 make 0.5. */
    @Test
    void halfWidthsOfADifferenceAddInQuadrature() {
        Estimate difference = new Estimate(5, 4.7, 5.3).less(new Estimate(2, 1.6, 2.4));

        assertThat(difference.value()).isEqualTo(3);
        assertThat(difference.low()).isCloseTo(2.5, within(1e-9));
        assertThat(difference.high()).isCloseTo(3.5, within(1e-9));
    }

    @Test
    void tooFewOrBrokenValuesAreRefused() {
        assertThatThrownBy(() -> Estimate.ofMedian(new double[] {1, 2}, 1)).hasMessageContaining("at least 3");
        assertThatThrownBy(() -> Estimate.ofMedian(new double[] {1, 2, Double.NaN}, 1))
                .hasMessageContaining("NaN");
    }
}
