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
    private ThreadSample latest;

    Evidence(Thread thread) {
        this.thread = thread;
        this.latest = sample(Motion.UNKNOWN, Duration.ZERO, "", List.of());
    }

    /** Who started a work that ends elsewhere: its thread may be anywhere by now. */
    static ThreadSample notLookedAt(Thread thread) {
        return new Evidence(thread).latest();
    }

    /** The first look, or one that tells whether it has moved since. Once it has, it is not wedged. */
    synchronized void look() {
        List<StackTraceElement> stack = StackSampler.stack(thread);
        String waitsFor = StackSampler.waitsFor(thread);
        long now = System.nanoTime();
        if (first.isEmpty()) {
            first = stack;
            firstNanos = now;
            latest = sample(Motion.UNKNOWN, Duration.ZERO, waitsFor, stack);
        } else {
            boolean moved = latest.motion() == Motion.MOVING || !stack.equals(first);
            latest = sample(moved ? Motion.MOVING : Motion.WEDGED, Duration.ofNanos(now - firstNanos), waitsFor, stack);
        }
    }

    synchronized ThreadSample latest() {
        return latest;
    }

    private ThreadSample sample(Motion motion, Duration watchedFor, String waitsFor, List<StackTraceElement> stack) {
        return new ThreadSample(
                Texts.printable(thread.getName()), StackSampler.isVirtual(thread), motion, watchedFor, waitsFor, stack);
    }
}
