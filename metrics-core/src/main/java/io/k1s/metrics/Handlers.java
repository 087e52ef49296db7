package io.k1s.metrics;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Callbacks that run once, when fired, or at once when they are added later. They run under no lock. */
final class Handlers {
    private volatile boolean used;
    /** Null once fired. Guarded by this. */
    private @Nullable List<Runnable> waiting = new ArrayList<>(2);

    /** Tells whether there ever was one. */
    boolean isUsed() {
        return used;
    }

    void add(Runnable handler) {
        used = true;
        synchronized (this) {
            if (waiting != null) {
                waiting.add(handler);
                return;
            }
        }
        handler.run();
    }

    /** Runs every handler, also when one throws; the first exception is rethrown with the others suppressed. */
    void fire() {
        List<Runnable> handlers;
        synchronized (this) {
            if (waiting == null) {
                return;
            }
            handlers = waiting;
            waiting = null;
        }
        Throwables failures = new Throwables();
        for (Runnable handler : handlers) {
            failures.collect(handler);
        }
        failures.rethrow();
    }
}
