package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuilderTest {
    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, 1_000_000_001L, Long.MAX_VALUE})
    void limitOutOfRangeIsRefusedWithNameValueAndRange(long limit) {
        assertThatThrownBy(() -> WorkMetrics.builder("jobs").maxConcurrentOps(limit))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxConcurrentOps of component \"jobs\" is " + limit
                        + "; allowed is 1 to 1000000000 (leave it out for no limit)");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1_000_000_000})
    void limitsAtTheEndsOfTheRangeAreAllowed(long limit) {
        assertThat(WorkMetrics.builder("jobs").maxConcurrentOps(limit).build().describe())
                .contains("limit " + limit + ",");
    }

    @Test
    void missingPeakTrackingIsRefused() {
        assertThatThrownBy(() -> WorkMetrics.builder("jobs").peakTracking(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("tracking");
    }

    @Test
    void exactPeakOrAFewPermitsTakeOneWordAndAllElseIsStriped() {
        assertThat(WorkMetrics.create("jobs").describe()).contains("StripedGate");
        assertThat(WorkMetrics.builder("jobs").maxConcurrentOps(65).build().describe())
                .contains("StripedGate");
        assertThat(WorkMetrics.builder("jobs").maxConcurrentOps(64).build().describe())
                .contains("CountedGate");
        assertThat(WorkMetrics.builder("jobs")
                        .peakTracking(PeakTracking.EXACT)
                        .build()
                        .describe())
                .contains("CountedGate");
    }

    @Test
    void builderCanBuildSeveralIndependentComponents() {
        WorkMetrics.Builder builder = WorkMetrics.builder("jobs");
        WorkMetrics one = builder.build();
        WorkMetrics two = builder.build();
        one.close();
        two.startWork().succeed();
        assertThat(two.isClosed()).isFalse();
    }
}
