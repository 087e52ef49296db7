package io.k1s.observe;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** For what a listener hears on its own thread and nobody is told about: looks again until it holds. */
final class Eventually {
    private Eventually() {}

    static void holds(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Registries.PATIENCE_SECONDS);
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("never came to hold");
            }
            Thread.yield();
        }
    }
}
