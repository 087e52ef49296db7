package io.k1s.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.WorkRegistry;
import io.k1s.testing.Signals;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The artifacts as a modular program uses them: on the module path, with nothing but what they declare. */
final class ModulePathConsumerTest {

    @TempDir
    Path folder;

    @Test
    void aModularProgramCompilesAgainstTheModulesAndShutsDownOnASignal() throws Exception {
        Path sources = Files.createDirectories(folder.resolve("src/consumer"));
        Path module = Files.writeString(
                folder.resolve("src/module-info.java"), "module consumer { requires io.k1s.storage; }");
        Path main = Files.writeString(sources.resolve("Main.java"), """
                package consumer;

                import io.k1s.metrics.WorkMetrics;
                import io.k1s.registry.ComponentOptions;
                import io.k1s.registry.WorkRegistry;
                import io.k1s.storage.MemoryStorage;
                import io.k1s.storage.StorageBackend;
                import io.k1s.storage.TrackedStorage;
                import java.time.Duration;
                import java.util.concurrent.CompletableFuture;

                public class Main {
                    public static void main(String[] args) throws Exception {
                        WorkRegistry registry = WorkRegistry.create();
                        StorageBackend store =
                                TrackedStorage.register(registry, "storage", new MemoryStorage());
                        WorkMetrics jobs = registry.component("jobs", ComponentOptions.dependsOn("storage"));
                        registry.shutdownOnSignals();
                        jobs.run("one write", () -> store.create("a", new byte[] {1}, Duration.ZERO));
                        CompletableFuture<?> told = registry.terminated()
                                .thenAccept(report -> System.out.println(report.reason() + " " + report.outcome()));
                        System.out.println("ready");
                        told.get();
                    }
                }
                """);
        String modulePath = Stream.of(
                        WorkMetrics.class, WorkRegistry.class, StorageBackend.class, org.slf4j.Logger.class)
                .map(ModulePathConsumerTest::location)
                .collect(Collectors.joining(File.pathSeparator));
        Path classes = folder.resolve("classes");
        int compiled = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        System.out,
                        System.err,
                        "--release",
                        "17",
                        "-Xlint:all",
                        "-Werror",
                        "--module-path",
                        modulePath,
                        "-d",
                        classes.toString(),
                        module.toString(),
                        main.toString());
        assertThat(compiled).as("exit code of javac").isZero();

        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--module-path",
                        modulePath + File.pathSeparator + classes,
                        "-m",
                        "consumer/consumer.Main"))
                .redirectError(ProcessBuilder.Redirect.DISCARD) // SLF4J says that it has no provider
                .start();
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("ready");
            Signals.send("TERM", process.pid());

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(output.readLine()).isEqualTo("SIGTERM COMPLETE");
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String location(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
