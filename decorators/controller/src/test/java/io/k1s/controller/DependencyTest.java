package io.k1s.controller;

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

/** Whoever takes this artifact gets the registry with it, and no library that they did not ask for. */
class DependencyTest {
    @Test
    void everyLibraryIsOptional() throws Exception {
        Document pom = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new File("pom.xml"));
        NodeList dependencies = pom.getElementsByTagName("dependency");
        List<String> transitive = new ArrayList<>();
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            String scope = text(dependency, "scope");
            if (!text(dependency, "optional").equals("true")
                    && !Set.of("test", "provided").contains(scope)) {
                transitive.add(text(dependency, "groupId") + ":" + text(dependency, "artifactId"));
            }
        }
        assertThat(transitive).containsExactly("io.k1s:registry");
    }

    private static String text(Element dependency, String tag) {
        NodeList found = dependency.getElementsByTagName(tag);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent();
    }
}
