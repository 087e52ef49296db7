package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.rocksdb.RocksDbOptions;
import io.k1s.storage.rocksdb.RocksDbStorage;
import io.k1s.testing.Signals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The program as a process of its own, from the jar that ships. */
final class K1s implements AutoCloseable {
    /** The value of a variable that is not to be set. */
    static final String UNSET = "(unset)";

    private static final long LIMIT_SECONDS = 60;

    final Process process;
    private final StringBuffer out = new StringBuffer();
    private final StringBuffer err = new StringBuffer();
    private final CompletableFuture<String> loadStarted = new CompletableFuture<>();
    private final List<Thread> readers = new ArrayList<>();

    /** What a process left behind. */
    record Result(int code, String out, String err) {
        String lastLine() {
            return out.lines().reduce("", (before, line) -> line);
        }
    }

    private K1s(Process process) {
        this.process = process;
    }

    static K1s start(String... arguments) throws IOException {
        return startUnread(arguments).read();
    }

    /** Its standard output and error are pipes that nobody reads. */
    static K1s startUnread(String... arguments) throws IOException {
        return new K1s(new ProcessBuilder(command(arguments)).start());
    }

    /** It may have so many files open at once. */
    static K1s startWithFiles(int limit, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n " + limit + " && exec \"$@\"", "sh"));
        command.addAll(command(arguments));
        return new K1s(new ProcessBuilder(command).start()).read();
    }

    /** On a terminal that {@code script} makes: its standard output and error are that, and so is what is typed. */
    static K1s startOnATerminal(Map<String, String> environment, String... arguments) throws IOException {
        return startOnATerminal(environment, Path.of("/dev/null"), arguments);
    }

    private static K1s startOnATerminal(Map<String, String> environment, Path typescript, String... arguments)
            throws IOException {
        if (!Files.isExecutable(Path.of("/usr/bin/script"))) {
            String missing = "util-linux's script is needed to make a terminal, and there is no /usr/bin/script";
            if ("true".equals(System.getenv("CI"))) {
                fail(missing);
            }
            abort(missing);
        }
        String command =
                command(arguments).stream().map(word -> "'" + word + "'").collect(Collectors.joining(" ", "exec ", ""));
        ProcessBuilder builder =
                new ProcessBuilder("script", "-qec", command, typescript.toString()).redirectErrorStream(true);
        builder.environment().remove("NO_COLOR");
        builder.environment().putAll(Map.of("TERM", "xterm", "COLUMNS", "160"));
        builder.environment().putAll(environment);
        builder.environment().values().removeIf(UNSET::equals);
        return new K1s(builder.start()).read();
    }

    /** The same; what the terminal got is in the file, to the byte. */
    static Result runOnATerminal(Path typescript, String... arguments) throws IOException, InterruptedException {
        try (K1s k1s = startOnATerminal(Map.of(), typescript, arguments)) {
            return k1s.await();
        }
    }

    /** Its standard output is a file. */
    static Result runInto(Path file, String... arguments) throws IOException, InterruptedException {
        try (K1s k1s = startInto(file, arguments)) {
            return k1s.await();
        }
    }

    static K1s startInto(Path file, String... arguments) throws IOException {
        return new K1s(new ProcessBuilder(command(arguments))
                        .redirectOutput(file.toFile())
                        .start())
                .read();
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                System.getProperty("k1s.jar")));
        command.addAll(List.of(arguments));
        return command;
    }

    static Result run(String... arguments) throws IOException, InterruptedException {
        try (K1s k1s = start(arguments)) {
            return k1s.await();
        }
    }

    /** With these variables. */
    static Result run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command(arguments));
        builder.environment().putAll(environment);
        try (K1s k1s = new K1s(builder.start()).read()) {
            return k1s.await();
        }
    }

    private K1s read() {
        read(process.getInputStream(), out);
        read(process.getErrorStream(), err);
        return this;
    }

    private void read(java.io.InputStream stream, StringBuffer into) {
        Thread thread = new Thread(() -> {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    synchronized (into) {
                        into.append(line).append('\n');
                        into.notifyAll();
                    }
                    if (line.contains("load started")) {
                        loadStarted.complete(line);
                    }
                }
            } catch (IOException e) {
                into.append(e);
            } finally {
                if (into == err) {
                    loadStarted.complete("it ended");
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        readers.add(thread);
    }

    void awaitLoad() {
        assertThat(loadStarted.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join())
                .as(() -> err.toString())
                .contains("load started");
    }

    /** Waits until it has printed this line. */
    boolean awaitOutput(String line) throws InterruptedException {
        return await(out, line + "\n");
    }

    /** Waits until its standard error has this text. */
    boolean awaitError(String text) throws InterruptedException {
        return await(err, text);
    }

    private static boolean await(StringBuffer printed, String text) throws InterruptedException {
        synchronized (printed) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (printed.indexOf(text) < 0 && deadline - System.nanoTime() > 0) {
                printed.wait(1000);
            }
            return printed.indexOf(text) >= 0;
        }
    }

    void signal(String name) throws IOException, InterruptedException {
        Signals.send(name, process.pid());
    }

    /** Ctrl-C, which its terminal makes a SIGINT for all processes that are in the foreground there. */
    void typeCtrlC() throws IOException {
        process.getOutputStream().write(3);
        process.getOutputStream().flush();
    }

    Result await() throws InterruptedException {
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                .as(() -> "ended; its standard error: " + err)
                .isTrue();
        for (Thread reader : readers) {
            reader.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
        }
        return new Result(process.exitValue(), out.toString(), err.toString());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Opens the store that a process left, and holds it against the journal that it left. */
    static Comparison compare(Path store, Path journal, boolean crashed) throws IOException {
        try (StorageBackend opened =
                RocksDbStorage.open(store, RocksDbOptions.defaults().withSync(false))) {
            return Comparison.of(Oracle.read(journal), opened, crashed);
        }
    }

    /** What a report says about a component. */
    static JsonNode component(JsonNode report, String name) {
        for (JsonNode component : report.path("components")) {
            if (component.path("name").asText().equals(name)) {
                return component;
            }
        }
        throw new AssertionError("no component " + name + " in " + report);
    }

    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var walk = Files.walk(folder)) {
                for (Path file :
                        walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** No word of the JVM about what it does not like, and no crash. */
    static void assertNoJvmWarnings(String err) {
        assertThat(err).doesNotContain("WARNING:", "SIGSEGV", "SLF4J", "ERROR in ch.qos");
    }
}
