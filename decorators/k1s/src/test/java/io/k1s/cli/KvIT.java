package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.storage.StorageBackend;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvIT {
    private static final int FILES = 128;

    @TempDir
    Path folder;

    @Test
    void keysGoRoundTripBetweenProcesses() throws Exception {
        Path store = folder.resolve("store");
        assertThat(K1s.run("kv", "put", "--store=" + store, "a", "one").out()).isEqualTo("revision 1\n");
        assertThat(K1s.run("kv", "put", "--store=" + store, "a", "two").out()).isEqualTo("revision 2\n");
        K1s.Result get = K1s.run("kv", "get", "--store=" + store, "a");
        assertThat(get).isEqualTo(new K1s.Result(0, "two\n", ""));
        assertThat(K1s.run("kv", "list", "--store=" + store).out()).isEqualTo("2\t3\ta\n");
        K1s.Result watch = K1s.run("kv", "watch", "--store=" + store, "--from=1", "--duration=500ms");
        assertThat(watch)
                .isEqualTo(
                        new K1s.Result(0, "created\t1\ta\nupdated\t2\ta\n", "watch ended: CLOSING, last revision 2\n"));
        assertThat(K1s.run("kv", "delete", "--store=" + store, "a").code()).isZero();
        K1s.Result gone = K1s.run("kv", "get", "--store=" + store, "a");
        assertThat(gone).isEqualTo(new K1s.Result(1, "", "k1s kv get: key \"a\" does not exist\n"));
    }

    @Test
    void keyThatTurnsTheLineAroundIsPrintedAsAnEscape() throws Exception {
        Path store = folder.resolve("store");
        try (StorageBackend opened = StorePath.open(store, false)) {
            opened.create("gnp.\u202eexe", new byte[1], Duration.ZERO);
        }
        assertThat(K1s.run("kv", "list", "--store=" + store).out()).isEqualTo("1\t1\tgnp.\\u202eexe\n");
        assertThat(K1s.run("kv", "watch", "--store=" + store, "--from=1", "--duration=500ms")
                        .out())
                .isEqualTo("created\t1\tgnp.\\u202eexe\n");
    }

    @Test
    void watchEndsWithASignalAndTellsHow() throws Exception {
        Path store = folder.resolve("store");
        K1s.run("kv", "put", "--store=" + store, "a", "one");
        try (K1s watch = K1s.start("kv", "watch", "--store=" + store, "--from=1")) {
            assertThat(watch.awaitOutput("created\t1\ta")).isTrue();
            watch.signal("TERM");
            K1s.Result result = watch.await();
            assertThat(result.code()).isZero();
            assertThat(result.err()).isEqualTo("watch ended: CLOSING, last revision 1\n");
        }
    }

    @Test
    void watchEndsWithASignalAlthoughTheProcessThatHoldsTheStoreIsStopped() throws Exception {
        Path store = folder.resolve("store");
        K1s.run("kv", "put", "--store=" + store, "a", "one");
        try (K1s holder = K1s.start("kv", "watch", "--store=" + store, "--from=1")) {
            assertThat(holder.awaitOutput("created\t1\ta")).isTrue();
            try (K1s watch = K1s.start("kv", "watch", "--store=" + store, "--from=1")) {
                assertThat(watch.awaitOutput("created\t1\ta")).isTrue();
                holder.signal("STOP");
                watch.signal("TERM");
                assertThat(watch.await())
                        .isEqualTo(new K1s.Result(
                                0,
                                "created\t1\ta\n",
                                "watch ended: CANCELLED, last revision 1\n"
                                        + "k1s kv watch: the watch ended early: CANCELLED\n"));
            }
        }
    }

    @Test
    void runThatFindsItsStoreInUseLeavesNoJournal() throws Exception {
        Path store = folder.resolve("store");
        Path journal = folder.resolve("journal");
        try (K1s run = K1s.start("run", "--store=" + store, "--no-sync")) {
            run.awaitLoad();
            K1s.Result second = K1s.run("run", "--store=" + store, "--journal=" + journal);
            assertThat(second.code()).as(second.toString()).isEqualTo(1);
            assertThat(second.err().lines()).singleElement().asString().contains(store + " is in use");
            assertThat(journal).doesNotExist();
        }
    }

    @Test
    void storeInUseGetsOneLine() throws Exception {
        Path store = folder.resolve("store");
        try (K1s run = K1s.start("run", "--store=" + store, "--no-sync")) {
            run.awaitLoad();
            K1s.Result second = K1s.run("run", "--store=" + store);
            assertThat(second.code()).isEqualTo(1);
            assertThat(second.err().lines()).singleElement().asString().contains(store + " is in use");
            run.signal("TERM");
            assertThat(run.await().code()).isZero();
        }
    }

    @Test
    void commandsWorkWhileARunHoldsTheStore() throws Exception {
        Path store = folder.resolve("store");
        String category = "{apiVersion: k1s.io/v1, kind: Category, metadata: {name: %s}, spec: {title: Any}}";
        Path books = Files.writeString(folder.resolve("a.yaml"), category.formatted("books"));
        Path games = Files.writeString(folder.resolve("b.yaml"), category.formatted("games"));
        try (K1s run = K1s.start("run", "--store=" + store, "--no-sync")) {
            run.awaitLoad();
            assertThat(K1s.run("kv", "put", "--store=" + store, "mine", "one").code())
                    .isZero();
            assertThat(K1s.run("kv", "get", "--store=" + store, "mine")).isEqualTo(new K1s.Result(0, "one\n", ""));
            assertThat(K1s.run("apply", "--store=" + store, "-f" + books))
                    .isEqualTo(new K1s.Result(0, "category.k1s.io/books created\n", ""));
            try (K1s watch = K1s.start("watch", "--store=" + store, "categories", "-oname")) {
                assertThat(watch.awaitOutput("ADDED category.k1s.io/books")).isTrue();
                // What is listed is printed before the watch is open.
                assertThat(K1s.run("apply", "--store=" + store, "-f" + games).code())
                        .isZero();
                assertThat(watch.awaitOutput("ADDED category.k1s.io/games")).isTrue();
                run.signal("TERM");
                assertThat(watch.await().err()).startsWith("watch ended: CLOSING, last revision ");
            }
            assertThat(run.await().code()).isZero();
        }
        assertThat(K1s.run("get", "--store=" + store, "categories", "-oname").out())
                .isEqualTo("category.k1s.io/books\ncategory.k1s.io/games\n");
    }

    @Test
    void changeThatAnotherProcessMakesIsSeenByTheWatchThatHoldsTheStore() throws Exception {
        Path store = folder.resolve("store");
        String category = "{apiVersion: k1s.io/v1, kind: Category, metadata: {name: %s}, spec: {title: Any}}";
        Path books = Files.writeString(folder.resolve("a.yaml"), category.formatted("books"));
        Path games = Files.writeString(folder.resolve("b.yaml"), category.formatted("games"));
        assertThat(K1s.run("apply", "--store=" + store, "-f" + books).code()).isZero();
        try (K1s watch = K1s.start("watch", "--store=" + store, "categories", "-oname")) {
            assertThat(watch.awaitOutput("ADDED category.k1s.io/books")).isTrue();
            assertThat(K1s.run("apply", "--store=" + store, "-f" + games))
                    .isEqualTo(new K1s.Result(0, "category.k1s.io/games created\n", ""));
            assertThat(watch.awaitOutput("ADDED category.k1s.io/games")).isTrue();
            watch.signal("TERM");
            assertThat(watch.await())
                    .isEqualTo(new K1s.Result(
                            0,
                            "ADDED category.k1s.io/books\nADDED category.k1s.io/games\n",
                            "watch ended: CLOSING, last revision 2\n"));
        }
        assertThat(SocketPath.of(store)).doesNotExist();
    }

    @Test
    void keyThatAnotherProcessPutsIsSeenByTheWatchThatHoldsTheStore() throws Exception {
        Path store = folder.resolve("store");
        K1s.run("kv", "put", "--store=" + store, "a", "one");
        try (K1s watch = K1s.start("kv", "watch", "--store=" + store, "--from=1")) {
            assertThat(watch.awaitOutput("created\t1\ta")).isTrue();
            assertThat(K1s.run("kv", "put", "--store=" + store, "a", "two").out())
                    .isEqualTo("revision 2\n");
            assertThat(watch.awaitOutput("updated\t2\ta")).isTrue();
        }
    }

    @Test
    void moreConnectionsThanOpenFilesAreOutlived() throws Exception {
        Path store = folder.resolve("store");
        K1s.run("kv", "put", "--store=" + store, "a", "one");
        try (K1s watch = K1s.startWithFiles(FILES, "kv", "watch", "--store=" + store, "--from=1")) {
            assertThat(watch.awaitOutput("created\t1\ta")).isTrue();
            flood(SocketPath.address(store).orElseThrow(), () -> watch.awaitError("Too many open files"));
            assertThat(K1s.run("kv", "put", "--store=" + store, "a", "two").out())
                    .isEqualTo("revision 2\n");
        }
    }

    /** Opens connections until something has come about, and closes them. The last ones may have to wait for the others. */
    private static void flood(UnixDomainSocketAddress address, Callable<Boolean> until) throws Exception {
        Queue<SocketChannel> open = new ConcurrentLinkedQueue<>();
        Thread opening = new Thread(() -> {
            try {
                for (int i = 0; i < 2 * FILES; i++) {
                    open.add(SocketChannel.open(address));
                }
            } catch (IOException e) {
                // It was interrupted.
            }
        });
        opening.start();
        try {
            assertThat(until.call()).isTrue();
        } finally {
            opening.interrupt();
            opening.join();
            for (SocketChannel each : open) {
                each.close();
            }
        }
    }

    @Test
    void corruptStoreGetsOneLineAndIsLeftAlone() throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        K1s.run("kv", "put", "--store=" + store, "a", "one");
        Files.writeString(store.resolve("CURRENT"), "rubbish\n");
        for (String command : new String[] {"kv get", "run"}) {
            K1s.Result result =
                    K1s.run((command + " --store=" + store + (command.equals("run") ? "" : " a")).split(" "));
            assertThat(result.code()).as(result.toString()).isEqualTo(1);
            assertThat(result.err().lines())
                    .singleElement()
                    .asString()
                    .contains("is corrupt", "nothing was overwritten");
        }
        assertThat(Files.readString(store.resolve("CURRENT"))).isEqualTo("rubbish\n");
    }

    @Test
    void folderOfSomethingElseIsLeftAlone() throws Exception {
        Path other = Files.writeString(folder.resolve("letter.txt"), "dear");
        K1s.Result result = K1s.run("kv", "put", "--store=" + folder, "a", "one");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err().lines()).singleElement().asString().contains("not a store");
        assertThat(Files.readString(other)).isEqualTo("dear");
    }

    @Test
    void parentStepsAreNormalisedAndTheStoreIsPrivate() throws Exception {
        Path store = folder.resolve("store");
        Files.createDirectory(store);
        Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(K1s.run("kv", "put", "--store=" + folder + "/not/../store", "a", "one")
                        .code())
                .isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(store)))
                .isEqualTo("rwx------");
        assertThat(folder.resolve("not")).doesNotExist();
    }

    @Test
    void linkedStoreIsRefused() throws IOException, InterruptedException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("real")));
        K1s.Result result = K1s.run("run", "--store=" + link);
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err().lines()).singleElement().asString().contains("symbolic link");
    }
}
