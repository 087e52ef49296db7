package io.k1s.bench;

import com.sun.management.ThreadMXBean;
import io.k1s.metrics.Outcome;
import io.k1s.metrics.WorkMetrics;
import io.k1s.observe.Latencies;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.KeyValue;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.TrackedStorage;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.openjdk.jol.vm.VM;

/** What components take of the heap, and operations. */
final class FootprintProcess {
    private static final int WARM_UP = 200_000;
    private static final int OPERATIONS = 1_000_000;

    private FootprintProcess() {}

    public static void main(String[] args) throws Exception {
        WorkRegistry sized = WorkRegistry.create();
        int threads = Runtime.getRuntime().availableProcessors();
        double bytes = Footprint.bytesPerComponent(threads, i -> sized.component("component " + i));
        double registered = Footprint.bytesPerRegistered(threads, Footprint::count);
        double named = Footprint.bytesPerRegistered(threads, Footprint::name);
        WorkRegistry registry = WorkRegistry.create();
        WorkMetrics jobs = registry.component("jobs");
        StorageBackend bare = new MemoryStorage();
        bare.create("key", new byte[10], Duration.ZERO);
        StorageBackend tracked = TrackedStorage.register(registry, "storage", bare);
        Latencies.of(registry);
        double ticket = allocated(() -> jobs.end(jobs.begin(), Outcome.SUCCEEDED));
        double token = allocated(() -> jobs.startWork("upload 42").succeed());
        KeyValue[] last = new KeyValue[1];
        double untrackedCall = allocated(() -> last[0] = bare.get("key"));
        double trackedCall = allocated(() -> last[0] = tracked.get("key"));
        Jvm.result(
                "component", bytes,
                "registered", registered,
                "named", named,
                "ticket", ticket,
                "call", trackedCall - untrackedCall,
                "token", token,
                "layout", VM.current().details().lines().findFirst().orElse("unknown"));
        System.exit(0);
    }

    private static double allocated(Runnable operation) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < WARM_UP; i++) {
            operation.run();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < OPERATIONS; i++) {
            operation.run();
        }
        return (double) (threads.getCurrentThreadAllocatedBytes() - before) / OPERATIONS;
    }
}
