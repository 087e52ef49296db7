package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ListenerTest {
    @ParameterizedTest
    @EnumSource
    void firstStartsAreTimedOneByOne(Kind kind) {
        WorkMetrics metrics = kind.create();
        Recorder recorder = listen(metrics);
        for (int i = 0; i < 64; i++) {
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        }
        assertThat(recorder.weights).hasSize(64).containsOnly(1L);
        assertThat(recorder.nanos).allSatisfy(nanos -> assertThat(nanos).isNotNegative());
    }

    @ParameterizedTest
    @EnumSource
    void laterSamplesStandForAsManyWorksAsThereWere(Kind kind) {
        WorkMetrics metrics = kind.create();
        Recorder recorder = listen(metrics);
        // Of the longest steps 600, so that the tenth below is more than four standard deviations of their sum.
        long works = 600L << Sampling.MAX_SCALE;
        for (int i = 0; i < works; i++) {
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        }
        long weighed = recorder.weights.stream().mapToLong(Long::longValue).sum();
        assertThat(weighed).isBetween(works * 90 / 100, works * 110 / 100);
    }

    /** Every other start is of one kind; a fixed even step would time one kind alone. */
    @ParameterizedTest
    @EnumSource
    void operationsThatAlternateAreSampledAlike(Kind kind) {
        WorkMetrics metrics = kind.create();
        boolean[] even = new boolean[1];
        int[] samples = new int[2];
        metrics.addListener(new WorkListener() {
            @Override
            public void timed(long nanos, long weight) {
                samples[even[0] ? 1 : 0]++;
            }
        });
        // How many there are in how many starts depends on the time that these take.
        for (int i = 0; samples[0] + samples[1] < 300; i++) {
            even[0] = (i & 1) == 0;
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        }
        // Five standard deviations.
        assertThat(samples[0]).isBetween(106, 194);
    }

    @ParameterizedTest
    @EnumSource
    void timeIsFromTheStartToTheEndOnWhateverThread(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Recorder recorder = listen(metrics);
        long before = System.nanoTime();
        long outer = metrics.begin();
        long begun = System.nanoTime();
        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        long atLeast = System.nanoTime() - begun;
        Threads.elsewhere(() -> metrics.end(outer, Outcome.FAILED));
        long atMost = System.nanoTime() - before;
        assertThat(recorder.nanos).hasSize(2);
        assertThat(List.copyOf(recorder.nanos).get(1)).isBetween(atLeast, atMost);
    }

    @ParameterizedTest
    @EnumSource
    void tokensAreTimedToo(Kind kind) {
        WorkMetrics metrics = kind.create();
        Recorder recorder = listen(metrics);
        metrics.run("work", () -> {});
        metrics.startWork().cancel();
        assertThat(recorder.nanos).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource
    void childrenAndWatchesAreNotTimed(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork();
        Recorder recorder = listen(metrics);
        metrics.end(metrics.beginChild(parent), Outcome.SUCCEEDED);
        parent.startChild("child").succeed();
        metrics.startWatch("watch").cancel();
        assertThat(recorder.nanos).isEmpty();
    }

    /** The parent started before anybody listened: its end has no time to tell. */
    @ParameterizedTest
    @EnumSource
    void workThatStartedUnheardIsNotTimed(Kind kind) {
        WorkMetrics metrics = kind.create();
        long early = metrics.begin();
        Recorder recorder = listen(metrics);
        metrics.end(early, Outcome.SUCCEEDED);
        assertThat(recorder.nanos).isEmpty();
        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        assertThat(recorder.nanos).hasSize(1);
    }

    @Test
    void nothingIsTimedWithoutSampling() {
        for (long limit : new long[] {10, 1_000_000_000}) {
            WorkMetrics metrics = WorkMetrics.builder("jobs")
                    .maxConcurrentOps(limit)
                    .sampling(false)
                    .build();
            Recorder recorder = listen(metrics);
            metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            assertThat(recorder.nanos).isEmpty();
        }
        WorkMetrics unlimited = WorkMetrics.builder("jobs").sampling(false).build();
        Recorder recorder = listen(unlimited);
        unlimited.end(unlimited.begin(), Outcome.SUCCEEDED);
        assertThat(recorder.nanos).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void endsOfTokensAreToldWithTheirOutcome(Kind kind) {
        WorkMetrics metrics = kind.create();
        Recorder recorder = listen(metrics);
        metrics.run("one", () -> {});
        Work two = metrics.startWork("two");
        two.fail();
        two.fail();
        metrics.startWatch("three").cancel();
        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        assertThat(recorder.ends).containsExactly("one SUCCEEDED", "two FAILED", "three CANCELLED");
    }

    @ParameterizedTest
    @EnumSource
    void rejectionsAreToldWithTheirReason(Kind kind) {
        WorkMetrics metrics = kind.create();
        Recorder recorder = listen(metrics);
        Work parent = metrics.startWork();
        parent.succeed();
        assertThatThrownBy(() -> metrics.beginChild(parent)).isInstanceOf(WorkRejectedException.class);
        metrics.close();
        assertThatThrownBy(metrics::begin).isInstanceOf(WorkRejectedException.class);
        assertThatThrownBy(() -> metrics.startWatch("watch")).isInstanceOf(WorkRejectedException.class);
        assertThat(recorder.rejections)
                .containsExactly(
                        WorkRejectedException.Reason.PARENT_ENDED,
                        WorkRejectedException.Reason.CLOSED,
                        WorkRejectedException.Reason.CLOSED);
    }

    @Test
    void rejectionsAtTheLimitAreToldSo() {
        WorkMetrics metrics = WorkMetrics.builder("jobs").maxConcurrentOps(1).build();
        Recorder recorder = listen(metrics);
        long ticket = metrics.begin();
        assertThatThrownBy(metrics::begin).isInstanceOf(WorkRejectedException.class);
        metrics.end(ticket, Outcome.SUCCEEDED);
        assertThat(recorder.rejections).containsExactly(WorkRejectedException.Reason.LIMIT);
    }

    @ParameterizedTest
    @EnumSource
    void whatAListenerThrowsReachesNobody(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.addListener(new WorkListener() {
            @Override
            public void timed(long nanos, long weight) {
                throw new StackOverflowError("timed");
            }

            @Override
            public void ended(Work work, Outcome outcome) {
                throw new IllegalStateException("ended");
            }

            @Override
            public void rejected(WorkRejectedException.Reason reason) {
                throw new IllegalStateException("rejected");
            }
        });
        Recorder recorder = listen(metrics);
        metrics.run("work", () -> {});
        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        metrics.close();
        assertThatThrownBy(metrics::begin).isInstanceOf(WorkRejectedException.class);
        Checks.drained(metrics, 2);
        assertThat(recorder.nanos).hasSize(2);
        assertThat(recorder.ends).hasSize(1);
        assertThat(recorder.rejections).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void removedListenerHearsNothingMore(Kind kind) {
        WorkMetrics metrics = kind.create();
        Recorder first = listen(metrics);
        Recorder second = listen(metrics);
        Recorder third = listen(metrics);
        metrics.removeListener(second);
        metrics.removeListener(new Recorder());
        metrics.run("work", () -> {});
        assertThat(first.nanos).hasSize(1);
        assertThat(second.nanos).isEmpty();
        assertThat(third.nanos).hasSize(1);
    }

    /** A listener that defines nothing is one all the same. */
    @ParameterizedTest
    @EnumSource
    void listenerNeedsNoMethod(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.addListener(new WorkListener() {});
        metrics.run("work", () -> {});
        metrics.close();
        assertThatThrownBy(metrics::begin).isInstanceOf(WorkRejectedException.class);
        Checks.drained(metrics, 1);
    }

    @ParameterizedTest
    @EnumSource
    void whatListenersWereToldHappensBeforeTheQuiescence(Kind kind) throws Exception {
        for (int i = 0; i < 200; i++) {
            WorkMetrics metrics = kind.create();
            int[] plain = new int[1];
            metrics.addListener(new WorkListener() {
                @Override
                public void timed(long nanos, long weight) {
                    plain[0]++;
                }
            });
            long ticket = metrics.begin();
            CountDownLatch go = new CountDownLatch(1);
            Threads.together(
                    () -> {
                        go.await();
                        metrics.end(ticket, Outcome.SUCCEEDED);
                    },
                    () -> {
                        metrics.close();
                        go.countDown();
                        assertThat(metrics.awaitQuiescence(java.time.Duration.ofSeconds(Threads.PATIENCE_SECONDS)))
                                .isTrue();
                        assertThat(plain[0]).isEqualTo(1);
                    });
        }
    }

    @ParameterizedTest
    @EnumSource
    void listenersThatComeAndGoUnderLoadMissNothingThatIsTheirs(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Recorder always = listen(metrics);
        Threads.Task load = () -> {
            for (int i = 0; i < 2_000; i++) {
                metrics.run("work", () -> {});
            }
        };
        Threads.together(load, load, () -> {
            for (int i = 0; i < 2_000; i++) {
                Recorder passing = listen(metrics);
                metrics.removeListener(passing);
            }
        });
        metrics.close();
        Checks.drained(metrics, 4_000);
        assertThat(always.ends).hasSize(4_000);
    }

    /** The start was counted and found due, but its sample could not be taken: it is given back. */
    @ParameterizedTest
    @EnumSource
    void errorWhileASampleIsTakenGivesTheStartBack(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Gate gate = Reflect.gate(metrics);
        Reflect.set(gate, Gate.class, "listeners", null);
        assertThatThrownBy(metrics::begin).isInstanceOf(NullPointerException.class);
        Reflect.set(gate, Gate.class, "listeners", new Listeners());
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics, 0);
        assertThat(s.rejected()).isEqualTo(1);
    }

    /** Two threads on one stripe, where every sample is due for both. */
    @Test
    void sampleThatSomebodyElseTookIsLeftToThem() throws Exception {
        WorkMetrics metrics = new WorkMetrics(
                WorkMetrics.builder("jobs"), new CountedGate(new Ledger(1, 1, false, true), OneWordGate.UNLIMITED));
        metrics.end(metrics.begin(), Outcome.SUCCEEDED);
        Recorder recorder = listen(metrics);
        Threads.Task load = () -> {
            for (int i = 0; i < 2_000_000; i++) {
                metrics.end(metrics.begin(), Outcome.SUCCEEDED);
            }
        };
        Threads.together(load, load);
        metrics.close();
        Checks.drained(metrics, 4_000_001);
        long weighed = recorder.weights.stream().mapToLong(Long::longValue).sum();
        assertThat(weighed).isBetween(3_200_000L, 4_800_000L);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, Sampling.MAX_SCALE})
    void stepsToTheNextSampleAreSpreadAroundWhatOneStandsFor(int scale) {
        List<Long> steps = new ArrayList<>();
        long start = Sampling.EACH_UP_TO;
        for (int i = 0; i < 20_000; i++) {
            long next = Sampling.after(start, scale);
            steps.add(next - start);
            start = next;
        }
        long mean = 1L << scale;
        assertThat(Collections.min(steps)).isBetween(1L, 1 + mean / 32);
        assertThat(Collections.max(steps)).isBetween(2 * mean - 1 - mean / 32, 2 * mean - 1);
        assertThat(steps.stream().mapToLong(Long::longValue).average().orElseThrow())
                .isBetween(mean * 0.98, mean * 1.02);
    }

    @Test
    void samplesMoveApartUntilTheyAreFarEnoughInTimeAndBackAgain() {
        Stripe stripe = new Stripe(0, false, Stripe.NEVER);
        stripe.sampledAt = System.nanoTime() + 3_600_000_000_000L;
        Sampling.take(stripe, 1_000);
        assertThat(stripe.sampleScale).as("closer than they should be").isEqualTo(1);
        stripe.sampledAt = System.nanoTime() - 1_000_000_000;
        Sampling.take(stripe, 2_000);
        assertThat(stripe.sampleScale).as("farther than they should be").isZero();
        Sampling.take(stripe, 3_000);
        stripe.sampleScale = Sampling.MAX_SCALE;
        stripe.sampledAt = System.nanoTime() + 3_600_000_000_000L;
        Sampling.take(stripe, 4_000);
        assertThat(stripe.sampleScale).as("as far as they go").isEqualTo(Sampling.MAX_SCALE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, Sampling.MAX_SCALE})
    void ticketOfASampleSaysWhatItStandsFor(int scale) {
        Stripe stripe = new Stripe(0, false, Stripe.NEVER);
        stripe.sampleScale = scale;
        long ticket = Sampling.take(stripe, 1_000) | 255;
        assertThat(ticket).isPositive();
        assertThat(Sampling.isTimed(ticket)).isTrue();
        assertThat(Sampling.weight(ticket)).isEqualTo(1L << scale);
        assertThat(Sampling.nanos(ticket)).isBetween(0L, 60_000_000_000L);
    }

    private static Recorder listen(WorkMetrics metrics) {
        Recorder recorder = new Recorder();
        metrics.addListener(recorder);
        return recorder;
    }

    private static final class Recorder implements WorkListener {
        final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<Long> weights = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<String> ends = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<WorkRejectedException.Reason> rejections = new ConcurrentLinkedQueue<>();

        @Override
        public void timed(long time, long weight) {
            nanos.add(time);
            weights.add(weight);
        }

        @Override
        public void ended(Work work, Outcome outcome) {
            ends.add(work.description() + " " + outcome);
        }

        @Override
        public void rejected(WorkRejectedException.Reason reason) {
            rejections.add(reason);
        }
    }
}
