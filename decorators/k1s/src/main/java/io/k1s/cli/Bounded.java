package io.k1s.cli;

import java.time.Duration;

/** Things that may block for ever, and must not hold up an exit: writing to a pipe that nobody reads. */
final class Bounded {
    private Bounded() {}

    /** Does it on a thread of its own, and waits at most so long. */
    static void run(Duration atMost, String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((self, error) -> {
            // Nobody is there to be told: standard output is what failed.
        });
        thread.start();
        try {
            thread.join(atMost.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
