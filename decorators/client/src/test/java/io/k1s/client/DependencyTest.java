package io.k1s.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.storage.MemoryStorage;
import io.k1s.testing.DependencyTree;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The client brings the model types, Jackson and the patches along, and no client, HTTP or schema library. */
class DependencyTest {
    @Test
    void onlyTheModelJacksonAndThePatchesReachUsers() throws Exception {
        assertThat(DependencyTree.reachingUsers())
                .containsExactlyInAnyOrder(
                        "io.k1s:decorators-storage",
                        "io.k1s:registry",
                        "io.k1s:metrics-core",
                        "org.slf4j:slf4j-api",
                        "io.fabric8:kubernetes-model-core",
                        "io.fabric8:kubernetes-model-common",
                        "com.fasterxml.jackson.core:jackson-annotations",
                        "com.fasterxml.jackson.core:jackson-core",
                        "com.fasterxml.jackson.core:jackson-databind",
                        "org.eclipse.parsson:parsson",
                        "jakarta.json:jakarta.json-api");
    }

    @Test
    void clientRunsWithWhatComesAlong() throws Exception {
        List<String> comingAlong = DependencyTree.reachingUsers().stream()
                .map(name -> name.substring(name.indexOf(':') + 1) + "-")
                .toList();
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            String name = path.getFileName().toString();
            boolean ours = !name.endsWith(".jar") || entry.contains(File.separator + "target" + File.separator);
            if (ours || comingAlong.stream().anyMatch(name::startsWith)) {
                urls.add(path.toUri().toURL());
            }
        }
        assertThat(urls.toString()).doesNotContain("json-schema-validator");
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> loaded = loader.loadClass(Everything.class.getName());
            assertThat(loaded).isNotSameAs(Everything.class);
            var constructor = loaded.getDeclaredConstructor();
            constructor.setAccessible(true);
            ((Runnable) constructor.newInstance()).run();
        }
    }

    static final class Everything implements Runnable {
        @Override
        public void run() {
            StorageClient client = StorageClient.of(new MemoryStorage("memory", 100));
            Gadget gadget = client.create(Gadget.TYPE, Gadget.of("a"));
            client.patch(Gadget.TYPE, gadget.key(), Patch.merge("{\"spec\":{\"colour\":\"red\"}}"));
            Patch patch = Patch.json("[{\"op\":\"test\",\"path\":\"/spec/colour\",\"value\":\"red\"}]");
            if (!client.patch(Gadget.TYPE, gadget.key(), patch).spec.colour.equals("red")) {
                throw new AssertionError();
            }
            client.delete(Gadget.TYPE, gadget.key(), DeleteOptions.none());
        }
    }
}
