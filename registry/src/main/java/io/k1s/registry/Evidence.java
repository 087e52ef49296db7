package io.k1s.registry;

import io.k1s.registry.ShutdownReport.Motion;
import io.k1s.registry.ShutdownReport.ThreadSample;
import java.time.Duration;
import java.util.List;

/** What is known of one thread that holds up a shutdown. Thread-safe. */
final class Evidence {
    private final Thread thread;
    private List<StackTraceElement> first = List.of();
    private long firstNanos;
    private long latestNanos = System.nanoTime();
    private volatile ThreadSample latest;

    Evidence(Thread thread) {
        this.thread = thread;
        this.latest = sample(Motion.UNKNOWN, Duration.ZERO, "", List.of());
    }

    /** Who started a work that ends elsewhere: its thread may be anywhere by now. */
    static ThreadSample notLookedAt(Thread thread) {
        return new Evidence(thread).latest();
    }

    /** The first look, or one that tells whether it has moved since. Blocks if the class of the thread has made it so. */
    void look() {
        // Not under the lock, where who blocks here would keep the next to look.
        long now = System.nanoTime();
        record(now, StackSampler.stack(thread), StackSampler.waitsFor(thread));
    }

    /** Once it has moved, it is not wedged. A look that was held up until after a later one tells nothing. */
    private synchronized void record(long now, List<StackTraceElement> stack, String waitsFor) {
        if (now - latestNanos < 0) {
            return;
        }
        latestNanos = now;
        if (first.isEmpty()) {
            first = stack;
            firstNanos = now;
            latest = sample(Motion.UNKNOWN, Duration.ZERO, waitsFor, stack);
        } else {
            boolean moved = latest.motion() == Motion.MOVING || !stack.equals(first);
            latest = sample(moved ? Motion.MOVING : Motion.WEDGED, Duration.ofNanos(now - firstNanos), waitsFor, stack);
        }
    }

    /** As far as was seen; does not wait for a look. */
    ThreadSample latest() {
        return latest;
    }

    private ThreadSample sample(Motion motion, Duration watchedFor, String waitsFor, List<StackTraceElement> stack) {
        return new ThreadSample(
                Texts.printable(thread.getName()), StackSampler.isVirtual(thread), motion, watchedFor, waitsFor, stack);
    }
}
