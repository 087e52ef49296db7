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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Another JVM that opens a store, creates keys and says so on its standard output, until it is killed. */
final class ChildStore implements Closeable {

    private final Process process;
    private final BufferedReader output;

    private ChildStore(Process process) {
        this.process = process;
        this.output = process.inputReader(UTF_8);
    }

    static ChildStore start(Path path) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = List.of(
                java,
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                path.toString());
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

    /** Returns all the output, once the child has ended. */
    String output() {
        return output.lines().collect(Collectors.joining("\n"));
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

    /** The child. */
    static final class Main {

        private Main() {}

        public static void main(String[] args) {
            PrintStream out = new PrintStream(System.out, true, UTF_8);
            RocksDbStorage store = RocksDbStorage.open(
                    Path.of(args[0]), RocksDbOptions.defaults().withSync(false).withHistoryLimit(200));
            long first = store.revision();
            for (long i = first + 1; ; i++) {
                KeyValue created = store.create("k" + i, ("v" + i).getBytes(UTF_8), Duration.ZERO);
                out.println("ack " + created.key() + " " + created.revision());
            }
        }
    }
}
