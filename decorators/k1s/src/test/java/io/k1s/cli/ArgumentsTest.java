package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            demo --writers 0           | --writers is "0"; allowed is a number from 1 to 64
            demo --writers 65          | --writers is "65"; allowed is a number from 1 to 64
            demo --writers many        | --writers is "many"; allowed is a number from 1 to 64
            demo --readers -1          | --readers is "-1"; allowed is a number from 0 to 64
            demo --seed x              | --seed is "x"; allowed is a number from
            demo --after 0s            | --after is "0s"; allowed is 100 ms to 24 h
            demo --after -1s           | --after is "-1s"; allowed is 100 ms to 24 h
            demo --after 99999999999h  | --after is "99999999999h"; allowed is 100 ms to 24 h
            demo --after soon          | --after is "soon"; allowed is 100 ms to 24 h, written as 500ms, 45s
            demo --grace 25h           | --grace is "25h"; allowed is 100 ms to 24 h
            demo --grace 5s --soft 5s  | --soft is "5 s"; allowed is less than nine tenths of the grace
            demo --report /            | --report is "/"; allowed is a file
            demo --report /none/r.json | --report is "/none/r.json"; allowed is a file in a folder that exists
            demo --bogus               | Unknown option: '--bogus'
            run                        | Missing required option: '--store=DIR'
            run --store /dev/null      | --store is "/dev/null"; allowed is a folder, and that is a file
            run --store s --journal /  | --journal is "/"; allowed is a file
            run --store s --duration 0 | --duration is "0"; allowed is 100 ms to
            verify                     | Missing required options: '--store=DIR', '--journal=FILE'
            kv get --store /none k     | --store is "/none"; allowed is the folder of a store, and there is none
            kv list --store / --limit 0 | --limit is "0"; allowed is a number from 1 to
            kv delete --store / k --revision -1 | --revision is "-1"; allowed is a number from 0 to
            kv                         | a command is missing; allowed are put, get, list, delete and watch
            fly                        | command is "fly"; allowed are demo, run, verify, apply, get, delete, watch, kv
            """)
    void wrongArgumentGetsOneLineAndExitCode2(String arguments, String message) {
        assertThat(execute(arguments.strip().split(" +"))).isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().contains(message);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void noCommandAtAllIsAWrongArgument() {
        assertThat(execute()).isEqualTo(2);
        assertThat(err.toString()).contains("allowed are demo, run, verify, apply, get, delete, watch and kv");
    }

    @Test
    void controlCharactersAreShownAsEscapes() {
        assertThat(execute("demo", "--writers", "1\u001b[31m\r\n2")).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains("\\u001b[31m")
                .doesNotContain("\u001b");
    }

    @Test
    void blankStoreIsRefused() {
        assertThat(execute("run", "--store", " ")).isEqualTo(2);
        assertThat(err.toString()).contains("--store is \" \"; allowed is a path");
    }

    /** What a script says whose variable is not set. */
    @ParameterizedTest
    @CsvSource({
        "get items, -n, '', a namespace; -A for all",
        "watch items, -n, '', a namespace; -A for all",
        "delete items --all, -n, '', a namespace; -A for all",
        "delete items --all, -n, ' ', a namespace; -A for all",
        "apply -f pom.xml, -n, '', a namespace; -A for all",
        "apply, -f, '', 'a file, a folder or -'",
        "apply -f pom.xml, -f, '', 'a file, a folder or -'",
        "delete, -f, ' ', 'a file, a folder or -'"
    })
    void blankIsNeitherAllNamespacesNorTheCurrentFolder(String command, String option, String blank, String allowed) {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of("--store", folder.toString(), option, blank));
        assertThat(execute(arguments.toArray(String[]::new))).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains(option + " is \"" + blank + "\"; allowed is " + allowed);
    }

    @Test
    void symbolicLinkIsRefusedAsStore() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("real")));
        assertThat(execute("kv", "put", "--store", link.toString(), "k", "v")).isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().contains("that is a symbolic link");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "get items",
                "delete items --all",
                "watch items --duration 100ms",
                "verify --journal pom.xml",
                "kv get k",
                "kv list",
                "kv delete k",
                "kv watch --duration 100ms"
            })
    void folderWithoutAStoreIsRefusedByWhatOnlyLooksAndLeftEmpty(String arguments) {
        assertThat(execute((arguments + " --store " + folder).split(" "))).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains("--store is \"" + folder + "\"; allowed is the folder of a store, and that folder has none");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"/none, there is none", "/, that is a folder", "/dev/null, that is something else"})
    void journalThatCannotBeComparedIsRefusedAsWhatItIs(String journal, String found) throws IOException {
        Files.createFile(folder.resolve("CURRENT"));
        assertThat(execute("verify", "--store=" + folder, "--journal=" + journal))
                .isEqualTo(2);
        assertThat(err.toString()).contains("allowed is a file that can be read, and " + found);
    }

    @Test
    void existingJournalIsRefused() throws IOException {
        Path journal = Files.createFile(folder.resolve("journal"));
        assertThat(execute("run", "--store", folder.resolve("s").toString(), "--journal", journal.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("that file exists");
        assertThat(folder.resolve("s")).doesNotExist();
    }

    @Test
    void journalThatIsTheReportAsWellIsRefused() {
        Path file = folder.resolve("f");
        assertThat(execute(
                        "run",
                        "--store=" + folder.resolve("s"),
                        "--duration=100ms",
                        "--report=" + folder + "/none/../f",
                        "--journal=" + file))
                .isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains("--report is \"" + file + "\"; allowed is another file than that of --journal");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            run --duration 100ms --store F/s --journal F/j --report F/link/j | --report  | than that of --journal
            run --duration 100ms --store F/s --journal F/link/j --report F/j | --report  | than that of --journal
            run --duration 100ms --store F/link/s --report F/s/CURRENT       | --report  | outside of the folder of --store
            run --duration 100ms --store F/s --journal F/link/s/j            | --journal | outside of the folder of --store
            run --duration 100ms --store F/new --report F/new                | --report  | outside of the folder of --store
            demo --after 100ms --store F/s --report F/s/CURRENT              | --report  | outside of the folder of --store
            """)
    void fileThatTheRunWouldDestroyIsRefusedHoweverItIsSpelt(String command, String option, String allowed)
            throws IOException {
        Files.createSymbolicLink(folder.resolve("link"), folder);
        Path current =
                Files.writeString(Files.createDirectory(folder.resolve("s")).resolve("CURRENT"), "MANIFEST");
        assertThat(execute(command.replace("F/", folder + "/").strip().split(" +")))
                .isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().contains(option + " is ", allowed);
        assertThat(current).hasContent("MANIFEST");
        assertThat(folder.resolve("j")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"reportFile", "terminationLog"})
    void configuredFileThatIsTheJournalIsRefused(String key) throws IOException {
        Files.createSymbolicLink(folder.resolve("link"), folder);
        String property = "k1s.shutdown." + key;
        System.setProperty(property, folder.resolve("link/j").toString());
        try {
            assertThat(execute(
                            "run",
                            "--duration=100ms",
                            "--store=" + folder.resolve("s"),
                            "--journal=" + folder.resolve("j")))
                    .isEqualTo(2);
        } finally {
            System.clearProperty(property);
        }
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains(property + " is ", "; allowed is another file than that of --journal");
        assertThat(folder.resolve("j")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "demo --help",
                "run --help",
                "verify --help",
                "kv --help",
                "kv put --help",
                "kv get --help",
                "kv list --help",
                "kv delete --help",
                "kv watch --help"
            })
    void helpIsEverywhereWithExitCodes(String arguments) {
        assertThat(execute(arguments.split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: k1s", "-h, --help").doesNotContain("\u001b");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void versionIsThatOfTheBuild() {
        assertThat(execute("--version")).isZero();
        assertThat(out.toString()).startsWith("k1s ").doesNotContain("unknown", "$");
    }

    private int execute(String... arguments) {
        return Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }
}
