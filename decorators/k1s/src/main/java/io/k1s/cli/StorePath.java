package io.k1s.cli;

import io.k1s.storage.rocksdb.RocksDbOptions;
import io.k1s.storage.rocksdb.RocksDbStorage;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;

/** The folder of a store as an argument. The storage itself makes it private, locks it, and knows whether it is whole. */
final class StorePath {
    /** What RocksDB makes last, so every database has one. */
    private static final String DATABASE = "CURRENT";

    private StorePath() {}

    /** One that can be opened or made. */
    static Path writable(CommandSpec spec, String value) {
        Path path = Args.path(spec, "--store", value);
        refuseUnfit(spec, value, path);
        Path existing = path;
        while (existing != null && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
            existing = existing.getParent();
        }
        if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw Args.refused(
                    spec, "--store", value, "a folder that can be made or written, and " + existing + " is not");
        }
        return path;
    }

    /** One that is there already, with a store in it: whoever only looks must not make one. */
    static Path existing(CommandSpec spec, String value) {
        Path path = Args.path(spec, "--store", value);
        refuseUnfit(spec, value, path);
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw Args.refused(spec, "--store", value, "the folder of a store, and there is none");
        }
        // Of a folder that cannot be looked into, the storage says so itself.
        if (Files.notExists(path.resolve(DATABASE), LinkOption.NOFOLLOW_LINKS)) {
            throw Args.refused(
                    spec,
                    "--store",
                    value,
                    "the folder of a store, and that folder has none (no file " + DATABASE + ")");
        }
        return path;
    }

    private static void refuseUnfit(CommandSpec spec, String value, Path path) {
        if (Files.isSymbolicLink(path)) {
            throw Args.refused(spec, "--store", value, "a folder, and that is a symbolic link");
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw Args.refused(spec, "--store", value, "a folder, and that is a file");
        }
    }

    static RocksDbStorage open(Path path, boolean sync) {
        return RocksDbStorage.open(path, RocksDbOptions.defaults().withSync(sync));
    }
}
