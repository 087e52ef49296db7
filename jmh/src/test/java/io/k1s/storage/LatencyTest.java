package io.k1s.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyTest {
    private static final long INTERVAL = 1_000_000;
    private static final int STALLED = 20;

    /** The first operation is over when the 20th is due: those between were late by an interval and more. */
    @Test
    void aStallCountsForAllThatWereDueMeanwhile() throws Exception {
        long first = System.nanoTime();
        long over = first + STALLED * INTERVAL;

        Histogram times = LatencyProcess.openLoop(
                count -> {
                    while (System.nanoTime() < over) {
                        Thread.onSpinWait();
                    }
                },
                first,
                INTERVAL,
                first + 2 * STALLED * INTERVAL);

        assertThat(times.getTotalCount()).isEqualTo(2 * STALLED);
        assertThat(times.getCountBetweenValues(INTERVAL, times.getMaxValue())).isGreaterThanOrEqualTo(STALLED - 1);
    }
}
