package io.k1s.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.storage.StorageException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM that cannot load the native library, because there is nowhere to unpack it, or it is another machine's. */
@Timeout(120)
final class NativeLibraryTest {

    private static final String OTHER_MACHINE = System.getProperty("os.arch").equals("aarch64") ? "amd64" : "aarch64";

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"java.io.tmpdir=/none", "os.arch="})
    void everyOpenSaysWhyTheLibraryCannotBeLoaded(String property) throws Exception {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-D" + property + (property.endsWith("=") ? OTHER_MACHINE : ""),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        temp.resolve("store").toString()))
                .redirectErrorStream(true)
                .start();
        try {
            boolean ended = process.waitFor(30, TimeUnit.SECONDS);
            process.toHandle().destroyForcibly();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(ended).as(output).isTrue();
            assertThat(output.lines().filter(line -> line.startsWith("refused: ")))
                    .as(output)
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line).contains("java.io.tmpdir", "ROCKSDB_SHAREDLIB_DIR"));
        } finally {
            process.destroyForcibly();
        }
    }

    /** Opens a store twice. */
    static final class Main {

        private Main() {}

        public static void main(String[] args) {
            for (int i = 0; i < 2; i++) {
                try (RocksDbStorage store = RocksDbStorage.open(Path.of(args[0]))) {
                    System.out.println("opened at " + store.revision());
                } catch (StorageException e) {
                    System.out.println("refused: " + e.getMessage());
                } catch (Throwable t) {
                    System.out.println("thrown: " + t);
                }
            }
        }
    }
}
