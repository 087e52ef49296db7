package io.k1s.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.storage.CorruptStoreException;
import io.k1s.storage.StorageException;
import io.k1s.storage.StoreInUseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

@Timeout(120)
final class StorePathTest {

    @TempDir
    private Path temp;

    private static void fill(Path path) {
        fill(path, "a", "precious".getBytes(UTF_8));
    }

    private static void fill(Path path, String key, byte[] value) {
        try (RocksDbStorage store = RocksDbStorage.open(path)) {
            store.create(key, value, Duration.ZERO);
        }
    }

    @Test
    void aStoreIsCreatedPrivateWithItsParents() throws Exception {
        Path path = temp.resolve("x/y/store");
        fill(path);
        assertThat(permissions(path)).isEqualTo("rwx------");
    }

    @Test
    void anExistingFolderIsMadePrivate() throws Exception {
        Path path = Files.createDirectory(temp.resolve("open"));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
        fill(path);
        assertThat(permissions(path)).isEqualTo("rwx------");
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void dotDotIsNormalised() {
        fill(temp.resolve("none/../store"));
        assertThat(temp.resolve("store/CURRENT")).exists();
        assertThat(temp.resolve("none")).doesNotExist();
    }

    @Test
    void aSymbolicLinkAsLastElementIsRefused() throws Exception {
        fill(temp.resolve("store"));
        Path link = Files.createSymbolicLink(temp.resolve("link"), temp.resolve("store"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RocksDbStorage.open(link))
                .withMessageContaining(link.toString())
                .withMessageContaining("symbolic link");
        Path dangling = Files.createSymbolicLink(temp.resolve("dangling"), temp.resolve("nowhere"));
        assertThatIllegalArgumentException().isThrownBy(() -> RocksDbStorage.open(dangling));
        assertThat(temp.resolve("nowhere")).doesNotExist();
    }

    @Test
    void aFileIsRefused() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "mine");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RocksDbStorage.open(file))
                .withMessageContaining("is not a folder");
        assertThat(file).hasContent("mine");
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> RocksDbStorage.open(file.resolve("below")))
                .withMessageContaining("file");
    }

    @Test
    void aReadOnlyFolderIsRefused() throws Exception {
        Path path = Files.createDirectory(temp.resolve("readonly"));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r-x------"));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> RocksDbStorage.open(path))
                .withMessageContaining("is read-only (r-x------)");
        assertThat(permissions(path)).isEqualTo("r-x------");
    }

    @Test
    void aFolderWithSomethingElseIsRefusedAndLeftAsItIs() throws Exception {
        Path path = Files.createDirectory(temp.resolve("documents"));
        Files.writeString(path.resolve("letter.txt"), "dear");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatExceptionOfType(CorruptStoreException.class)
                .isThrownBy(() -> RocksDbStorage.open(path))
                .withMessageContaining("letter.txt");
        assertThat(path.toFile().list()).containsExactly("letter.txt");
        assertThat(permissions(path)).isEqualTo("rwxr-xr-x");
    }

    @Test
    void aStoreInUseByThisProcessIsRefusedNamingThePath() {
        Path path = temp.resolve("store");
        try (RocksDbStorage store = RocksDbStorage.open(path)) {
            for (Path same : new Path[] {path, temp.resolve("x/../store")}) {
                assertThatExceptionOfType(StoreInUseException.class)
                        .isThrownBy(() -> RocksDbStorage.open(same))
                        .withMessageContaining(path.toString());
            }
            assertThat(store.revision()).isZero();
        }
        RocksDbStorage.open(path).close();
    }

    @Test
    void aStoreInUseByAnotherProcessIsRefusedEvenAfterAFailedOpen() throws Exception {
        Path path = temp.resolve("store");
        try (ChildStore child = ChildStore.start(path)) {
            child.nextAcknowledged();
            for (int i = 0; i < 2; i++) {
                assertThatExceptionOfType(StoreInUseException.class)
                        .isThrownBy(() -> RocksDbStorage.open(path))
                        .withMessageContaining(path.toString());
            }
            child.kill();
        }
        RocksDbStorage.open(path).close();
    }

    @Test
    void anotherProcessIsKeptOutAfterASecondOpenHere() throws Exception {
        Path path = temp.resolve("store");
        try (RocksDbStorage store = RocksDbStorage.open(path)) {
            assertThatExceptionOfType(StoreInUseException.class).isThrownBy(() -> RocksDbStorage.open(path));
            try (ChildStore child = ChildStore.start(path)) {
                assertThat(child.output()).contains("StoreInUseException");
            }
            assertThat(store.count("")).isZero();
        }
    }

    @Test
    void aCorruptStoreIsRefusedAndNothingIsOverwritten() throws Exception {
        for (String victim : new String[] {"CURRENT", "MANIFEST-*", "*.sst", "*.log"}) {
            Path path = temp.resolve("store-" + victim.replaceAll("\\W", ""));
            fill(path);
            // A write-ahead log of several blocks: damage in the last one looks like a write that was cut off.
            fill(path, "b", new byte[200_000]);
            if (victim.equals("*.sst")) {
                // Opening replays the write-ahead log into a table.
                RocksDbStorage.open(path).close();
            }
            damage(path, victim);
            Map<String, byte[]> before = contents(path);
            assertThatThrownBy(() -> readAndClose(path))
                    .as(victim)
                    .isInstanceOf(CorruptStoreException.class)
                    .hasMessageContaining("store-")
                    .hasMessageContaining("nothing was overwritten");
            assertThat(contents(path)).as(victim).containsAllEntriesOf(before);
        }
    }

    @Test
    void aStoreThatLostItsCurrentFileIsNotReplacedByANewOne() throws Exception {
        Path path = temp.resolve("store");
        fill(path);
        Files.move(path.resolve("CURRENT"), temp.resolve("CURRENT"), StandardCopyOption.REPLACE_EXISTING);
        assertThatExceptionOfType(CorruptStoreException.class)
                .isThrownBy(() -> RocksDbStorage.open(path))
                .withMessageContaining("no CURRENT");
        Files.move(temp.resolve("CURRENT"), path.resolve("CURRENT"));
        try (RocksDbStorage store = RocksDbStorage.open(path)) {
            assertThat(store.get("a").value()).asString().isEqualTo("precious");
        }
    }

    @Test
    void aStoreWhoseCreationWasCutShortOpens() throws Exception {
        Path path = Files.createDirectory(temp.resolve("store"));
        Files.createFile(path.resolve("k1s.lock"));
        Files.createFile(path.resolve("LOCK"));
        Files.writeString(path.resolve("000001.dbtmp"), "x");
        fill(path);
    }

    @Test
    void aDatabaseOfAnotherProgramIsRefusedAndLeftAsItIs() throws Exception {
        Path path = Files.createDirectory(temp.resolve("theirs"));
        database(path, "theirs");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        Map<String, byte[]> before = contents(path);
        assertThatExceptionOfType(CorruptStoreException.class)
                .isThrownBy(() -> RocksDbStorage.open(path))
                .withMessageContaining(path.toString())
                .withMessageContaining("another program");
        assertThat(permissions(path)).isEqualTo("rwxr-xr-x");
        Map<String, byte[]> after = contents(path);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        assertThat(after).containsAllEntriesOf(before);
        try (Options options = new Options();
                RocksDB theirs = RocksDB.openReadOnly(options, path.toString())) {
            assertThat(theirs.get("key".getBytes(UTF_8))).asString().isEqualTo("theirs");
            assertThat(RocksDB.listColumnFamilies(options, path.toString())).hasSize(1);
        }
    }

    @Test
    void aStoreWithoutItsLockFileOpens() throws Exception {
        Path path = temp.resolve("store");
        fill(path);
        Files.delete(path.resolve("k1s.lock"));
        readAndClose(path);
    }

    @Test
    void aStoreWhoseCreationWasCutShortBeforeItsFamiliesOrItsFormatOpens() throws Exception {
        for (String[] families : new String[][] {{}, {"log"}, {"log", "meta"}}) {
            Path path = Files.createDirectory(temp.resolve("store" + families.length));
            Files.createFile(path.resolve("k1s.lock"));
            database(path, null, families);
            fill(path);
            readAndClose(path);
        }
    }

    @Test
    void aDatabaseWithDataButNoFormatIsRefused() throws Exception {
        Path path = Files.createDirectory(temp.resolve("store"));
        database(path, "theirs", "log", "meta");
        assertThatExceptionOfType(CorruptStoreException.class)
                .isThrownBy(() -> RocksDbStorage.open(path))
                .withMessageContaining(path.toString())
                .withMessageContaining("no format");
    }

    private static void database(Path path, @Nullable String value, String... families) throws Exception {
        try (Options options = new Options().setCreateIfMissing(true);
                RocksDB db = RocksDB.open(options, path.toString())) {
            for (String family : families) {
                db.createColumnFamily(new ColumnFamilyDescriptor(family.getBytes(UTF_8)))
                        .close();
            }
            if (value != null) {
                db.put("key".getBytes(UTF_8), value.getBytes(UTF_8));
            }
        }
    }

    private static void readAndClose(Path path) {
        try (RocksDbStorage store = RocksDbStorage.open(path)) {
            store.get("a");
        }
    }

    private static void damage(Path path, String pattern) throws IOException {
        try (var files = Files.newDirectoryStream(path, pattern)) {
            for (Path file : files) {
                byte[] bytes = Files.readAllBytes(file);
                for (int i = 0; i < Math.min(bytes.length, 200); i++) {
                    bytes[i] ^= 0x5a;
                }
                Files.write(file, bytes);
            }
        }
    }

    private static Map<String, byte[]> contents(Path path) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.filter(f -> !f.getFileName().toString().startsWith("LOG"))
                    .toList()) {
                contents.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return contents;
    }
}
