package io.k1s.registry;

import io.k1s.metrics.WorkMetrics;
import java.util.concurrent.CountDownLatch;

/** A program that starts, says so, and waits to be stopped: bare with an empty hook, or with a registry. */
final class IdleProcess {
    private IdleProcess() {}

    public static void main(String[] args) throws InterruptedException {
        if (args[0].equals("k1s")) {
            WorkRegistry registry = WorkRegistry.create();
            WorkMetrics jobs = registry.component("jobs");
            registry.shutdownOnSignals();
            jobs.run("the first", () -> {});
        } else {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {}));
        }
        System.out.println("ready");
        new CountDownLatch(1).await();
    }
}
