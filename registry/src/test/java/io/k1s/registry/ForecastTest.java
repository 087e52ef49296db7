package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.testing.Patience;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ForecastTest {
    private final RecentLatencies recent = new RecentLatencies();
    private final WorkMetrics jobs = WorkMetrics.create("jobs");
    private final Tracked tracked = Tracked.of(jobs, ComponentOptions.defaults());

    @Test
    void ofEqualLatenciesOneWorkHasHalfLeft() {
        took(100);
        took(100);
        assertThat(left(1, 0)).isEqualTo(50);
    }

    @Test
    void theMoreWorksTheNearerTheLastOneIsToTheLongest() {
        took(100);
        assertThat(left(2, 0)).isEqualTo(70);
        assertThat(left(1_000_000, 0)).isEqualTo(99);
    }

    @Test
    void whatIsStillInFlightAWhileAfterTheCloseHasTheRestLeft() {
        took(100);
        assertThat(left(1, 60)).isEqualTo(20);
    }

    /** At 45 ms: 10 of the one and 45 of the other are half of the 110 ms that they took together. */
    @Test
    void longWorksAreMetMoreOftenThanShortOnes() {
        took(100);
        took(10);
        assertThat(left(1, 0)).isEqualTo(45);
        // Only the long one can be that late: half of the way from 20 to 100.
        assertThat(left(1, 20)).isEqualTo(40);
    }

    /** At 25 ms: 10, 20 and 25 are 55 of the 60 ms, and (55 / 60)^8 is one half, give or take. */
    @Test
    void theLastOfManyWorksIsBetweenTheTwoLongestLatencies() {
        took(10);
        took(20);
        took(30);
        assertThat(left(8, 0)).isEqualTo(25);
    }

    @Test
    void nothingIsGuessedWithoutLatenciesOrAfterTheLongest() {
        assertThat(recent.timeLeft(1, Duration.ZERO)).isEmpty();
        took(100);
        assertThat(recent.timeLeft(1, Duration.ofMillis(100))).isEmpty();
        assertThat(recent.timeLeft(1, Duration.ofDays(1))).isEmpty();
    }

    @Test
    void onlyTheLatestCount() {
        took(10_000);
        for (int i = 0; i < 64; i++) {
            took(100);
        }
        assertThat(recent.longest()).isEqualTo(Duration.ofMillis(100));
        assertThat(left(1, 0)).isEqualTo(50);
    }

    @Test
    void worksThatEndAreRecorded() {
        jobs.run("job", () -> {});
        jobs.end(jobs.begin(), io.k1s.metrics.Outcome.SUCCEEDED);
        assertThat(tracked.latencies().longest()).isPositive();
    }

    @Test
    void withoutDetailedMetricsNoneAre() {
        WorkMetrics untimed = WorkMetrics.builder("untimed").sampling(false).build();
        Tracked component = Tracked.of(untimed, ComponentOptions.defaults());
        untimed.run("job", () -> {});
        assertThat(component.latencies().longest()).isZero();
    }

    @Test
    void aDrainIsForecastFromRecentLatencies() {
        tracked.latencies().timed(Duration.ofHours(1).toNanos(), 1);
        jobs.begin();
        close();
        assertThat(forecast().map(Duration::toMinutes).orElseThrow()).isBetween(29L, 30L);
    }

    @Test
    void watchesAreLeftAside() {
        tracked.latencies().timed(Duration.ofHours(1).toNanos(), 1);
        jobs.begin();
        jobs.startWatch("watch");
        jobs.startWatch("watch");
        close();
        assertThat(forecast().map(Duration::toMinutes).orElseThrow()).isBetween(29L, 30L);
    }

    @Test
    void whatTakesLongerThanAnythingRecentIsForecastFromTheRateOfEnds() {
        tracked.latencies().timed(1, 1);
        Work first = jobs.startWork("first");
        Work second = jobs.startWork("second");
        for (int i = 0; i < 4; i++) {
            jobs.startWork("another");
        }
        close();
        assertThat(forecast()).isEmpty();
        first.succeed();
        second.succeed();
        Tracked.Drain drain = Objects.requireNonNull(tracked.drain());
        // The two were timed too: those in flight must have taken longer than it.
        Patience.until(() -> System.nanoTime() - drain.startNanos()
                > tracked.latencies().longest().toNanos());
        // Two have ended: the four need twice the time that has passed.
        long before = System.nanoTime() - drain.startNanos();
        long forecast = forecast().orElseThrow().toNanos();
        long after = System.nanoTime() - drain.startNanos();
        assertThat(forecast).isBetween(2 * before, 2 * after);
    }

    @Test
    void theOldestThatADrainWaitsForIsNoWatch() {
        jobs.startWatch("watch");
        Work job = jobs.startWork("job");
        close();
        assertThat(DrainProgress.of(tracked, tracked.activeCount()).oldest()).contains(job);
    }

    @Test
    void workThatIsOlderThanAnythingRecentIsNotOneOfThem() {
        tracked.latencies().timed(Duration.ofHours(1).toNanos(), 1);
        jobs.begin();
        close();
        Tracked.Drain drain = Objects.requireNonNull(tracked.drain());
        assertThat(DrainProgress.forecast(tracked, drain, 0, Duration.ofHours(1)))
                .isEmpty();
        assertThat(DrainProgress.forecast(tracked, drain, 0, Duration.ofMinutes(59)))
                .isPresent();
    }

    @Test
    void whereNothingIsInFlightNothingIsForecast() {
        tracked.latencies().timed(Duration.ofHours(1).toNanos(), 1);
        jobs.startWatch("watch");
        close();
        assertThat(forecast()).isEmpty();
    }

    @Test
    void whatHasEndedCountsFromTheFirstStop() {
        Work job = jobs.startWork("job");
        close();
        job.succeed();

        close();

        assertThat(DrainProgress.of(tracked, 0).done()).isEqualTo(1);
    }

    private void close() {
        tracked.stop(new Isolation(), new CompletableFuture<>(), error -> {}).join();
    }

    private Optional<Duration> forecast() {
        return DrainProgress.of(tracked, tracked.activeCount()).forecast();
    }

    private void took(long millis) {
        recent.timed(Duration.ofMillis(millis).toNanos(), 1);
    }

    private long left(long inFlight, long sinceClose) {
        return recent.timeLeft(inFlight, Duration.ofMillis(sinceClose))
                .orElseThrow()
                .toMillis();
    }
}
