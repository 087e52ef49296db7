package io.k1s.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Bounded waits, and registries: one whose deadlines no test reaches, and one whose deadlines pass while a test waits. */
public final class Patience {
    /** Long enough for a loaded machine; only a hang takes it. Whoever breaks the code to see a test fail wants less. */
    public static final long SECONDS = Long.getLong("k1s.test.patience", 20);

    private Patience() {}

    public static WorkRegistry patient() {
        return WorkRegistry.create(
                ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).build());
    }

    /** Soft deadline at 100 ms; the hard one is not reached. */
    public static WorkRegistry softPassesSoon() {
        return WorkRegistry.create(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofMinutes(1))
                .softTimeout(Duration.ofMillis(100))
                .build());
    }

    /** Soft deadline at 100 ms, end of draining at 300 ms, and time to look and to close: hard deadline at 2.3 s. */
    public static WorkRegistry brief() {
        return WorkRegistry.create(ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofMillis(2_300))
                .softTimeout(Duration.ofMillis(100))
                .closeReserve(Duration.ofSeconds(2))
                .build());
    }

    public static <T> T get(Future<T> future) {
        try {
            return future.get(SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no result", e);
        }
    }

    public static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(SECONDS, TimeUnit.SECONDS))
                    .as("released in time")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** For conditions that no event tells about. */
    public static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("condition holds in time").isNegative();
            Thread.yield();
        }
    }

    public static ShutdownReport.Component component(ShutdownReport report, String name) {
        return report.components().stream()
                .filter(component -> component.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no component " + name + " in " + report));
    }
}
