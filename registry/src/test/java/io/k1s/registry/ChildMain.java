package io.k1s.registry;

import io.k1s.metrics.WorkMetrics;
import io.k1s.testing.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What {@link ChildProcess} starts: {@code ChildMain <scenario> <folder>}. */
public final class ChildMain {
    private final Path folder;
    private final WorkRegistry registry = WorkRegistry.create();
    private final WorkMetrics storage;
    private final WorkMetrics jobs;
    private final AtomicInteger numbers = new AtomicInteger();
    private final CountDownLatch acknowledged = new CountDownLatch(1);
    private final CountDownLatch loadsOver = new CountDownLatch(2);

    private ChildMain(Path folder, String scenario) {
        this.folder = folder;
        storage = registry.component(
                "storage",
                ComponentOptions.defaults()
                        .closing(
                                switch (scenario) {
                                    case "stuck-close" -> Registries::blockForEver;
                                    case "load" ->
                                        () -> {
                                            // What they were told is in the files by then.
                                            Patience.await(loadsOver);
                                            append("data", "closed");
                                        };
                                    default -> () -> append("data", "closed");
                                }));
        jobs = registry.component("jobs", ComponentOptions.dependsOn("storage"));
    }

    public static void main(String[] args) throws Exception {
        ChildMain child = new ChildMain(Path.of(args[1]), args[0]);
        var unused = child.registry.terminated().thenAccept(report -> child.write("report", report.describe()));
        child.registry.shutdownOnSignals();
        child.play(args[0]);
    }

    private void play(String scenario) throws Exception {
        switch (scenario) {
            case "load" -> {
                thread(false, this::load);
                thread(false, this::load);
                Patience.await(acknowledged);
            }
            case "idle", "stuck-close" -> thread(false, Registries::blockForEver);
            case "rehearsed" -> {
                thread(false, Registries::blockForEver);
                // One starts the other, so one look at both could miss both.
                awaitEndOf("k1s-rehearsal");
                awaitEndOf("k1s-shutdown");
                write("end-of-rehearsal", new EndOfRehearsal().toString());
            }
            case "stuck" -> {
                jobs.startWork("evil\r\n\u001b[2J");
                thread(false, Registries::blockForEver);
            }
            case "hostile" -> {
                registry.register(
                        "hostile",
                        new Foreign() {
                            @Override
                            public java.util.concurrent.CompletionStage<?> stopAcceptingWork() {
                                Registries.blockForEver();
                                return drained;
                            }
                        },
                        ComponentOptions.defaults());
                registry.register(
                        "throws",
                        new Foreign() {
                            @Override
                            public java.util.concurrent.CompletionStage<?> stopAcceptingWork() {
                                throw new StackOverflowError("cannot stop");
                            }
                        },
                        ComponentOptions.defaults());
                thread(false, Registries::blockForEver);
            }
            case "daemon" -> inFlight(work -> thread(true, work));
            case "virtual" ->
                inFlight(work -> {
                    try {
                        Thread.class
                                .getMethod("startVirtualThread", Runnable.class)
                                .invoke(null, work);
                    } catch (ReflectiveOperationException e) {
                        throw new IllegalStateException(e);
                    }
                });
            case "slow" -> {
                inFlight(work -> thread(false, work));
                thread(false, Registries::blockForEver);
            }
            case "exit-named" -> jobs.run("calls exit", () -> System.exit(3));
            case "exit-anonymous" -> {
                jobs.begin();
                System.exit(3);
            }
            case "exit-twice" -> {
                CountDownLatch both = new CountDownLatch(2);
                for (int code : new int[] {3, 4}) {
                    thread(
                            false,
                            () -> jobs.run("exits with " + code, () -> {
                                both.countDown();
                                Patience.await(both);
                                System.exit(code);
                            }));
                }
            }
            case "exit-callback" -> {
                thread(false, Registries::blockForEver);
                var unused = registry.shutdown().thenAccept(report -> System.exit(5));
            }
            case "exit-hook" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.exit(4)));
                thread(false, Registries::blockForEver);
            }
            case "hook-hangs" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(Registries::blockForEver));
                thread(false, Registries::blockForEver);
            }
            case "full-pipe" -> {
                AtomicInteger printed = new AtomicInteger();
                thread(true, () -> {
                    for (; ; ) {
                        System.out.println("nobody reads this line ".repeat(10));
                        printed.incrementAndGet();
                    }
                });
                int before;
                do {
                    before = printed.get();
                    LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
                } while (printed.get() != before);
                thread(false, Registries::blockForEver);
            }
            case "callers" -> {
                CountDownLatch go = new CountDownLatch(1);
                for (int i = 0; i < 8; i++) {
                    thread(false, () -> {
                        Patience.await(go);
                        ShutdownReport report = registry.shutdown().join();
                        append("results", Integer.toString(System.identityHashCode(report)));
                    });
                }
                go.countDown();
            }
            default -> throw new IllegalArgumentException(scenario);
        }
        write("ready", "");
    }

    /** Writes, then acknowledges, until the jobs are closed. A record is whole or not there. */
    private void load() {
        try {
            for (; ; ) {
                jobs.run("import", () -> {
                    int number = numbers.incrementAndGet();
                    append("data", "begin " + number);
                    LockSupport.parkNanos(100_000);
                    storage.run("put", () -> append("data", "end " + number));
                    append("acknowledged", Integer.toString(number));
                    acknowledged.countDown();
                });
            }
        } catch (io.k1s.metrics.WorkRejectedException closed) {
            append("rejected", closed.component());
        } finally {
            loadsOver.countDown();
        }
    }

    /** Work that ends 700 ms after the shutdown began. */
    private void inFlight(java.util.function.Consumer<Runnable> starter) {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch requested = new CountDownLatch(1);
        var unused = registry.shutdownRequested().thenAccept(reason -> requested.countDown());
        starter.accept(() -> jobs.run("in flight", () -> {
            running.countDown();
            Patience.await(requested);
            long end = System.nanoTime() + Duration.ofMillis(700).toNanos();
            append("clock", Long.toString(System.currentTimeMillis()));
            for (long left = 1; left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            append("clock", Long.toString(System.currentTimeMillis()));
            append("data", "ended");
        }));
        Patience.await(running);
    }

    private static void awaitEndOf(String name) throws InterruptedException {
        for (Thread thread : Registries.threads(name)) {
            thread.join();
        }
    }

    /** Its loading marks the moment in the JVM's log of classes. */
    private record EndOfRehearsal() {}

    private static void thread(boolean daemon, Runnable code) {
        Thread thread = new Thread(code);
        thread.setDaemon(daemon);
        thread.start();
    }

    private synchronized void append(String file, String line) {
        try (FileChannel channel =
                FileChannel.open(folder.resolve(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            channel.write(java.nio.ByteBuffer.wrap((line + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String file, String text) {
        try {
            Path written = Files.writeString(folder.resolve(file + ".tmp"), text);
            Files.move(written, folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
