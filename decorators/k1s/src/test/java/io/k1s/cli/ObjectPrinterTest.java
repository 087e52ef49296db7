package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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

    private static Kind boat(String columns) throws IOException {
        return Kind.of(Documents.YAML.readTree("""
                spec:
                  group: x.io
                  scope: Cluster
                  names: {kind: Boat, plural: boats}
                  versions:
                  - name: v1
                    storage: true
                    additionalPrinterColumns: [%s]
                    schema: {openAPIV3Schema: {type: object}}
                """.formatted(columns)));
    }

    private String table(Kind kind, ObjectPrinter.Format format, Map<String, Object> spec) {
        GenericKubernetesResource boat = new GenericKubernetesResource();
        boat.setMetadata(new ObjectMetaBuilder().withName("ida").build());
        boat.setAdditionalProperty("spec", spec);
        StringWriter printed = new StringWriter();
        new ObjectPrinter(kind, format, false, new PrintWriter(printed)).list(List.of(boat));
        return printed.toString();
    }

    @Test
    void dateIsShownAsItsAge() throws IOException {
        Kind kind = boat("{name: Launched, type: date, jsonPath: .spec.launched}");
        String launched = Instant.now().minus(Duration.ofDays(9)).toString();
        assertThat(table(kind, ObjectPrinter.Format.TABLE, Map.of("launched", launched)))
                .isEqualTo("NAME   LAUNCHED   AGE\nida    9d         <unknown>\n");
        assertThat(table(kind, ObjectPrinter.Format.TABLE, Map.of()))
                .isEqualTo("NAME   LAUNCHED   AGE\nida               <unknown>\n");
    }

    @Test
    void columnOfLowerPriorityIsOfWideTablesOnly() throws IOException {
        Kind kind = boat("{name: Length, type: integer, jsonPath: .spec.length},"
                + " {name: Crew, type: integer, priority: 1, jsonPath: .spec.crew}");
        Map<String, Object> spec = Map.of("length", 7, "crew", 2);
        assertThat(table(kind, ObjectPrinter.Format.TABLE, spec))
                .isEqualTo("NAME   LENGTH   AGE\nida    7        <unknown>\n");
        assertThat(table(kind, ObjectPrinter.Format.WIDE, spec))
                .isEqualTo("NAME   LENGTH   CREW   AGE\nida    7        2      <unknown>\n");
    }

    @Test
    void ageIsNotAddedToAColumnThatIsCalledSo() throws IOException {
        Kind kind = boat("{name: Age, type: integer, jsonPath: .spec.years}");
        assertThat(table(kind, ObjectPrinter.Format.TABLE, Map.of("years", 30))).isEqualTo("NAME   AGE\nida    30\n");
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
