package io.k1s.bench;

import java.util.Arrays;
import java.util.Random;

/**
 * A value with its 95 % interval.
 *
 * @param value the value: a median, or the mean of a few rounds
 * @param low the lower end of the interval
 * @param high the upper end of the interval
 */
public record Estimate(double value, double low, double high) {
    private static final int RESAMPLES = 10_000;

    /**
     * The median of independent values (one per process, say), with an interval by the percentile bootstrap: the values are
     * drawn again with replacement, and the interval holds 95 % of the medians of such draws.
     *
     * @param values at least three
     * @param seed of the draws
     * @throws IllegalArgumentException if there are fewer, or one is not finite
     */
    public static Estimate ofMedian(double[] values, long seed) {
        if (values.length < 3) {
            throw new IllegalArgumentException("an interval of " + values.length + " values: at least 3 are needed");
        }
        if (!Arrays.stream(values).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("not all are finite: " + Arrays.toString(values));
        }
        Random random = new Random(seed);
        double[] medians = new double[RESAMPLES];
        double[] draw = new double[values.length];
        for (int i = 0; i < RESAMPLES; i++) {
            for (int j = 0; j < draw.length; j++) {
                draw[j] = values[random.nextInt(values.length)];
            }
            medians[i] = median(draw);
        }
        Arrays.sort(medians);
        return new Estimate(
                median(values.clone()), medians[(int) (0.025 * RESAMPLES)], medians[(int) (0.975 * RESAMPLES) - 1]);
    }

    /** The median; sorts the values in place. */
    public static double median(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("the median of nothing");
        }
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /**
     * The ratio to another estimate, independent of this one. The relative half widths are added in quadrature and laid off on
     * the logarithmic scale: by the delta method the variance of ln x is that of x divided by the square of its mean (Casella
     * and Berger, Statistical Inference, 5.5.4). Intervals of the same kind and number of values are taken for granted, since
     * half widths stand for standard errors.
     *
     * @param other positive, as this one is
     */
    public Estimate dividedBy(Estimate other) {
        double ratio = value / other.value;
        double width = Math.exp(Math.hypot(halfWidth() / value, other.halfWidth() / other.value));
        return new Estimate(ratio, ratio / width, ratio * width);
    }

    /** The difference to another estimate, independent of this one: the half widths are added in quadrature. */
    public Estimate less(Estimate other) {
        double difference = value - other.value;
        double width = Math.hypot(halfWidth(), other.halfWidth());
        return new Estimate(difference, difference - width, difference + width);
    }

    /** Half of the interval's width: the number after the plus or minus. */
    public double halfWidth() {
        return (high - low) / 2;
    }

    /** Tells whether the interval includes a value. */
    public boolean includes(double wanted) {
        return low <= wanted && wanted <= high;
    }

    /** The same in another unit. */
    public Estimate times(double factor) {
        return new Estimate(value * factor, low * factor, high * factor);
    }
}
