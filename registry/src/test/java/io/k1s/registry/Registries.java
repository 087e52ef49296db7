package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Registries for tests: one that no test waits for, and one whose deadlines pass while a test waits. */
final class Registries {
    static final long PATIENCE_SECONDS = Long.getLong("k1s.test.patience", 20);

    private Registries() {}

    /** Nothing times out. */
    static WorkRegistry patient() {
        return with(ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)));
    }

    /** Soft deadline at 100 ms, end of draining at 300 ms, hard deadline at 500 ms. */
    static WorkRegistry brief() {
        return with(brevity());
    }

    static ShutdownConfig.Builder brevity() {
        return ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofMillis(500))
                .softTimeout(Duration.ofMillis(100))
                .closeReserve(Duration.ofMillis(200));
    }

    static WorkRegistry with(ShutdownConfig.Builder config) {
        return WorkRegistry.create(config.build(Map.of(), Map.of()));
    }

    static ShutdownReport shutDown(WorkRegistry registry) {
        return get(registry.shutdown());
    }

    static <T> T get(Future<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no result", e);
        }
    }

    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("released in time")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** For conditions that no event tells about. */
    static void until(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("condition holds in time").isNegative();
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    /** Blocks whoever calls it, whatever interrupts come, as long as the tests run. */
    static void blockForEver() {
        CompletableFuture<Void> never = new CompletableFuture<>();
        never.join();
    }

    static ShutdownReport.Component component(ShutdownReport report, String name) {
        return report.components().stream()
                .filter(component -> component.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no component " + name + " in " + report));
    }

    /** Runs the code on a thread of its own; the future fails with what it threw. */
    static <T> CompletableFuture<T> async(java.util.concurrent.Callable<T> code) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(code.call());
            } catch (Throwable t) {
                result.completeExceptionally(t);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
