package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.Signals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * A real JVM that runs {@link ChildMain} from the test class path, gets real signals and leaves files behind.
 *
 * <p>An exit code alone proves nothing: a graceful end, no handler at all ({@code -Xrs}) and a signal during the start can
 * all end in 143, and a child that never did anything ends in 0. Assert the report file and the data beside it.
 */
final class ChildProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Process process;
    private final Path folder;
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Thread reader = new Thread(this::read, "child-stdout");
    private long signalledNanos;

    private ChildProcess(Process process, Path folder, boolean reading) {
        this.process = process;
        this.folder = folder;
        if (reading) {
            reader.setDaemon(true);
            reader.start();
        }
    }

    static Builder of(Path folder, String scenario) {
        return new Builder(folder, scenario);
    }

    static final class Builder {
        private final Path folder;
        private final String scenario;
        private final List<String> options =
                new ArrayList<>(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        private final List<String> wrapper = new ArrayList<>();
        private final Map<String, String> environment = new java.util.HashMap<>();
        private String classPath = System.getProperty("java.class.path");
        private boolean reading = true;

        private Builder(Path folder, String scenario) {
            this.folder = folder;
            this.scenario = scenario;
            set("gracefulTimeout", "10s");
        }

        Builder set(String key, String value) {
            return option("-Dk1s.shutdown." + key + "=" + value);
        }

        Builder option(String option) {
            options.add(option);
            return this;
        }

        Builder environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        Builder classPath(String other) {
            classPath = other;
            return this;
        }

        /** A shell command that ends in {@code exec "$@"}. */
        Builder through(String shell) {
            wrapper.addAll(List.of("sh", "-c", shell, "sh"));
            return this;
        }

        /** Nobody ever reads what the child prints. */
        Builder unread() {
            reading = false;
            return this;
        }

        ChildProcess start() throws IOException {
            List<String> command = new ArrayList<>(wrapper);
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options);
            command.addAll(List.of("-cp", classPath, ChildMain.class.getName(), scenario, folder.toString()));
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().keySet().removeIf(name -> name.startsWith("K1S_") || name.startsWith("JAVA_TOOL"));
            builder.environment().putAll(environment);
            builder.redirectError(folder.resolve("stderr").toFile());
            return new ChildProcess(builder.start(), folder, reading);
        }
    }

    ChildProcess awaitReady() {
        return awaitFile("ready");
    }

    ChildProcess awaitFile(String name) {
        await(() -> Files.exists(folder.resolve(name)), "file " + name);
        return this;
    }

    ChildProcess awaitLine(String part) {
        await(() -> lines.stream().anyMatch(line -> line.contains(part)), "line with " + part);
        return this;
    }

    private void await(java.util.function.BooleanSupplier condition, String what) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as(() -> what + "; printed " + lines + ", stderr " + text("stderr"))
                    .isNegative();
            // The child has no other way to say so than its files and lines.
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    ChildProcess signal(String name) throws Exception {
        if (signalledNanos == 0) {
            signalledNanos = System.nanoTime();
        }
        Signals.send(name, process.pid());
        return this;
    }

    /** Lets real time pass: what is tested is what happens meanwhile. */
    ChildProcess after(Duration pause) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        return this;
    }

    /** Waits for the end, and checks that the JVM had nothing to complain about. */
    int exitCode() throws InterruptedException {
        boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended).as("ended; printed " + lines).isTrue();
        // What it printed last may still be on its way.
        reader.join(PATIENCE.toMillis());
        assertThat(text("stderr")).as("stderr").doesNotContain("WARNING").doesNotContain("Exception");
        return process.exitValue();
    }

    /** From the first signal to now: an upper bound of what the child took. */
    Duration sinceSignal() {
        return Duration.ofNanos(System.nanoTime() - signalledNanos);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String report() {
        return text("report");
    }

    String text(String file) {
        try {
            Path path = folder.resolve(file);
            return Files.exists(path) ? Files.readString(path) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    private void read() {
        try (BufferedReader reader = process.inputReader()) {
            reader.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException e) {
            lines.add("(stdout ended: " + e + ")");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
