package io.k1s.registry;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.Optional;

/**
 * How far the drain of one component has come.
 *
 * @param component its name
 * @param draining whether its gate has closed and it has not drained
 * @param drained whether it has drained
 * @param inFlight works and watches that have not ended
 * @param done works that have ended since its gate closed; 0 before, and for one that counts its own work
 * @param oldest the oldest named work
 * @param forecast when the works in flight will have ended, watches left aside: by how long the latest timed works took, or, if
 *     there are none or those in flight take longer, by how fast works have ended since the gate closed; empty while
 *     neither is known, and when nothing is in flight
 */
public record DrainProgress(
        String component,
        boolean draining,
        boolean drained,
        long inFlight,
        long done,
        Optional<Work> oldest,
        Optional<Duration> forecast) {

    static DrainProgress of(Tracked tracked, long inFlight) {
        Optional<Work> oldest =
                tracked.activeWork().stream().filter(work -> !work.isWatch()).findFirst();
        Tracked.Drain drain = tracked.drain();
        if (drain == null) {
            return new DrainProgress(tracked.name(), false, false, inFlight, 0, oldest, Optional.empty());
        }
        long done = tracked.ended() - drain.endedBefore();
        return new DrainProgress(
                tracked.name(),
                !drain.isOver(),
                drain.isOver(),
                inFlight,
                done,
                oldest,
                forecast(tracked, drain, done, oldest.map(Work::age).orElse(Duration.ZERO)));
    }

    static Optional<Duration> forecast(Tracked tracked, Tracked.Drain drain, long done, Duration oldest) {
        long works = tracked.snapshot().map(WorkSnapshot::inFlight).orElse(0L);
        if (works == 0) {
            return Optional.empty();
        }
        long elapsed = System.nanoTime() - drain.startNanos();
        RecentLatencies recent = tracked.latencies();
        // What has taken longer than everything recent is not one of the same kind.
        Optional<Duration> byLatency = oldest.compareTo(recent.longest()) < 0
                ? recent.timeLeft(works, Duration.ofNanos(elapsed))
                : Optional.empty();
        return byLatency.isPresent() || done <= 0
                ? byLatency
                : Optional.of(Duration.ofNanos((long) ((double) elapsed / done * works)));
    }
}
