package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectKey;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StorageBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OracleTest {
    private static final String PREFIX = "registry/k1s.io/items/load-0/";
    private static final String KEY = PREFIX + "w0-k1";
    private static final String FROM = PREFIX + "w0-o1.a";
    private static final String TO = PREFIX + "w0-o1.b";

    @TempDir
    Path folder;

    private final StorageBackend store = new MemoryStorage();
    private final ObjectClient client = Kinds.client(store);
    private final List<String> lines = new ArrayList<>(List.of("k1s-journal 1 seed 42", "S " + PREFIX));

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void acknowledgedValueIsFound() throws IOException {
        acknowledged(Change.put(1, KEY));
        put(KEY, 1);
        assertThat(compare(false))
                .isEqualTo(new Comparison(1, 1, 0, 0, 0, List.of()))
                .matches(Comparison::isClean);
    }

    @Test
    void missingAcknowledgedKeyIsLost() throws IOException {
        acknowledged(Change.put(1, KEY));
        Comparison comparison = compare(false);
        assertThat(comparison.lost()).isEqualTo(1);
        assertThat(comparison.findings()).containsExactly("lost " + KEY + ": acknowledged value 1, found nothing");
    }

    @Test
    void valueOlderThanTheAcknowledgedOneIsLost() throws IOException {
        acknowledged(Change.put(1, KEY));
        acknowledged(Change.put(2, KEY));
        put(KEY, 1);
        assertThat(compare(true).lost()).isEqualTo(1);
    }

    @Test
    void pendingValueAfterTheAcknowledgedOneIsAllowedButNotRequired() throws IOException {
        acknowledged(Change.put(1, KEY));
        pending(Change.put(2, KEY));
        put(KEY, 2);
        assertThat(compare(false).isClean()).isTrue();
        store.delete(KEY, Preconditions.none());
        put(KEY, 1);
        assertThat(compare(false).isClean()).isTrue();
    }

    @Test
    void valueThatWasNeverBegunIsLost() throws IOException {
        acknowledged(Change.put(1, KEY));
        put(KEY, 3);
        assertThat(compare(true).lost()).isEqualTo(1);
    }

    @Test
    void damagedBytesAreLost() throws IOException {
        acknowledged(Change.put(1, KEY));
        store.create(KEY, "1:damaged".getBytes(java.nio.charset.StandardCharsets.UTF_8), Duration.ZERO);
        assertThat(compare(true).findings()).singleElement().asString().endsWith("found damaged bytes");
    }

    @Test
    void itemThatSaysSomethingElseThanItsChangeIsLost() throws IOException {
        acknowledged(Change.put(1, KEY));
        put(KEY, 1);
        ObjectKey key = LoadItem.key(KEY);
        client.status().edit(Kinds.ITEM, key, item -> Stock.withStatus(item, Stock.statusOf(item)));
        assertThat(compare(false).isClean()).as("a status is the controllers'").isTrue();
        client.edit(Kinds.ITEM, key, item -> {
            item.setAdditionalProperty(
                    "spec", LoadItem.of(KEY, 2).getAdditionalProperties().get("spec"));
            return item;
        });
        assertThat(compare(true).findings()).singleElement().asString().endsWith("found damaged bytes");
    }

    @Test
    void acknowledgedDeleteMeansAbsent() throws IOException {
        acknowledged(Change.put(1, KEY));
        acknowledged(Change.delete(2, KEY));
        assertThat(compare(false)).isEqualTo(new Comparison(1, 1, 0, 0, 0, List.of()));
        put(KEY, 1);
        assertThat(compare(false).lost()).isEqualTo(1);
    }

    @Test
    void pendingDeleteAllowsBoth() throws IOException {
        acknowledged(Change.put(1, KEY));
        pending(Change.delete(2, KEY));
        assertThat(compare(false).isClean()).isTrue();
        put(KEY, 1);
        assertThat(compare(false).isClean()).isTrue();
    }

    @Test
    void pendingOnlyKeyMayBeThereOrNotButIsNotCounted() throws IOException {
        pending(Change.put(1, KEY));
        assertThat(compare(false)).isEqualTo(new Comparison(0, 0, 1, 0, 0, List.of()));
        put(KEY, 1);
        assertThat(compare(false)).isEqualTo(new Comparison(0, 0, 1, 0, 0, List.of()));
    }

    @Test
    void keyThatNoRecordNamesIsUnexpected() throws IOException {
        put(KEY, 1);
        Comparison comparison = compare(true);
        assertThat(comparison.unexpected()).isEqualTo(1);
        assertThat(comparison.isClean()).isFalse();
    }

    @Test
    void keysOfOtherLoadsDoNotMatter() throws IOException {
        put("registry/k1s.io/items/load-7/w0-k1", 1);
        assertThat(compare(false).isClean()).isTrue();
    }

    @Test
    void importedObjectMustBeThereWhateverItSays() throws IOException {
        String key = "registry/k1s.io/items/shop/laptop";
        acknowledged(Change.put(Change.IMPORT, key));
        assertThat(compare(true).findings()).containsExactly("lost " + key + ": acknowledged value 0, found nothing");
        client.create(Kinds.ITEM, imported("laptop"));
        assertThat(compare(false)).isEqualTo(new Comparison(1, 1, 0, 0, 0, List.of()));
    }

    @Test
    void importedKeyThatHoldsAnotherObjectIsLost() throws IOException {
        String key = "registry/k1s.io/items/shop/laptop";
        acknowledged(Change.put(Change.IMPORT, key));
        client.create(Kinds.ITEM, imported("tablet"));
        byte[] other = store.get("registry/k1s.io/items/shop/tablet").value();
        store.create(key, other, Duration.ZERO);
        assertThat(compare(false).findings()).singleElement().asString().endsWith("found damaged bytes");
    }

    /** It was killed before its load had started. */
    @Test
    void importIsComparedWithoutAPrefixToo() throws IOException {
        lines.remove(1);
        acknowledged(Change.put(Change.IMPORT, "registry/k1s.io/items/shop/laptop"));
        client.create(Kinds.ITEM, imported("laptop"));
        assertThat(compare(true)).isEqualTo(new Comparison(1, 1, 0, 0, 0, List.of()));
    }

    private static GenericKubernetesResource imported(String name) {
        GenericKubernetesResource item = LoadItem.of("registry/k1s.io/items/shop/" + name, 1);
        item.getMetadata().setAnnotations(null);
        return item;
    }

    @Test
    void movedObjectIsAtItsNewPlaceOnly() throws IOException {
        acknowledged(Change.put(1, FROM));
        acknowledged(Change.move(2, FROM, TO));
        put(TO, 2);
        assertThat(compare(false)).isEqualTo(new Comparison(2, 2, 0, 0, 1, List.of()));
    }

    @Test
    void objectLostBetweenDeleteAndCreateIsFoundOut() throws IOException {
        acknowledged(Change.put(1, FROM));
        pending(Change.move(2, FROM, TO));
        assertThat(compare(false).findings()).singleElement().asString().contains("the object is at 0 places");
        assertThat(compare(false).lost()).isEqualTo(1);
    }

    @Test
    void tornMoveIsAllowedAfterACrash() throws IOException {
        acknowledged(Change.put(1, FROM));
        pending(Change.move(2, FROM, TO));
        assertThat(compare(true).isClean()).isTrue();
    }

    @Test
    void objectAtTwoPlacesIsFoundOut() throws IOException {
        acknowledged(Change.put(1, FROM));
        pending(Change.move(2, FROM, TO));
        put(FROM, 1);
        put(TO, 2);
        assertThat(compare(false).findings()).singleElement().asString().contains("at 2 places");
    }

    @Test
    void endTellsTheCallsAfterDrain() throws IOException {
        assertThat(read().callsAfterDrain()).isEmpty();
        assertThat(read().hasEnded()).isFalse();
        lines.add("D SIGTERM");
        lines.add("E COMPLETE 3");
        assertThat(read().callsAfterDrain()).hasValue(3);
    }

    @ParameterizedTest
    @CsvSource({
        "COMPLETE 0, 2",
        "CLOSE_FAILED 1, 3",
        "COMPLETE unknown, 2",
        // What was left behind may still come.
        "TIMED_OUT 0, 0",
        "FORCED 1, 1"
    })
    void recordsAfterTheEndOfAllWorkCameTooLate(String end, long calls) throws IOException {
        lines.add("E " + end);
        acknowledged(Change.put(1, KEY));
        assertThat(read().callsAfterDrain()).hasValue(calls);
    }

    @Test
    void storageThatWasNeverReportedDrainedLeavesItUnknown() throws IOException {
        lines.add("E TIMED_OUT unknown");
        assertThat(read().callsAfterDrain()).isEmpty();
        assertThat(read().hasEnded()).isTrue();
    }

    @Test
    void lastLineThatWasCutOffIsNoRecord() throws IOException {
        Path file = write();
        Files.writeString(file, Files.readString(file) + "P pu");
        assertThat(Oracle.read(file).pendingChanges()).isZero();
    }

    @Test
    void lastLineThatWasCutOffInsideAKeyIsNoRecord() throws IOException {
        lines.add("P put 1 " + KEY);
        Path file = write();
        String cut = "A put 1 " + KEY.substring(0, KEY.length() - 1);
        Files.writeString(file, Files.readString(file) + cut);
        put(KEY, 1);

        Comparison comparison = Comparison.of(Oracle.read(file), store, true);
        assertThat(comparison.findings()).isEmpty();
        assertThat(comparison.acknowledged()).isZero();
    }

    @Test
    void nonsenseIsRefusedWithItsLine() {
        lines.add("X what is this");
        assertThatThrownBy(this::read)
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("line 3 is \"X what is this\"")
                .hasMessageContaining("a record begins with S, P, A, D or E");
    }

    @Test
    void acknowledgementWithoutPendingIsRefused() {
        lines.add(Journal.record('A', Change.put(1, KEY)));
        assertThatThrownBy(this::read).hasMessageContaining("without having been pending");
    }

    @Test
    void otherFileIsNoJournal() throws IOException {
        Path file = Files.writeString(folder.resolve("other"), "hello\n");
        assertThatThrownBy(() -> Oracle.read(file)).hasMessageContaining("first line of a journal");
    }

    @Test
    void emptyJournalAllowsNothing() throws IOException {
        Path file = Files.createFile(folder.resolve("empty"));
        assertThat(Oracle.read(file).keys()).isEmpty();
    }

    private void acknowledged(Change change) {
        pending(change);
        lines.add(Journal.record('A', change));
    }

    private void pending(Change change) {
        lines.add(Journal.record('P', change));
    }

    private void put(String key, long seq) {
        client.create(Kinds.ITEM, LoadItem.of(key, seq));
    }

    private Comparison compare(boolean crashed) throws IOException {
        return Comparison.of(read(), store, crashed);
    }

    private Oracle read() throws IOException {
        return Oracle.read(write());
    }

    private Path write() throws IOException {
        return Files.write(folder.resolve("journal"), lines);
    }
}
