package io.k1s.registry;

import io.k1s.metrics.Work;
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
 * @param forecast when what is in flight will have ended, if it ends as fast as the work has ended since the gate closed;
 *     empty while nothing has, and when nothing is in flight
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
        long elapsed = System.nanoTime() - drain.startNanos();
        Optional<Duration> forecast = inFlight == 0 || done <= 0
                ? Optional.empty()
                : Optional.of(Duration.ofNanos((long) ((double) elapsed / done * inFlight)));
        return new DrainProgress(tracked.name(), !drain.isOver(), drain.isOver(), inFlight, done, oldest, forecast);
    }
}
