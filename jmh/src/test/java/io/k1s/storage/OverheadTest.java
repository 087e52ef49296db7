package io.k1s.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.bench.InvalidRunException;
import io.k1s.bench.Options;
import io.k1s.bench.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OverheadTest {
    private static final OverheadRow CONTROL = new OverheadRow("memory-raw", "get", 1, true, true);

    @TempDir
    Path target;

    @Test
    void atLeastTenRowsArePublishedEachWithItsControl() {
        List<OverheadRow> rows = OverheadRow.select(List.of(), List.of(1, 2), List.of(true));

        assertThat(rows).filteredOn(row -> !row.control()).hasSizeGreaterThanOrEqualTo(10);
        assertThat(rows).filteredOn(OverheadRow::control).hasSize(6).doesNotHaveDuplicates();
    }

    @Test
    void rowsAreSelectedByBackendOrOperation() {
        assertThat(OverheadRow.select(List.of("rocksdb:get"), List.of(2), List.of(true, false)))
                .containsExactly(
                        new OverheadRow("rocksdb", "get", 2, true, true),
                        new OverheadRow("rocksdb", "get", 2, true, false),
                        new OverheadRow("rocksdb", "get", 2, false, false));
        assertThat(OverheadRow.select(List.of("all"), List.of(1), List.of(true)))
                .hasSize(4 * 6 + 3);
        assertThat(OverheadRow.select(List.of("memory-raw:*"), List.of(1), List.of(true)))
                .hasSize(7);
        assertThatThrownBy(() -> OverheadRow.select(List.of("rocksdb:put"), List.of(1), List.of(true)))
                .hasMessageContaining("\"rocksdb:put\"")
                .hasMessageContaining("update");
    }

    @Test
    void aRowSurvivesTheWayToItsProcess() {
        OverheadRow row = new OverheadRow("rocksdb-sync", "delete", 2, false, false);

        assertThat(OverheadRow.decode(row.encode())).isEqualTo(row);
    }

    @Test
    void aNarrowControlAroundZeroIsValid() {
        assertThat(samples(CONTROL, 0.999, 1.001, 1.0, 0.9995, 1.0005).verdict())
                .isEmpty();
    }

    @Test
    void aControlThatLeavesOutZeroIsInvalid() {
        assertThat(samples(CONTROL, 1.002, 1.003, 1.0025, 1.002).verdict()).contains("does not include 0");
    }

    @Test
    void aWideControlIsInvalid() {
        assertThat(samples(CONTROL, 0.98, 1.02, 1.0, 0.99, 1.01).verdict()).contains("wider than +-0.5 %");
    }

    @Test
    void processesAreAddedUntilTheIntervalIsNarrow() {
        Samples wide = samples(CONTROL, 0.98, 1.02, 1.0, 0.99, 1.01);
        Samples narrow = samples(CONTROL, 1.0, 1.001, 1.0, 0.999, 1.0);

        assertThat(wide.isOpen(3, 100)).isTrue();
        assertThat(wide.isOpen(3, 5)).isFalse();
        assertThat(narrow.isOpen(6, 100)).isTrue();
        assertThat(narrow.isOpen(5, 100)).isFalse();
    }

    @Test
    void aNumberOfProcessesIsTheMostAndNotTheLeast() {
        Options sixty = Options.parse("bench=overhead", "processes=60");
        Options six = Options.parse("bench=overhead", "processes=6");

        assertThat(OverheadSet.least(sixty)).isEqualTo(10);
        assertThat(OverheadSet.most(sixty, CONTROL)).isEqualTo(60);
        assertThat(OverheadSet.least(six)).isEqualTo(6);
        assertThat(OverheadSet.most(six, CONTROL)).isEqualTo(6);
    }

    @Test
    void aRowTellsWhatItsProcessesFound() {
        var row = samples(new OverheadRow("memory-json", "get", 1, true, false), 1.01, 1.02, 1.03)
                .toRow(17, "fenced");

        assertThat(row)
                .containsEntry("operation", "get")
                .containsEntry("overheadPercent", 2.0)
                .containsEntry("addedNs", 20.0)
                .containsEntry("pairs", 300L)
                .containsEntry("processes", 3);
    }

    @Test
    void aRowTellsHowManyProcessesFailed() {
        Samples samples = samples(CONTROL, 1.0, 1.0, 1.0);

        samples.addFailure();

        assertThat(samples.toRow(17, "fenced")).containsEntry("processes", 3).containsEntry("failures", 1);
    }

    /** The medians are 1,000 and 4. The decorated ones took 990, 1,004 and 1,003, with a median of 1,003. */
    @Test
    void theDecoratedOperationTakesTheBaselineAndWhatWasAdded() {
        Samples samples = new Samples(new OverheadRow("memory-json", "get", 1, true, false), 1);
        double[][] processes = {{980, 10}, {1_000, 4}, {1_001, 2}};
        for (double[] process : processes) {
            samples.add(Results.row("ratio", 1.01, "baseline", process[0], "added", process[1], "pairs", 100));
        }

        assertThat(samples.toRow(17, "fenced"))
                .containsEntry("baselineNs", 1_000.0)
                .containsEntry("decoratedNs", 1_004.0);
    }

    @Test
    void theRowsOfAFailedControlGoToAnotherFile() throws Exception {
        Options options = Options.parse("bench=overhead", "seed=7", "target=" + target);
        OverheadRow believed = new OverheadRow("memory-json", "get", 1, true, false);
        OverheadRow doubted = new OverheadRow("rocksdb-sync", "update", 1, true, false);
        List<Samples> all = List.of(
                samples(believed.controlRow(), 1.0, 1.0, 1.0),
                samples(believed, 1.01, 1.01, 1.01),
                samples(doubted.controlRow(), 1.02, 1.02, 1.02),
                samples(doubted, 1.03, 1.03, 1.03));

        assertThatThrownBy(() -> OverheadSet.publish(options, "fenced", all))
                .isInstanceOf(InvalidRunException.class)
                .hasMessageContaining("rocksdb control get, 1 thread")
                .hasMessageContaining("does not include 0");

        assertThat(operations("overhead.json")).containsExactly("memory-json control get", "memory-json get");
        assertThat(operations("overhead-invalid.json")).containsExactly("rocksdb control get", "rocksdb-sync update");
    }

    private List<String> operations(String file) throws IOException {
        return Results.read(target.resolve(file)).stream()
                .map(row -> row.get("backend") + " " + row.get("operation"))
                .toList();
    }

    @Test
    void aRowIsBelievedByTheControlOfItsBackendAndThreads() {
        assertThat(new OverheadRow("rocksdb-sync", "update", 2, false, false).controlRow())
                .isEqualTo(new OverheadRow("rocksdb", "get", 2, true, true));
        assertThat(new OverheadRow("memory-raw", "list", 1, true, false).controlRow())
                .isEqualTo(CONTROL);
        assertThat(CONTROL.controlRow()).isEqualTo(CONTROL);
    }

    private static Samples samples(OverheadRow row, double... ratios) {
        Samples samples = new Samples(row, 1);
        for (double ratio : ratios) {
            samples.add(Results.row("ratio", ratio, "added", 1_000 * (ratio - 1), "baseline", 1_000.0, "pairs", 100));
        }
        return samples;
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "get", "list", "update", "delete", "watch"})
    void aBlockLeavesTheStoreAsLargeAsItWas(String operation) throws Exception {
        Playground ground = new Playground("memory-json", Path.of("none"), 1);
        Body body = new Arm().body(operation, ground.backend(), ground, 0);
        long revision = ground.backend().revision();

        body.before(20);
        body.run(20);
        body.after(20);

        assertThat(ground.backend().count("")).isEqualTo(Playground.KEYS);
        boolean reads = operation.equals("get") || operation.equals("list");
        assertThat(ground.backend().revision() - revision).isGreaterThanOrEqualTo(reads ? 0 : 20);
        ground.backend().close();
    }

    @Test
    void eachArmHasClassesOfItsOwn() {
        Playground ground = new Playground("memory-raw", Path.of("none"), 1);
        Body one = new Arm().body("get", ground.backend(), ground, 0);
        Body other = new Arm().body("get", ground.backend(), ground, 0);

        assertThat(one.getClass()).isNotSameAs(other.getClass());
        assertThat(one.getClass().getName()).isEqualTo(other.getClass().getName());
        ground.backend().close();
    }

    @Test
    void anEncodedObjectTakesAboutFiveHundredBytes() {
        assertThat(Codec.json().write(42)).hasSizeBetween(450, 550);
    }
}
