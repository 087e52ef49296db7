package io.k1s.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.k1s.storage.CompactedException;
import io.k1s.storage.MemoryStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
    private final MemoryStorage storage = new MemoryStorage("memory", 10_000);
    private final StorageClient client = StorageClient.of(storage);

    @BeforeEach
    void create() {
        create(Gadget.of("shop", "a").coloured("red").labelled(Map.of("tier", "web", "k1s.io/size", "s")));
        create(Gadget.of("shop", "b").coloured("blue,ish").labelled(Map.of("tier", "db")));
        create(Gadget.of("shop", "c").coloured("red").labelled(Map.of("tier", "", "old", "yes")));
        create(Gadget.of("stall", "a"));
    }

    private void create(Gadget gadget) {
        client.create(Gadget.TYPE, gadget);
    }

    private String found(ObjectQuery query) {
        return String.join(
                " ",
                client.list(Gadget.TYPE, query).items().stream()
                        .map(gadget -> gadget.key().toString())
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|shop/a shop/b shop/c stall/a",
                "tier=web|shop/a",
                "tier == web|shop/a",
                "tier=|shop/c",
                "tier|shop/a shop/b shop/c",
                "!tier|stall/a",
                "! tier , !old|stall/a",
                "tier!=web|shop/b shop/c stall/a",
                "tier in (web, db)|shop/a shop/b",
                "tier in ()|shop/c",
                "tier notin (web,db)|shop/c stall/a",
                "tier,tier!=web,!old|shop/b",
                "k1s.io/size=s|shop/a"
            })
    void labelsSelect(String selector, String expected) {
        assertThat(found(ObjectQuery.all().labels(selector))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=",
                "a=b,",
                ",",
                "a=b c",
                "a in",
                "a in (b",
                "a in b",
                "-a",
                "a=-",
                "!a=b",
                "a>1",
                "a/b/c",
                "a in (b),,c",
                "a=b=c",
                "(a)"
            })
    void whatIsNoLabelSelectorIsRefused(String selector) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ObjectQuery.all().labels(selector))
                .withMessageContaining("label selector is \"" + selector + "\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|shop/a shop/b shop/c stall/a",
                "metadata.name=a|shop/a stall/a",
                "metadata.name=a,metadata.namespace!=shop|stall/a",
                "spec.colour==red|shop/a shop/c",
                "spec.colour=blue\\,ish|shop/b",
                "spec.colour=|stall/a",
                "spec.colour!=red|shop/b stall/a",
                "spec.none.at.all=|shop/a shop/b shop/c stall/a",
                "metadata.generation=1,spec.colour=red|shop/a shop/c"
            })
    void fieldsSelect(String selector, String expected) {
        assertThat(found(ObjectQuery.all().fields(selector))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"=", "a", "a=b,", "a=b=c", "a\\=b", "a..b=c", "a=\\x"})
    void whatIsNoFieldSelectorIsRefused(String selector) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ObjectQuery.all().fields(selector))
                .withMessageContaining("field selector is \"" + selector + "\"");
    }

    @Test
    void oneNamespaceIsListedAlone() {
        assertThat(found(ObjectQuery.inNamespace("shop").labels("tier"))).isEqualTo("shop/a shop/b shop/c");
        assertThat(found(ObjectQuery.inNamespace("stall"))).isEqualTo("stall/a");
        assertThat(found(ObjectQuery.inNamespace("sho"))).isEmpty();
    }

    @Test
    void pagesAreOfOneResourceVersionWhateverChanges() {
        ObjectQuery query = ObjectQuery.all().limit(2);
        ObjectList<Gadget> first = client.list(Gadget.TYPE, query);
        client.delete(Gadget.TYPE, ObjectKey.of("stall", "a"), DeleteOptions.none());
        create(Gadget.of("shop", "d"));
        ObjectList<Gadget> second = client.list(Gadget.TYPE, query.continuing(first.continueToken()));
        assertThat(first.hasMore()).isTrue();
        assertThat(first.items()).hasSize(2);
        assertThat(second.items())
                .extracting(Gadget::key)
                .extracting(ObjectKey::toString)
                .containsExactly("shop/c", "stall/a");
        assertThat(second.hasMore()).isFalse();
        assertThat(second.resourceVersion()).isEqualTo(first.resourceVersion()).isEqualTo("4");
    }

    @Test
    void pageOfASelectionHasNoMoreThanTheLimitAndIsNeverEmptyBeforeTheEnd() {
        ObjectQuery query = ObjectQuery.all().fields("spec.colour=").limit(1);
        List<String> found = new ArrayList<>();
        ObjectList<Gadget> page = client.list(Gadget.TYPE, query);
        page.items().forEach(gadget -> found.add(gadget.key().toString()));
        assertThat(found).containsExactly("stall/a");
        assertThat(page.hasMore()).isFalse();
        assertThat(client.list(
                                Gadget.TYPE,
                                ObjectQuery.all().fields("spec.colour=no").limit(1))
                        .items())
                .isEmpty();
    }

    @Test
    void pageOfACompactedSnapshotIsATypedError() {
        ObjectQuery query = ObjectQuery.all().limit(1);
        String token = client.list(Gadget.TYPE, query).continueToken();
        create(Gadget.of("shop", "d"));
        storage.compact(storage.revision());
        assertThatExceptionOfType(CompactedException.class)
                .isThrownBy(() -> client.list(Gadget.TYPE, query.continuing(token)));
    }

    @Test
    void negativeLimitIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ObjectQuery.all().limit(-1))
                .withMessage("limit is -1; 0 (no limit) or more is allowed");
    }

    @Test
    void queryTellsWhatItSelects() {
        assertThat(ObjectQuery.all()).hasToString("all namespaces");
        assertThat(ObjectQuery.inNamespace("shop").labels("a=b").fields("c=d"))
                .hasToString("namespace shop, labels a=b, fields c=d");
    }
}
