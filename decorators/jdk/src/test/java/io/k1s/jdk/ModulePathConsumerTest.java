package io.k1s.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.WorkRegistry;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On the module path, with nothing but what the module declares: without {@code java.sql}, and with it. */
@Timeout(120)
final class ModulePathConsumerTest {

    @TempDir
    Path folder;

    @Test
    void tasksNeedNoSql() throws Exception {
        assertThat(run("""
                        ExecutorService tasks =
                                TrackedExecutorService.register(registry, "tasks", Executors.newFixedThreadPool(1));
                        tasks.execute(() -> System.out.println("ran"));
                        """, "io.k1s.jdk")).isEqualTo("ran\nfalse\nCOMPLETE");
    }

    @Test
    void connectionsNeedSqlAlone() throws Exception {
        assertThat(run("""
                        javax.sql.DataSource none = (javax.sql.DataSource) java.lang.reflect.Proxy.newProxyInstance(
                                Main.class.getClassLoader(),
                                new Class<?>[] {javax.sql.DataSource.class},
                                (proxy, method, a) -> java.lang.reflect.Proxy.newProxyInstance(
                                        Main.class.getClassLoader(),
                                        new Class<?>[] {java.sql.Connection.class},
                                        (connection, of, b) -> null));
                        try (java.sql.Connection connection =
                                TrackedDataSource.register(registry, "database", none).getConnection()) {
                            System.out.println("held " + registry.activeWorkCounts());
                        }
                        """, "io.k1s.jdk", "java.sql")).isEqualTo("held {database=1}\ntrue\nCOMPLETE");
    }

    private String run(String body, String... modules) throws Exception {
        String requires =
                Stream.of(modules).map(each -> "requires " + each + ";").collect(Collectors.joining(" "));
        Path sources = Files.createDirectories(folder.resolve("src/consumer"));
        Path module = Files.writeString(folder.resolve("src/module-info.java"), "module consumer { " + requires + " }");
        Path main = Files.writeString(sources.resolve("Main.java"), """
                package consumer;

                import io.k1s.jdk.*;
                import io.k1s.registry.WorkRegistry;
                import java.util.concurrent.*;

                public class Main {
                    public static void main(String[] args) throws Exception {
                        WorkRegistry registry = WorkRegistry.create();
                        %s
                        var report = registry.shutdown().get();
                        System.out.println(ModuleLayer.boot().findModule("java.sql").isPresent());
                        System.out.println(report.outcome());
                    }
                }
                """.formatted(body));
        String modulePath = Stream.of(
                        WorkMetrics.class, WorkRegistry.class, TrackedExecutorService.class, org.slf4j.Logger.class)
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
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return output.strip();
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
