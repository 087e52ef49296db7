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
