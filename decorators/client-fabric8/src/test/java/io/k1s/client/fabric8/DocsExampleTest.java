package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.WorkRegistry;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/kubernetes-clients.md is what a reader copies, so it is compiled and run. */
@Timeout(120)
class DocsExampleTest {
    @TempDir
    Path classes;

    @Test
    void theExampleRuns() throws Exception {
        try (Cluster cluster = new Cluster();
                KubernetesClient untracked = new KubernetesClientBuilder()
                        .withConfig(Program.config(cluster.url()))
                        .build()) {
            WorkRegistry registry =
                    (WorkRegistry) example().invoke(null, Program.config(cluster.url()), Cluster.configMap("settings"));
            requireDrained(registry);
            assertThat(untracked.configMaps().withName("settings").get()).isNotNull();
        }
    }

    private Method example() throws Exception {
        Matcher block = Pattern.compile("## fabric8\\R.*?```java\\R(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../../docs/kubernetes-clients.md")));
        assertThat(block.find()).isTrue();
        String source = """
                import static io.k1s.registry.ComponentOptions.dependsOn;
                import io.fabric8.kubernetes.api.model.ConfigMap;
                import io.fabric8.kubernetes.client.*;
                import io.fabric8.kubernetes.client.http.HttpClient;
                import io.fabric8.kubernetes.client.utils.HttpClientUtils;
                import io.k1s.client.fabric8.*;
                import io.k1s.metrics.*;
                import io.k1s.registry.*;
                public class Example {
                    public static WorkRegistry example(Config config, ConfigMap settings) throws Exception {
                        %s
                        return registry;
                    }
                }
                """.formatted(block.group(1));
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        StringWriter errors = new StringWriter();
        ToolProvider.getSystemJavaCompiler()
                .getTask(
                        errors,
                        null,
                        null,
                        List.of("-proc:none", "-cp", classPath, "-d", classes.toString()),
                        null,
                        List.of(file))
                .call();
        assertThat(errors.toString()).isEmpty();
        // The class loader stays open: the example's own classes are still needed by its shutdown.
        URLClassLoader loader = new URLClassLoader(
                new URL[] {classes.toUri().toURL()}, getClass().getClassLoader());
        return loader.loadClass("Example").getMethod("example", Config.class, ConfigMap.class);
    }

    private static void requireDrained(WorkRegistry registry) throws Exception {
        assertThat(registry.shutdown().get(30, TimeUnit.SECONDS).isComplete()).isTrue();
        WorkSnapshot api = registry.snapshots().get(0);
        assertThat(api.totalStarted()).isEqualTo(1);
        assertThat(api.operations()).isEqualTo(1);
    }
}
