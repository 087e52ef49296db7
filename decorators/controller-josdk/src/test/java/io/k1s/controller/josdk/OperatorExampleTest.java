package io.k1s.controller.josdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.testing.Patience;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example in the documents is what a reader copies: it is compiled, and run against a mock of an API server. */
@Timeout(120)
final class OperatorExampleTest {
    @TempDir
    Path folder;

    @Test
    void theOperatorOfTheDocumentsFinishesTheReconcileInProgress() throws Exception {
        assertThat(compile(example())).isZero();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Cluster cluster = new Cluster();
                URLClassLoader loader = new URLClassLoader(
                        new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            Consumer<Item> body = item -> {
                started.countDown();
                Patience.await(release);
                cluster.create("copy-of-" + item.getMetadata().getName());
            };
            var start = loader.loadClass("io.k1s.controller.josdk.example.Example")
                    .getMethod("start", KubernetesClient.class, Consumer.class);
            cluster.create("laptop");
            // Closed by the registry, unlike the cluster's own.
            KubernetesClient client = cluster.newClient();
            WorkRegistry registry = (WorkRegistry) start.invoke(null, client, body);
            Patience.await(started);
            CompletableFuture<ShutdownReport> report = registry.shutdown();
            release.countDown();
            assertThat(Patience.get(report).isComplete())
                    .as(report.join().describe())
                    .isTrue();
            assertThat(cluster.get("copy-of-laptop")).isNotNull();
            assertThat(client.getHttpClient().isClosed()).isTrue();
        }
    }

    @Test
    void theCheckWouldNoticeAnExampleThatDoesNotCompile() throws Exception {
        assertThat(compile(example().replace("shutdownOnSignals", "shutdownOnSignal")))
                .isNotZero();
    }

    private static String example() throws Exception {
        Path document = Path.of(System.getProperty("basedir", "."), "../../docs/integrations.md");
        Matcher block = Pattern.compile("<!-- run by OperatorExampleTest -->\n```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(document));
        assertThat(block.find()).as("the example in %s", document).isTrue();
        return block.group(1);
    }

    private int compile(String example) throws Exception {
        Path source = Files.writeString(folder.resolve("Example.java"), """
                package io.k1s.controller.josdk.example;
                import static io.k1s.registry.ComponentOptions.dependsOn;
                import io.fabric8.kubernetes.client.KubernetesClient;
                import io.javaoperatorsdk.operator.api.reconciler.*;
                import io.k1s.controller.josdk.*;
                import io.k1s.registry.*;
                import java.util.function.Consumer;
                public class Example {
                    static Consumer<Item> body;
                    @ControllerConfiguration
                    public static class ItemReconciler implements Reconciler<Item> {
                        @Override
                        public UpdateControl<Item> reconcile(Item item, Context<Item> context) {
                            if (item.getMetadata().getName().equals("laptop")) {
                                body.accept(item);
                            }
                            return UpdateControl.noUpdate();
                        }
                    }
                    public static WorkRegistry start(KubernetesClient client, Consumer<Item> body) {
                        Example.body = body;
                        %s
                        return registry;
                    }
                }
                """.formatted(example));
        return ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        System.out,
                        System.out,
                        "-proc:none",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "-d",
                        folder.toString(),
                        source.toString());
    }
}
