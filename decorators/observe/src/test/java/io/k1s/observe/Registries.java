package io.k1s.observe;

import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Registries for tests: one that no test waits for, and one whose deadlines pass while a test waits. */
final class Registries {
    static final long PATIENCE_SECONDS = 30;

    /** A name that moves the cursor and holds a secret, and how it is shown. */
    static final String THREAD_NAME = "worker\u001b[2J token=abc";

    static final String SHOWN_NAME = "worker\\u001b[2J token=***";

    private Registries() {}

    /** Nothing times out. */
    static WorkRegistry patient() {
        return WorkRegistry.create(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).build());
    }

    /** Soft deadline at 100 ms, hard deadline at 1.5 s. */
    static WorkRegistry brief() {
        return WorkRegistry.create(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofMillis(1500))
                .softTimeout(Duration.ofMillis(100))
                .closeReserve(Duration.ofMillis(400))
                .build());
    }

    /** Runs code on a thread of that name. */
    static void onThread(String name, Runnable code) throws InterruptedException {
        Thread thread = new Thread(code, name);
        thread.start();
        thread.join();
    }

    static ShutdownReport shutDown(WorkRegistry registry) {
        return get(registry.shutdown());
    }

    static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no result", e);
        }
    }
}
