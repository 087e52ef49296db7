package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ObjectPrinterTest {
    private final StringWriter text = new StringWriter();

    private static GenericKubernetesResource item(String name, String category) {
        GenericKubernetesResource item = new GenericKubernetesResource();
        item.setApiVersion("k1s.io/v1");
        item.setKind("Item");
        item.setMetadata(
                new ObjectMetaBuilder().withName(name).withNamespace("shop").build());
        item.setAdditionalProperty("spec", Map.of("category", category));
        return item;
    }

    private ObjectPrinter printer(ObjectPrinter.Format format, boolean withNamespace) {
        return new ObjectPrinter(Kinds.KNOWN.get(0), format, withNamespace, new PrintWriter(text));
    }

    @Test
    void eventsHaveTheirTypeInEachFormat() {
        printer(ObjectPrinter.Format.NAME, false).event("ADDED", item("a", "books"));
        printer(ObjectPrinter.Format.JSON, false).event("MODIFIED", item("a", "books"));
        printer(ObjectPrinter.Format.YAML, false).event("DELETED", item("a", "books"));
        assertThat(text.toString())
                .startsWith("ADDED item.k1s.io/a\n{\"type\":\"MODIFIED\",\"object\":{\"apiVersion\":\"k1s.io/v1\",")
                .contains("}\n---\ntype: DELETED\nobject:\n  apiVersion: k1s.io/v1\n");
    }

    @Test
    void laterRowsKeepToTheColumnsWhereTheyFit() {
        ObjectPrinter printer = printer(ObjectPrinter.Format.TABLE, true);
        printer.event("ADDED", item("a", "books"));
        printer.event("MODIFIED", item("longer-name", "b"));
        printer.event("DELETED", item("a", "b\u001b[31m\n"));
        assertThat(text.toString()).isEqualTo("""
                        EVENT      NAMESPACE   NAME   CATEGORY   PRICE   QUANTITY   AVAILABILITY   AGE
                        ADDED      shop        a      books                                        <unknown>
                        MODIFIED   shop        longer-name   b                                            <unknown>
                        DELETED    shop        a             b\\u001b[31m\\u000a                                     <unknown>
                        """);
    }
}
