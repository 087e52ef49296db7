package io.k1s.registry;

import io.k1s.testing.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Registries for tests: one that no test waits for, and one whose deadlines pass while a test waits. */
final class Registries {
    private Registries() {}

    /** Nothing times out, and nothing is looked at from time to time. */
    static WorkRegistry patient() {
        return with(patience());
    }

    static ShutdownConfig.Builder patience() {
        return ShutdownConfig.builder().gracefulTimeout(Duration.ofMinutes(10)).progressInterval(Duration.ofHours(1));
    }

    /** Soft deadline at 100 ms, end of draining at 300 ms, hard deadline at 500 ms. */
    static WorkRegistry brief() {
        return with(brevity());
    }

    /** Likewise, with time for whoever looks at what holds it up: the hard deadline is at 2.3 s. */
    static WorkRegistry told() {
        return with(telling());
    }

    static ShutdownConfig.Builder telling() {
        return brevity().gracefulTimeout(Duration.ofMillis(2_300)).closeReserve(Duration.ofSeconds(2));
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

    /** Nothing times out, and the shutdown's own thread fails the first so many times that it wants something done elsewhere. */
    static WorkRegistry failing(int times, ShutdownConfig.Builder config) {
        return failing("k1s-shutdown", times, config);
    }

    /** Likewise, with a thread of that name. */
    static WorkRegistry failing(String failing, int times, ShutdownConfig.Builder config) {
        AtomicInteger left = new AtomicInteger(times);
        Executor threads = Executors.newCachedThreadPool(code -> {
            Thread thread = new Thread(code);
            thread.setDaemon(true);
            return thread;
        });
        Isolation isolation = new Isolation(code -> {
            if (Thread.currentThread().getName().equals(failing) && left.getAndDecrement() > 0) {
                throw new StackOverflowError("too deep");
            }
            threads.execute(code);
        });
        return new WorkRegistry(config.gracefulTimeout(Duration.ofMinutes(10)).build(Map.of(), Map.of()), isolation);
    }

    static ShutdownReport shutDown(WorkRegistry registry) {
        return Patience.get(registry.shutdown());
    }

    /** A resource whose close takes so long. */
    static ComponentOptions closingIn(Duration time) {
        return ComponentOptions.defaults().closing(() -> {
            long end = System.nanoTime() + time.toNanos();
            for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        });
    }

    /** A file that blocks whoever opens it for writing. */
    static Path unreadPipe(Path folder) throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        int exit = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
        if (exit != 0) {
            throw new IOException("mkfifo " + pipe + " exited with " + exit);
        }
        return pipe;
    }

    /** The live threads of a name, of all registries. */
    static List<Thread> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .toList();
    }

    /** Returns the one that was not there earlier. */
    static Thread newThread(String name, List<Thread> earlier) {
        return threads(name).stream()
                .filter(thread -> !earlier.contains(thread))
                .findFirst()
                .orElseThrow();
    }

    /** Returns once the thread waits or is blocked, or is over: from then on a look finds it at the same place. */
    static void awaitStanding(Thread thread) {
        Patience.until(() -> thread.getState() != Thread.State.RUNNABLE);
    }

    /** Blocks whoever calls it, whatever interrupts come, as long as the tests run. */
    static void blockForEver() {
        CompletableFuture<Void> never = new CompletableFuture<>();
        never.join();
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
