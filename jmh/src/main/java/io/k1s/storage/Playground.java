package io.k1s.storage;

import io.k1s.storage.rocksdb.RocksDbOptions;
import io.k1s.storage.rocksdb.RocksDbStorage;
import java.nio.file.Path;
import java.time.Duration;

/** A store with keys in it, which both arms use: 1,024 keys per thread. */
final class Playground {
    static final int KEYS = 1024;

    private final StorageBackend backend;
    private final Codec codec;
    private final String[][] keys;
    private final long[][][] revisions;

    /** Fills a store of a kind; in the folder, if it has one. */
    Playground(String kind, Path folder, int threads) {
        backend = open(kind, folder);
        codec = kind.equals("memory-json") ? Codec.json() : Codec.raw();
        keys = new String[threads][KEYS];
        revisions = new long[threads][KEYS][2];
        for (int t = 0; t < threads; t++) {
            for (int i = 0; i < KEYS; i++) {
                keys[t][i] = prefix(t) + String.format("%04d", i);
                revisions[t][i][0] = backend.create(keys[t][i], codec.write(0), Duration.ZERO)
                        .revision();
            }
        }
    }

    private static StorageBackend open(String kind, Path folder) {
        return switch (kind) {
            case "memory-raw", "memory-json" -> new MemoryStorage();
            case "rocksdb" ->
                RocksDbStorage.open(folder, RocksDbOptions.defaults().withSync(false));
            case "rocksdb-sync" -> RocksDbStorage.open(folder);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    StorageBackend backend() {
        return backend;
    }

    Codec codec() {
        return codec;
    }

    String prefix(int thread) {
        return "t" + thread + "/";
    }

    String[] keys(int thread) {
        return keys[thread];
    }

    long[][] revisions(int thread) {
        return revisions[thread];
    }
}
