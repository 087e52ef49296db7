package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ObjectCommandsTest {
    private static final String ITEM = """
            apiVersion: k1s.io/v1
            kind: Item
            metadata: {name: %s, labels: {tier: %s}}
            spec: {category: books, price: 9.5, quantity: 3}
            ---
            """;

    @TempDir
    Path folder;

    private Commands k1s;

    @BeforeEach
    void store() {
        k1s = new Commands(folder.resolve("store"));
    }

    private String file(String name, String text) throws IOException {
        return "-f" + Files.writeString(folder.resolve(name), text);
    }

    @Test
    void applyCreatesThenConfiguresThenLeavesUnchanged() throws IOException {
        String file = file("items.yaml", ITEM.formatted("dune", "web") + ITEM.formatted("emma", "db"));
        assertThat(k1s.out("apply", file)).isEqualTo("item.k1s.io/dune created\nitem.k1s.io/emma created\n");
        assertThat(k1s.out("apply", file)).isEqualTo("item.k1s.io/dune unchanged\nitem.k1s.io/emma unchanged\n");
        file("items.yaml", ITEM.formatted("dune", "db") + ITEM.formatted("emma", "db"));
        assertThat(k1s.out("apply", file)).isEqualTo("item.k1s.io/dune configured\nitem.k1s.io/emma unchanged\n");
    }

    @Test
    void applyRemovesWhatTheFileHadAndLeavesWhatOthersSet() throws IOException {
        String file = file("a.json", config("{\"a\": \"1\", \"b\": \"2\", \"c\": {\"d\": \"3\", \"e\": \"4\"}}"));
        k1s.out("apply", file);
        k1s.out(
                "apply",
                file(
                        "b.json",
                        config("{\"b\": \"3\", \"c\": {\"d\": \"3\"}}")
                                .replace("\"name\"", "\"labels\": {\"x\": \"zeta\"}, \"name\"")));
        String yaml = k1s.out("get", "configmap/conf", "-o=yaml");
        assertThat(yaml).contains("  b: \"3\"", "    d: \"3\"", "x: zeta").doesNotContain("  a: \"1\"", "  e: \"4\"");
        k1s.out("apply", file);
        assertThat(k1s.out("get", "configmap/conf", "-o=yaml"))
                .contains("e: \"4\"")
                .doesNotContain("x: zeta");
    }

    private static String config(String data) {
        return "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"conf\"}, \"data\": " + data
                + "}";
    }

    @Test
    void applyGoesOnAfterARefusalAndFails() throws IOException {
        String file = file(
                "items.yaml",
                ITEM.formatted("dune", "web").replace("9.5", "-1")
                        + ITEM.formatted("no_name", "web")
                        + ITEM.formatted("emma", "web"));
        Commands.Result result = k1s.run("apply", file);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEqualTo("item.k1s.io/emma created\n");
        assertThat(result.err().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith(
                                        "Error from server (Invalid): Item.k1s.io \"dune\" is invalid: spec.price: is -1")
                                .endsWith("items.yaml, document 1)"),
                        line -> assertThat(line).startsWith("error: name of items.k1s.io is \"no_name\""));
    }

    @Test
    void foldersListsAndStandardInputAreRead() throws IOException {
        Files.createDirectories(folder.resolve("dir/deep"));
        file("dir/b.yml", ITEM.formatted("b", "web"));
        file("dir/a.json", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [" + config("{}") + "]}");
        file("dir/notes.txt", "not this");
        file("dir/deep/c.yaml", ITEM.formatted("c", "web"));
        assertThat(k1s.out("apply", "-f" + folder.resolve("dir")))
                .isEqualTo("configmap/conf created\nitem.k1s.io/b created\n");
        assertThat(k1s.out("apply", "-R", "-f" + folder.resolve("dir"))).endsWith("item.k1s.io/c created\n");
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(ITEM.formatted("d", "web").getBytes(StandardCharsets.UTF_8)));
            assertThat(k1s.out("apply", "-f", "-")).isEqualTo("item.k1s.io/d created\n");
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void whatIsNoObjectIsRefusedByFileAndDocument() throws IOException {
        Files.createDirectory(folder.resolve("empty"));
        refused("is neither YAML nor JSON", file("a.yaml", "a: [1"));
        refused("is neither YAML nor JSON", file("a.json", "{\"a\": 1, \"a\": 2}"));
        refused(
                "c.yaml, document 1 has metadata.annotations \"oops\"; it must be an object",
                file("c.yaml", ITEM.formatted("a", "b").replace("metadata: {", "metadata: {annotations: oops, ")));
        refused("b.yaml, document 2 has no kind", file("b.yaml", ITEM.formatted("a", "b") + "apiVersion: v1\n"));
        refused("c.yaml, document 1 is not an object", file("c.yaml", "- 1\n"));
        refused("no objects passed to apply", file("d.yaml", "---\n# nothing\n"));
        refused("does not exist", "-f" + folder.resolve("absent"));
        refused("has no file that ends in .yaml", "-f" + folder.resolve("empty"));
        assertThat(folder.resolve("store")).doesNotExist();
    }

    private void refused(String message, String file) {
        Commands.Result result = k1s.run("apply", file);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err().lines()).singleElement().asString().contains(message);
    }

    @Test
    void getPrintsATableAsKubectlDoes() throws IOException {
        k1s.out("apply", file("a.yaml", ITEM.formatted("dune", "web") + ITEM.formatted("emma", "db")));
        assertThat(k1s.out("get", "items").replaceAll("\\d+s\n", "0s\n")).isEqualTo("""
                        NAME   CATEGORY   PRICE   QUANTITY   AVAILABILITY   AGE
                        dune   books      9.5     3                         0s
                        emma   books      9.5     3                         0s
                        """);
        assertThat(k1s.out("get", "Item", "-A", "-ltier=db").lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("NAMESPACE   NAME "),
                        line -> assertThat(line).startsWith("default     emma "));
        assertThat(k1s.out("get", "it", "--field-selector=metadata.name=dune", "-oname"))
                .isEqualTo("item.k1s.io/dune\n");
        assertThat(k1s.out("get", "items.k1s.io", "dune", "emma", "-ojson")).contains("\"kind\" : \"List\"");
        assertThat(k1s.out("get", "items", "-oyaml")).startsWith("apiVersion: v1\nitems:\n- apiVersion: k1s.io/v1\n");
    }

    @Test
    void nothingFoundIsNoFailureAndANameThatIsNotThereIsOne() throws IOException {
        k1s.out("apply", file("a.yaml", ITEM.formatted("dune", "web")));
        assertThat(k1s.run("get", "items", "-n=other"))
                .isEqualTo(new Commands.Result(0, "", "No resources found in other namespace.\n"));
        assertThat(k1s.run("get", "items", "-A", "-lx")).isEqualTo(new Commands.Result(0, "", "No resources found\n"));
        Commands.Result absent = k1s.run("get", "item", "emma", "dune", "-oname");
        assertThat(absent)
                .isEqualTo(new Commands.Result(
                        1,
                        "item.k1s.io/dune\n",
                        "Error from server (NotFound): items.k1s.io \"emma\" not found in namespace \"default\"\n"));
        Commands.Result unknown = k1s.run("get", "nonsense");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("no kind \"nonsense\"", "items, categories");
    }

    @Test
    void wrongArgumentsAreRefused() throws IOException {
        k1s.out("apply", file("a.yaml", ITEM.formatted("dune", "web")));
        for (String command : new String[] {
            "get items -o=xml",
            "get items dune -l=a",
            "get items dune -A",
            "get /dune",
            "get items/ x",
            "get items -l=(",
            "delete items",
            "delete",
            "delete items dune --cascade=down",
            "delete -f" + folder.resolve("a.yaml") + " -l=tier=db",
            "delete -f" + folder.resolve("a.yaml") + " --field-selector=metadata.name=emma",
            "delete -f" + folder.resolve("a.yaml") + " --all",
            "delete -f" + folder.resolve("a.yaml") + " -A",
            "watch items -o=xml"
        }) {
            Commands.Result result = k1s.run(command.split(" "));
            assertThat(result.code()).as(command + ": " + result).isEqualTo(2);
            assertThat(result.err().lines()).as(command).hasSize(1);
        }
        assertThat(k1s.out("get", "items", "-oname")).isEqualTo("item.k1s.io/dune\n");
    }

    @Test
    void deleteNamesWhatItDeleted() throws IOException {
        String file = file("a.yaml", ITEM.formatted("dune", "web") + ITEM.formatted("emma", "db"));
        k1s.out("apply", file);
        assertThat(k1s.out("delete", "item", "dune")).isEqualTo("item.k1s.io \"dune\" deleted\n");
        Commands.Result again = k1s.run("delete", file);
        assertThat(again)
                .isEqualTo(new Commands.Result(
                        1,
                        "item.k1s.io \"emma\" deleted\n",
                        "Error from server (NotFound): items.k1s.io \"dune\" not found in namespace \"default\"\n"));
        assertThat(k1s.out("delete", file, "--ignore-not-found")).isEmpty();
        k1s.out("apply", file);
        assertThat(k1s.out("delete", "items", "-ltier=db")).isEqualTo("item.k1s.io \"emma\" deleted\n");
        assertThat(k1s.out("delete", "items", "--all")).isEqualTo("item.k1s.io \"dune\" deleted\n");
        assertThat(k1s.run("delete", "items", "--all").err()).isEqualTo("No resources found\n");
    }

    @Test
    void deleteGoesOnAfterARefusalAndFails() throws IOException {
        k1s.out("apply", file("a.yaml", ITEM.formatted("dune", "web") + ITEM.formatted("emma", "db")));
        Commands.Result documents = k1s.run(
                "delete",
                "-n=default",
                file(
                        "b.yaml",
                        ITEM.formatted("dune", "web").replace("{name", "{namespace: shop, name")
                                + "apiVersion: x.io/v1\nkind: lower\n---\n"
                                + ITEM.formatted("no_name", "web")
                                + ITEM.formatted("emma", "db")));
        assertThat(documents.code()).isEqualTo(1);
        assertThat(documents.out()).isEqualTo("item.k1s.io \"emma\" deleted\n");
        assertThat(documents.err().lines())
                .satisfiesExactly(
                        line -> assertThat(line).contains("has the namespace \"shop\", not \"default\""),
                        line -> assertThat(line)
                                .startsWith("error: kind is \"lower\"")
                                .endsWith("b.yaml, document 2)"),
                        line -> assertThat(line).startsWith("error: name of items.k1s.io is \"no_name\""));
        Commands.Result names = k1s.run("delete", "item", "no_name", "dune");
        assertThat(names.code()).isEqualTo(1);
        assertThat(names.out()).isEqualTo("item.k1s.io \"dune\" deleted\n");
        assertThat(names.err().lines()).singleElement().asString().contains("\"no_name\"");
    }

    @Test
    void getGoesOnAfterARefusalAndFails() throws IOException {
        k1s.out("apply", file("a.yaml", ITEM.formatted("dune", "web")));
        Commands.Result result = k1s.run("get", "item", "no_name", "dune", "-oname");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEqualTo("item.k1s.io/dune\n");
        assertThat(result.err().lines()).singleElement().asString().startsWith("error: name of items.k1s.io");
    }

    @Test
    void objectWithAFinalizerIsMarked() throws IOException {
        k1s.out(
                "apply",
                file("a.yaml", ITEM.formatted("dune", "web").replace("{name", "{finalizers: [k1s.io/x], name")));
        assertThat(k1s.out("delete", "item/dune"))
                .isEqualTo("item.k1s.io \"dune\" marked for deletion, waits for its finalizers\n");
    }

    @Test
    void namespaceOfADocumentAndOfTheOptionMustAgree() throws IOException {
        String file = file("a.yaml", ITEM.formatted("dune", "web").replace("{name", "{namespace: shop, name"));
        Commands.Result result = k1s.run("apply", file, "-n=stall");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("has the namespace \"shop\", not \"stall\"");
        k1s.out("apply", file);
        assertThat(k1s.out("get", "items", "-n=shop", "-oname")).isEqualTo("item.k1s.io/dune\n");
    }

    @Test
    void definedKindHasItsNamesColumnsAndSchema() throws IOException {
        String definition = """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: boats.x.io}
                spec:
                  group: x.io
                  scope: Cluster
                  names: {kind: Boat, plural: boats, shortNames: [bt]}
                  versions:
                  - name: v1
                    storage: true
                    additionalPrinterColumns: [{name: Length, jsonPath: .spec.length}]
                    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {length: {type: integer, default: 7}}}}}}
                ---
                apiVersion: x.io/v1
                kind: Boat
                metadata: {name: ida}
                spec: {}
                """;
        assertThat(k1s.out("apply", file("a.yaml", definition)))
                .isEqualTo("customresourcedefinition.apiextensions.k8s.io/boats.x.io created\nboat.x.io/ida created\n");
        assertThat(k1s.out("get", "bt").lines().map(line -> line.replaceAll(" +\\S+$", "")))
                .containsExactly("NAME   LENGTH", "ida    7");
        Commands.Result wrong =
                k1s.run("apply", file("b.yaml", definition.replace("spec: {}", "spec: {length: long}")));
        assertThat(wrong.err()).contains("spec.length: is \"long\"");
        Commands.Result broken =
                k1s.run("apply", file("c.yaml", definition.replace("storage: true", "storage: false")));
        assertThat(broken.err()).contains("(Invalid)", "no stored version with a schema");
        Commands.Result noPath =
                k1s.run("apply", file("d.yaml", definition.replace("jsonPath: .spec", "jsonPath: spec")));
        assertThat(noPath.err())
                .contains(
                        "(Invalid)",
                        "spec.versions[0].additionalPrinterColumns[0].jsonPath: is \"spec.length\"; allowed is a path");
    }

    @Test
    void watchPrintsWhatIsThereAndWhyItEnded() throws IOException {
        k1s.out("apply", file("a.yaml", ITEM.formatted("dune", "web") + ITEM.formatted("emma", "db")));
        Commands.Result watch = k1s.run("watch", "items", "-ltier=web", "--duration=100ms");
        assertThat(watch.code()).isZero();
        assertThat(watch.err()).isEqualTo("watch ended: CLOSING, last revision 2\n");
        assertThat(watch.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("EVENT      NAME   CATEGORY"),
                        line -> assertThat(line).startsWith("ADDED      dune   books"));
    }
}
