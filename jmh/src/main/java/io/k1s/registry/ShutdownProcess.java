package io.k1s.registry;

import io.k1s.bench.Jvm;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One shutdown, in a process of its own as they are: nothing of it has been compiled before. */
final class ShutdownProcess {
    private ShutdownProcess() {}

    /** Arguments: how many components, how many works. */
    public static void main(String[] args) throws Exception {
        int components = Integer.parseInt(args[0]);
        int works = Integer.parseInt(args[1]);
        WorkRegistry registry = WorkRegistry.create(
                ShutdownConfig.builder().maxConcurrentOps(1_000_000).build());
        List<WorkMetrics> all = new ArrayList<>();
        for (int i = 0; i < components; i++) {
            all.add(registry.component("component " + i));
        }
        List<Work> inFlight = new ArrayList<>();
        for (int i = 0; i < works; i++) {
            inFlight.add(all.get(i % components).startWork("work"));
        }
        long begin = System.nanoTime();
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        inFlight.forEach(Work::succeed);
        final long lastEnd = System.nanoTime();
        boolean complete =
                report.get(60, TimeUnit.SECONDS).components().stream().allMatch(ShutdownReport.Component::drained);
        long end = System.nanoTime();
        if (!complete) {
            throw new IllegalStateException("not drained: " + report.get());
        }
        Jvm.result("whole", (end - begin) / 1e6, "afterLastEnd", (end - lastEnd) / 1e6);
        System.exit(0);
    }
}
