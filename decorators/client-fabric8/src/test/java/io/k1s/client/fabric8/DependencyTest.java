package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Whoever takes this artifact gets no Kubernetes client by it, neither this one nor another. */
class DependencyTest {
    @Test
    void theClientIsOptional() throws Exception {
        Document pom = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new File("pom.xml"));
        NodeList dependencies = pom.getElementsByTagName("dependency");
        List<String> transitive = new ArrayList<>();
        List<String> optional = new ArrayList<>();
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            String name = text(dependency, "groupId") + ":" + text(dependency, "artifactId");
            if (text(dependency, "optional").equals("true")) {
                optional.add(name);
            } else if (!Set.of("test", "provided").contains(text(dependency, "scope"))) {
                transitive.add(name);
            }
        }
        assertThat(transitive).containsExactly("io.k1s:registry");
        assertThat(optional).containsExactly("io.fabric8:kubernetes-client");
    }

    private static String text(Element dependency, String tag) {
        NodeList found = dependency.getElementsByTagName(tag);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent();
    }
}
