package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkPageTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 ns",
        "999, 999 ns",
        "1000, 1.00 &micro;s",
        "999499, 999 &micro;s",
        "999500, 1.00 ms",
        "12345678, 12.3 ms",
        "999499999, 999 ms",
        "999500000, 1.0 s",
        "90000000000, 90.0 s"
    })
    void durationIsShownInTheUnitThatFits(long nanos, String shown) {
        assertThat(WorkPage.shown(Duration.ofNanos(nanos))).isEqualTo(shown);
    }
}
