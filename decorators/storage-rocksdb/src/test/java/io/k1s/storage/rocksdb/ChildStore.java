package io.k1s.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.storage.KeyValue;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Another JVM that runs a program of these tests, which says on its standard output what it got acknowledged. */
final class ChildStore implements Closeable {

    private final Process process;
    private final BufferedReader output;

    private ChildStore(Process process) {
        this.process = process;
        this.output = process.inputReader(UTF_8);
    }

    /** Opens a store without sync and creates keys, until it is killed. */
    static ChildStore start(Path path) throws IOException {
        return start(List.of(), List.of(), Main.class, path.toString(), "false", "1000000000");
    }

    /** Runs a program with options of the JVM, started by another command. */
    static ChildStore start(List<String> starter, List<String> options, Class<?> program, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(starter);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(program.getName());
        command.addAll(List.of(arguments));
        return new ChildStore(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** Returns the next acknowledgement, "key revision", or null at the end. Other lines are skipped. */
    @Nullable
    String nextAcknowledged() throws IOException {
        String line = output.readLine();
        while (line != null && !line.startsWith("ack ")) {
            line = output.readLine();
        }
        return line == null ? null : line.substring(4);
    }

    /** Skips what it says until this. */
    void awaitLine(String expected) throws IOException {
        String line = output.readLine();
        while (line != null && !line.equals(expected)) {
            line = output.readLine();
        }
        assertThat(line).isEqualTo(expected);
    }

    /** Returns all the output, once the child has ended. */
    String output() {
        return output.lines().collect(Collectors.joining("\n"));
    }

    /** Waits for its end, and returns what it said and was not read; that must fit into a pipe. */
    String awaitEnd() throws InterruptedException {
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.toHandle().destroyForcibly();
        String rest = output();
        assertThat(ended).as(rest).isTrue();
        return rest;
    }

    int exitCode() {
        return process.exitValue();
    }

    /** SIGTERM. Process.destroy would close the output. */
    void terminate() {
        assertThat(process.toHandle().destroy()).isTrue();
    }

    void kill() throws InterruptedException {
        // Process.destroyForcibly would close the output, and lose what the child still said.
        assertThat(process.toHandle().destroyForcibly()).isTrue();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Says that a key was acknowledged, by one write to the standard output. */
    static void acknowledge(KeyValue created) {
        Main.OUT.println("ack " + created.key() + " " + created.revision());
    }

    /** Creates so many keys, with sync or without. */
    static final class Main {
        private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);

        private Main() {}

        public static void main(String[] args) {
            RocksDbOptions options = RocksDbOptions.defaults()
                    .withSync(Boolean.parseBoolean(args[1]))
                    .withHistoryLimit(200);
            try (RocksDbStorage store = RocksDbStorage.open(Path.of(args[0]), options)) {
                long first = store.revision() + 1;
                for (long i = first; i < first + Integer.parseInt(args[2]); i++) {
                    acknowledge(store.create("k" + i, ("v" + i).getBytes(UTF_8), Duration.ZERO));
                }
            }
        }
    }
}
