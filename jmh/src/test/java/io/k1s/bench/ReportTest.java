package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportTest {
    private static final Path DOCS = Path.of("..", "docs");

    @TempDir
    Path folder;

    @Test
    void everyFigureOfThePageIsOneThatWasMeasured() throws IOException {
        String page = Files.readString(DOCS.resolve("performance.md"));

        assertThat(Report.filled(page, DOCS.resolve("performance"))).isEqualTo(page);
    }

    @Test
    void tablesAreWrittenFromRows() throws IOException {
        Results.merge(
                folder.resolve("core.json"),
                "core",
                List.of(
                        core("k1s registered", 1, 3.0),
                        core("k1s registered", 2, 3.2),
                        core("Phaser", 1, 9.0),
                        core("Semaphore", 1, 8.4),
                        core("one word, CAS", 1, 9.1),
                        core("one word, add", 1, 9.2),
                        core("Phaser", 2, 90.0),
                        core("six atomics", 2, 80.0),
                        core("call, tracked", 1, 5.0),
                        core("call, bare", 1, 2.0)));

        assertThat(Tables.of("core", folder))
                .contains("| design | JDK, mode | 1 thread | 2 threads |")
                .contains("| k1s registered | 25 asymmetric | 3.00 [2.50, 3.50] | 3.20 [2.70, 3.70] |");
        // Each half width is 0.5: of 80 and of 3.2 it is 0.6 % and 15.6 %, together 15.6 %.
        assertThat(Tables.of("ratios", folder))
                .contains("| begin + end, 1 thread, ns | at most 3.5 | at most 7 | 3.00 [2.50, 3.50] |")
                .contains("| six atomics to ours, 2 threads | at least 20 | at least 10 | 25.0 [21.4, 29.2] |")
                .contains("ns | at most 4.5 | - | 3.00 [2.29, 3.71] |")
                .contains("| fastest other gate to ours, 1 thread | at least 2.5 | - | 2.80 [2.35, 3.34] |")
                .contains("| fastest other gate to ours, 2 threads | at least 12 | - | - |")
                .contains("| 8 threads to 2 | at most 4 | at most 4 | - |");
    }

    @Test
    void besideTheModelStandsWhatAMachineWithAsManyCoresTook() throws IOException {
        Results.merge(
                folder.resolve("scaling.json"), "scaling", List.of(scaling(2, 160.0, 330.0), scaling(4, 320.0, 660.0)));
        Results.merge(
                folder.resolve("core.json"),
                "core",
                List.of(core("one word, add", 2, 28.0), core("one word, add", 4, 56.0), core("six atomics", 2, 97.0)));
        Results.merge(
                folder.resolve("runs.json"),
                "runs",
                List.of(Results.row("run", 1, "set", "core", "jdk", 25, "mode", "asymmetric", "cores", 2)));

        assertThat(Tables.of("scaling", folder))
                .contains("| 160 | 28.0 [27.5, 28.5] | 330 | 97.0 [96.5, 97.5] |")
                .contains("| 320 | - | 660 | - |");
    }

    private static Map<String, Object> scaling(int cores, double oneWord, double sixAtomics) {
        return Results.row(
                "cores",
                cores,
                "jdk",
                25,
                "mode",
                "asymmetric",
                "oneWordNsPerOp",
                oneWord,
                "sixAtomicsNsPerOp",
                sixAtomics);
    }

    @Test
    void figuresOfDifferentRunsAreNotCompared() throws IOException {
        Map<String, Object> later = core("k1s registered", 8, 12.0);
        later.put("run", 2);
        Results.merge(
                folder.resolve("core.json"),
                "core",
                List.of(core("k1s registered", 2, 3.2), later, core("six atomics", 2, 80.0)));

        assertThat(Tables.of("ratios", folder))
                .contains("| 8 threads to 2 | at most 4 | at most 4 | - |")
                .contains("| six atomics to ours, 2 threads | at least 20 | at least 10 | 25.0 [21.4, 29.2] |");
    }

    @Test
    void runsAreListedAsLongAsARowIsOfThem() throws IOException {
        Results.merge(folder.resolve("core.json"), "core", List.of(core("Phaser", 1, 9.0)));
        twoRuns("core", 25, "asymmetric");

        assertThat(Tables.of("runs", folder)).contains("`the first`").doesNotContain("the second");
    }

    private void twoRuns(String set, int jdk, String mode) throws IOException {
        Results.merge(
                folder.resolve("runs.json"),
                "runs",
                List.of(
                        Results.row("run", 1, "set", set, "jdk", jdk, "mode", mode, "command", "the first"),
                        Results.row("run", 2, "set", set, "jdk", jdk, "mode", mode, "command", "the second")));
    }

    private static Map<String, Object> core(String design, int threads, double ns) {
        return Results.row(
                "design",
                design,
                "threads",
                threads,
                "jdk",
                25,
                "mode",
                "asymmetric",
                "nsPerOp",
                ns,
                "low95",
                ns - 0.5,
                "high95",
                ns + 0.5,
                "run",
                1);
    }

    @Test
    void aControlRowStandsInTheTableOfControls() throws IOException {
        Results.merge(
                folder.resolve("overhead.json"),
                "overhead",
                List.of(overhead("get", 0.5, 1), overhead("control get", 0.01, 1)));

        assertThat(Tables.of("overhead", folder)).contains("| get |").doesNotContain("control");
        assertThat(Tables.of("control", folder)).contains("| control get |").doesNotContain("| get |");
    }

    @Test
    void theControlOfARunWithoutRowsIsLeftOut() throws IOException {
        aRunOfWhichOnlyAControlIsLeft();

        assertThat(Tables.of("control", folder)).contains("0.01 [").doesNotContain("0.02 [");
    }

    @Test
    void aRunOfWhichOnlyAControlIsLeftIsNotListed() throws IOException {
        aRunOfWhichOnlyAControlIsLeft();
        twoRuns("overhead", 17, "fenced");

        assertThat(Tables.of("runs", folder)).contains("`the first`").doesNotContain("the second");
    }

    private void aRunOfWhichOnlyAControlIsLeft() throws IOException {
        Results.merge(
                folder.resolve("overhead.json"),
                "overhead",
                List.of(overhead("get", 0.5, 1), overhead("control get", 0.01, 1), overhead("control get", 0.02, 2)));
    }

    private static Map<String, Object> overhead(String operation, double percent, int run) {
        Map<String, Object> row = Results.row(
                "backend",
                "memory-json",
                "operation",
                operation,
                "threads",
                1,
                "jdk",
                17,
                "mode",
                "fenced",
                "detailedMetrics",
                true,
                "baselineNs",
                1_500.0,
                "decoratedNs",
                1_510.0,
                "overheadPercent",
                percent,
                "low95",
                percent - 0.3,
                "high95",
                percent + 0.3,
                "addedNs",
                10.0,
                "addedLow95",
                5.0,
                "addedHigh95",
                15.0,
                "pairs",
                10_000,
                "processes",
                40,
                "run",
                run);
        if (operation.startsWith("control")) {
            row.put(Results.CONTROL_OF, run);
        }
        return row;
    }

    @Test
    void processesThatFailedStandBesideThoseThatDidNot() throws IOException {
        Map<String, Object> row = overhead("get", 0.5, 1);
        row.put("failures", 2);
        Results.merge(folder.resolve("overhead.json"), "overhead", List.of(row, overhead("create", 0.5, 1)));

        assertThat(Tables.of("overhead", folder))
                .contains("| 40, 2 failed | 1 |")
                .contains("| 40 | 1 |");
    }

    @Test
    void aBaselineThatIsNotThatOfItsControlIsShownWithIt() {
        Map<String, Object> row = baseline("get", 16.2, 1);
        Map<String, Object> control = baseline("control get", 11.6, 1);

        assertThat(Tables.baseline(row, List.of(row, control))).isEqualTo("16.2, of the control 11.6");
    }

    @Test
    void aBaselineStandsAloneIfItsControlTookTheSameOrIsOfAnotherRunOrOperation() {
        assertThat(Tables.baseline(baseline("get", 11.9, 1), List.of(baseline("control get", 11.6, 1))))
                .isEqualTo("11.9");
        assertThat(Tables.baseline(baseline("get", 16.2, 1), List.of(baseline("control get", 11.6, 2))))
                .isEqualTo("16.2");
        assertThat(Tables.baseline(baseline("update", 16.2, 1), List.of(baseline("control get", 11.6, 1))))
                .isEqualTo("16.2");
    }

    private static Map<String, Object> baseline(String operation, double ns, int run) {
        Map<String, Object> row = overhead(operation, 0.5, run);
        row.put("baselineNs", ns);
        return row;
    }

    @Test
    void aGroupOfRowsIsAddedToWhatIsPublished() throws IOException {
        published(overhead("get", 0.5, 1), overhead("create", 0.6, 1));
        measured("full", overhead("get", 0.7, 2));

        report();

        assertThat(publishedPercents()).containsExactly(0.7, 0.6);
        assertThat(page()).contains("| get |").contains("| create |").contains("](performance/overhead-added.svg)");
    }

    @Test
    void aReportOfNothingLeavesWhatIsPublished() throws IOException {
        published(overhead("get", 0.5, 1));
        Files.createDirectories(target());

        report();

        assertThat(publishedPercents()).containsExactly(0.5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "smoke"})
    void aRowOfAnotherFormReplacesNone(String form) throws IOException {
        published(overhead("get", 0.5, 1));
        measured(form, overhead("get", 0.7, 2), overhead("create", 0.8, 2));

        report();

        assertThat(publishedPercents()).containsExactly(0.5);
    }

    @Test
    void aRunWithTheSeedOfAnotherOnThePageIsRefused() throws IOException {
        published(overhead("get", 0.5, 2));
        Path noted = folder.resolve("docs/performance/runs.json");
        Results.merge(noted, "runs", List.of(runAt("full", "1f57d76")));
        measured("full", overhead("create", 0.7, 2));

        assertThatThrownBy(this::report)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("run 2")
                .hasMessageContaining("1f57d76");

        assertThat(publishedPercents()).containsExactly(0.5);
        assertThat(noted).content().contains("1f57d76").doesNotContain("8d333f7");
    }

    @Test
    void aRunIsPublishedAgain() throws IOException {
        published(overhead("get", 0.5, 1));
        measured("full", overhead("get", 0.7, 2));
        report();

        report();

        assertThat(publishedPercents()).containsExactly(0.7);
    }

    @Test
    void aRowOfCodeThatWasNotCommittedReplacesNone() throws IOException {
        published(overhead("get", 0.5, 1));
        measured("full", overhead("get", 0.7, 2));
        note("full", "8d333f7-dirty");

        report();

        assertThat(publishedPercents()).containsExactly(0.5);
    }

    @Test
    void aRowOfARunThatNobodyNotedReplacesNone() throws IOException {
        published(overhead("get", 0.5, 1));
        measured("full", overhead("get", 0.7, 2));
        Files.delete(target().resolve("runs.json"));

        report();

        assertThat(publishedPercents()).containsExactly(0.5);
    }

    private Path target() {
        return folder.resolve("target");
    }

    private String page() throws IOException {
        return Files.readString(folder.resolve("docs").resolve("performance.md"));
    }

    @SafeVarargs
    private void published(Map<String, Object>... rows) throws IOException {
        Results.merge(folder.resolve("docs/performance/overhead.json"), "overhead", List.of(rows));
        Files.writeString(
                folder.resolve("docs/performance.md"),
                Tables.NAMES.stream()
                        .map(name -> "<!-- table " + name + " -->\n<!-- end " + name + " -->\n")
                        .collect(Collectors.joining()));
    }

    @SafeVarargs
    private void measured(String form, Map<String, Object>... rows) throws IOException {
        Results.merge(target().resolve("overhead.json"), "overhead", List.of(rows));
        note(form, "8d333f7");
    }

    private void note(String form, String commit) throws IOException {
        Results.merge(target().resolve("runs.json"), "runs", List.of(runAt(form, commit)));
    }

    private static Map<String, Object> runAt(String form, String commit) {
        return Results.row("run", 2, "set", "overhead", "form", form, "jdk", 17, "mode", "fenced", "commit", commit);
    }

    private void report() throws IOException {
        Report.write(target(), folder.resolve("docs"));
    }

    private List<Double> publishedPercents() throws IOException {
        return Results.read(folder.resolve("docs/performance/overhead.json")).stream()
                .map(row -> Results.number(row, "overheadPercent"))
                .toList();
    }

    @Test
    void aPageWithoutAPlaceForATableIsRefused() {
        assertThatThrownBy(() -> Report.filled("# Performance\n", folder)).hasMessageContaining("table \"core\"");
    }

    @Test
    void whatComesWithEachThreadIsTheSlopeOfTheLineThroughThePoints() {
        double slope = ScalingSet.perThread(
                List.of(
                        Results.row("threads", 1, "y", 12.0),
                        Results.row("threads", 3, "y", 16.0),
                        Results.row("threads", 5, "y", 20.0)),
                "y");

        assertThat(slope).isEqualTo(2);
    }
}
