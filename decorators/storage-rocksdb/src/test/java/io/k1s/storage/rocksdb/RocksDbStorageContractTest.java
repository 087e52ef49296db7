package io.k1s.storage.rocksdb;

import io.k1s.storage.StorageBackend;
import io.k1s.storage.StorageBackendContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class RocksDbStorageContractTest extends StorageBackendContract {

    @TempDir
    private Path folder;

    private int stores;

    @Override
    protected StorageBackend newStore(int historyLimit) {
        return RocksDbStorage.open(
                folder.resolve("store" + stores++),
                RocksDbOptions.defaults().withSync(false).withHistoryLimit(historyLimit));
    }
}
