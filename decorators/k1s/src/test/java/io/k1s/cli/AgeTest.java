package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgeTest {
    @ParameterizedTest
    @CsvSource({
        "-PT5S,0s",
        "PT119S,119s",
        "PT2M,2m",
        "PT9M59S,9m59s",
        "PT10M59S,10m",
        "PT179M,179m",
        "PT3H5M,3h5m",
        "PT47H,47h",
        "P2DT1H,2d1h",
        "P8DT1H,8d",
        "P729D,729d",
        "P730D,2y",
        "P731D,2y1d"
    })
    void ageHasOneUnitOrTwoWhereTheFirstIsSmall(Duration age, String expected) {
        assertThat(Age.of(age)).isEqualTo(expected);
    }

    @Test
    void whatIsNoTimeHasNoAge() {
        assertThat(Age.of(null, Instant.EPOCH)).isEqualTo("<unknown>");
        assertThat(Age.of("yesterday", Instant.EPOCH)).isEqualTo("<unknown>");
        assertThat(Age.of("1970-01-01T00:00:00Z", Instant.EPOCH.plusSeconds(7))).isEqualTo("7s");
    }
}
