package io.k1s.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.storage.MemoryStorage;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The client brings the model types, Jackson and the patches along, and no client, HTTP or schema library. */
class DependencyTest {
    private static final Pattern WHAT_COMES_ALONG = Pattern.compile(
            "(kubernetes-model-(core|common)|jackson-(core|databind|annotations)|parsson|jakarta\\.json-api|slf4j-api)-\\d.*");

    @Test
    void onlyTheModelJacksonAndThePatchesAreTransitive() throws Exception {
        Document pom = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new File("pom.xml"));
        NodeList dependencies = pom.getElementsByTagName("dependency");
        List<String> transitive = new ArrayList<>();
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            if (!text(dependency, "optional").equals("true")
                    && !Set.of("test", "provided").contains(text(dependency, "scope"))) {
                transitive.add(text(dependency, "artifactId"));
            }
        }
        assertThat(transitive)
                .containsExactly("decorators-storage", "kubernetes-model-core", "jackson-databind", "parsson");
    }

    @Test
    void clientRunsWithWhatComesAlong() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            String name = path.getFileName().toString();
            boolean ours = !name.endsWith(".jar") || entry.contains(File.separator + "target" + File.separator);
            if (ours || WHAT_COMES_ALONG.matcher(name).matches()) {
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

    private static String text(Element dependency, String tag) {
        NodeList found = dependency.getElementsByTagName(tag);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent();
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
