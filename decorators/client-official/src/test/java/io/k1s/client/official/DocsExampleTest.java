package io.k1s.client.official;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.WorkRegistry;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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
        KubernetesMockServer cluster = new KubernetesMockServer(
                new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(List.of()), false);
        cluster.init();
        try {
            V1ConfigMap settings = new V1ConfigMap()
                    .apiVersion("v1")
                    .kind("ConfigMap")
                    .metadata(new V1ObjectMeta().name("settings").namespace("default"));
            WorkRegistry registry =
                    (WorkRegistry) example().invoke(null, OfficialClientTest.newClient(cluster.url("/")), settings);
            requireDrained(registry);
            ApiClient untracked = OfficialClientTest.newClient(cluster.url("/"));
            assertThat(new CoreV1Api(untracked)
                            .readNamespacedConfigMap("settings", "default")
                            .execute())
                    .isNotNull();
        } finally {
            cluster.destroy();
        }
    }

    private Method example() throws Exception {
        Matcher block = Pattern.compile("## The official client\\R.*?```java\\R(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../../docs/kubernetes-clients.md")));
        assertThat(block.find()).isTrue();
        String source = """
                import static io.k1s.registry.ComponentOptions.dependsOn;
                import io.k1s.client.official.*;
                import io.k1s.metrics.*;
                import io.k1s.registry.*;
                import io.kubernetes.client.openapi.ApiClient;
                import io.kubernetes.client.openapi.apis.CoreV1Api;
                import io.kubernetes.client.openapi.models.V1ConfigMap;
                public class Example {
                    public static WorkRegistry example(ApiClient untracked, V1ConfigMap settings) throws Exception {
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
        return loader.loadClass("Example").getMethod("example", ApiClient.class, V1ConfigMap.class);
    }

    private static void requireDrained(WorkRegistry registry) throws Exception {
        assertThat(registry.shutdown().get(30, TimeUnit.SECONDS).isComplete()).isTrue();
        WorkSnapshot api = registry.snapshots().get(0);
        assertThat(api.totalStarted()).isEqualTo(1);
        assertThat(api.operations()).isEqualTo(1);
    }
}
