package io.k1s.registry;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the tests of the registry share. */
final class Stressed {
    private static final ShutdownConfig CONFIG = ShutdownConfig.builder().build(Map.of(), Map.of());

    private Stressed() {}

    /** Foreign code runs where it is started; the shutdown itself has its thread, as always. */
    static Isolation isolation() {
        return new Isolation(Runnable::run);
    }

    static WorkRegistry registry() {
        return new WorkRegistry(CONFIG, isolation());
    }

    /** Returns the result; far beyond any deadline an error, which fails the test. */
    static <T> T get(Future<T> future) {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
