package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.WorkRegistry;
import io.k1s.testing.DependencyTree;
import java.io.File;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each part runs with the library that it needs and with none of the others. */
@Timeout(120)
class DependencyTest {
    @Test
    void everyLibraryIsOptional() throws Exception {
        assertThat(DependencyTree.reachingUsers())
                .containsExactlyInAnyOrder("io.k1s:registry", "io.k1s:metrics-core", "org.slf4j:slf4j-api");
    }

    @Test
    void metersNeedMicrometerAlone() throws Exception {
        run(WithMicrometer.class, "micrometer-");
    }

    @Test
    void latenciesNeedHdrHistogramAlone() throws Exception {
        run(WithHdrHistogram.class, "HdrHistogram");
    }

    @Test
    void reportNeedsJacksonAlone() throws Exception {
        run(WithJackson.class, "jackson-");
    }

    @Test
    void beansEventsAndEndpointNeedNoLibrary() throws Exception {
        run(WithNothing.class, "nothing");
    }

    /** Each runs in a class loader that sees this project, SLF4J and the libraries of that name. */
    private static void run(Class<? extends Runnable> part, String library) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            String name = path.getFileName().toString();
            boolean ours = !name.endsWith(".jar")
                    || entry.contains("metrics-core" + File.separator + "target")
                    || entry.contains("registry" + File.separator + "target");
            if (ours || name.startsWith("slf4j-api") || name.startsWith(library)) {
                urls.add(path.toUri().toURL());
            }
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> loaded = loader.loadClass(part.getName());
            assertThat(loaded).isNotSameAs(part);
            var constructor = loaded.getDeclaredConstructor();
            constructor.setAccessible(true);
            ((Runnable) constructor.newInstance()).run();
        }
    }

    private static void holds(boolean condition) {
        if (!condition) {
            throw new AssertionError();
        }
    }

    static final class WithMicrometer implements Runnable {
        @Override
        public void run() {
            WorkRegistry registry = WorkRegistry.create();
            WorkMetrics jobs = registry.component("jobs");
            var meters = new io.micrometer.core.instrument.simple.SimpleMeterRegistry();
            WorkMeters.of(registry)
                    .withLatencies(name -> java.util.Optional.empty())
                    .bindTo(meters);
            jobs.run("work", () -> {});
            holds(meters.get("k1s.work.operations").functionCounter().count() == 1);
        }
    }

    static final class WithHdrHistogram implements Runnable {
        @Override
        public void run() {
            WorkRegistry registry = WorkRegistry.create();
            WorkMetrics jobs = registry.component("jobs");
            Latencies latencies = Latencies.of(registry);
            jobs.run("work", () -> {});
            holds(latencies.latency("jobs").orElseThrow().samples() == 1);
        }
    }

    static final class WithJackson implements Runnable {
        @Override
        public void run() {
            holds(ReportJson.text(WorkRegistry.create().shutdown().join()).contains("COMPLETE"));
        }
    }

    static final class WithNothing implements Runnable {
        @Override
        public void run() {
            WorkRegistry registry = WorkRegistry.create();
            WorkMetrics jobs = registry.component("jobs");
            FlightEvents.emit(registry, java.time.Duration.ZERO);
            try (WorkMBeans beans = WorkMBeans.register(registry);
                    HealthServer server = HealthServer.builder(registry).start()) {
                jobs.run("work", () -> {});
                holds(beans != null);
                holds(get(server, "/readyz", "*/*") == 200);
                holds(get(server, "/work", "text/html") == 200);
                holds(get(server, "/work", "application/json") == 501);
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        private static int get(HealthServer server, String path, String accept) throws java.io.IOException {
            URI uri = URI.create("http://" + server.address().getAddress().getHostAddress() + ":"
                    + server.address().getPort() + path);
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setRequestProperty("Accept", accept);
            return connection.getResponseCode();
        }
    }
}
