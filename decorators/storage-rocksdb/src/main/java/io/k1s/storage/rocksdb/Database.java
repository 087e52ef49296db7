package io.k1s.storage.rocksdb;

import io.k1s.storage.CorruptStoreException;
import io.k1s.storage.StorageException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractImmutableNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** The native side of a store: one open RocksDB and its handles. Its user guards every call by {@link NativeGuard}. */
final class Database implements AutoCloseable {

    private static final byte[] LOG = {'l', 'o', 'g'};
    private static final byte[] META = {'m', 'e', 't', 'a'};
    private static final long WRITE_BUFFER = 16L << 20;
    private static final long WAL = 64L << 20;
    private static final int BLOOM_BITS = 10;
    private static final int SMALL_FILES = 8;
    private static final long SMALL_BYTES = 64L << 20;
    private static final int MAX_OPEN_FILES = 256;

    private static @Nullable String loadFailure;

    /** The current value of each key. */
    final ColumnFamilyHandle data;

    /** The events, by revision. */
    final ColumnFamilyHandle log;

    /** Format, revision, how far history is trimmed, and deadlines. */
    final ColumnFamilyHandle meta;

    private final Path path;
    private final RocksDB db;
    private final ReadOptions reads = new ReadOptions();
    private final WriteOptions writes;

    /** What is to be closed, last opened first. */
    private final Deque<AbstractImmutableNativeReference> handles;

    private Database(
            Path path,
            boolean sync,
            RocksDB db,
            List<ColumnFamilyHandle> families,
            Deque<AbstractImmutableNativeReference> handles) {
        this.path = path;
        this.db = db;
        this.data = families.get(0);
        this.log = families.get(1);
        this.meta = families.get(2);
        this.writes = new WriteOptions().setSync(sync);
        this.handles = handles;
        handles.push(reads);
        handles.push(writes);
    }

    /** Does not try again what failed: RocksDB would wait ten seconds for whoever tried first. */
    private static synchronized void loadLibrary() {
        @Nullable Throwable cause = null;
        if (loadFailure == null) {
            try {
                RocksDB.loadLibrary();
                return;
            } catch (LinkageError | RuntimeException e) {
                cause = e;
                loadFailure = "the native library of RocksDB cannot be loaded: " + e
                        + "; it is unpacked into java.io.tmpdir (" + System.getProperty("java.io.tmpdir")
                        + "), or the folder that the variable ROCKSDB_SHAREDLIB_DIR names, which must be writable and"
                        + " allow to run code; and it must be one for this system";
            }
        }
        throw new StorageException(loadFailure, cause);
    }

    /** Tells whether a database has the families of a store. Only looks. */
    static boolean hasFamilies(Path path) {
        loadLibrary();
        try (Options options = new Options()) {
            List<byte[]> families = RocksDB.listColumnFamilies(options, path.toString());
            return Stream.of(LOG, META).allMatch(ours -> families.stream().anyMatch(one -> Arrays.equals(one, ours)));
        } catch (RocksDBException e) {
            throw openFailed(path, e);
        }
    }

    static Database open(Path path, boolean create, RocksDbOptions options) {
        loadLibrary();
        Deque<AbstractImmutableNativeReference> handles = new ArrayDeque<>();
        try {
            LRUCache cache = opened(handles, new LRUCache(options.blockCacheBytes()));
            BloomFilter filter = opened(handles, new BloomFilter(BLOOM_BITS));
            BlockBasedTableConfig table =
                    new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter);
            ColumnFamilyOptions family = opened(handles, new ColumnFamilyOptions())
                    .setTableFormatConfig(table)
                    .setWriteBufferSize(WRITE_BUFFER);
            DBOptions dbOptions = configure(opened(handles, new DBOptions()), create);
            List<ColumnFamilyHandle> families = new ArrayList<>();
            RocksDB db = RocksDB.open(
                    dbOptions,
                    path.toString(),
                    List.of(
                            new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, family),
                            new ColumnFamilyDescriptor(LOG, family),
                            new ColumnFamilyDescriptor(META, family)),
                    families);
            handles.push(db);
            families.forEach(handles::push);
            mergeSmallFiles(db, families);
            return new Database(path, options.sync(), db, families, handles);
        } catch (RocksDBException e) {
            handles.forEach(AbstractImmutableNativeReference::close);
            throw openFailed(path, e);
        } catch (RuntimeException | Error e) {
            handles.forEach(AbstractImmutableNativeReference::close);
            throw e;
        }
    }

    /*
     * Each open writes what the write-ahead log holds to a file per family. RocksDB's own compaction only moves files that
     * do not overlap, and never merges them; so many short-lived processes in a row would pile up thousands.
     */
    private static void mergeSmallFiles(RocksDB db, List<ColumnFamilyHandle> families) throws RocksDBException {
        List<LiveFileMetaData> files = db.getLiveFilesMetaData();
        long bytes = files.stream().mapToLong(LiveFileMetaData::size).sum();
        if (files.size() < SMALL_FILES * families.size() || bytes > SMALL_BYTES) {
            return;
        }
        try (CompactRangeOptions merge =
                new CompactRangeOptions().setBottommostLevelCompaction(BottommostLevelCompaction.kForce)) {
            for (ColumnFamilyHandle family : families) {
                db.compactRange(family, null, null, merge);
            }
        }
    }

    private static <T extends AbstractImmutableNativeReference> T opened(
            Deque<AbstractImmutableNativeReference> handles, T handle) {
        handles.push(handle);
        return handle;
    }

    private static DBOptions configure(DBOptions options, boolean create) {
        return options.setCreateIfMissing(create)
                // The first open may have been cut short between the creation of the database and of its families.
                .setCreateMissingColumnFamilies(true)
                // A record cut off at the end was never acknowledged; any other damage may hide ones that were.
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setMaxTotalWalSize(WAL)
                .setMaxOpenFiles(MAX_OPEN_FILES)
                .setKeepLogFileNum(1)
                .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    private static StorageException openFailed(Path path, RocksDBException e) {
        Status.Code code =
                e.getStatus() == null ? Status.Code.Undefined : e.getStatus().getCode();
        return switch (code) {
            // What cannot be read, is missing or does not fit is damage: the folder itself was checked before.
            case Corruption, InvalidArgument, NotFound, NotSupported ->
                new CorruptStoreException(path.toString(), String.valueOf(e.getMessage()), e);
            default ->
                isMissingFile(e)
                        ? new CorruptStoreException(path.toString(), String.valueOf(e.getMessage()), e)
                        : new StorageException("store " + path + " cannot be opened: " + e.getMessage(), e);
        };
    }

    private static boolean isMissingFile(RocksDBException e) {
        return String.valueOf(e.getMessage()).contains("No such file");
    }

    /** Marks a new database as ours. */
    void initialize() {
        try {
            db.put(meta, writes, Records.FORMAT_KEY, Records.FORMAT);
        } catch (RocksDBException e) {
            throw failed("write", e);
        }
    }

    boolean isEmpty() {
        for (ColumnFamilyHandle family : List.of(data, log, meta)) {
            try (RocksIterator iterator = iterator(family)) {
                iterator.seekToFirst();
                if (iterator.isValid()) {
                    return false;
                }
                check(iterator);
            }
        }
        return true;
    }

    byte @Nullable [] get(ColumnFamilyHandle family, byte[] key) {
        try {
            return db.get(family, reads, key);
        } catch (RocksDBException e) {
            throw failed("read", e);
        }
    }

    /** Opens an iterator over what is committed now. The caller closes it, within the same guarded call. */
    RocksIterator iterator(ColumnFamilyHandle family) {
        return db.newIterator(family, reads);
    }

    /** Throws what stopped an iterator, if it was not the end. */
    void check(RocksIterator iterator) {
        try {
            iterator.status();
        } catch (RocksDBException e) {
            throw failed("read", e);
        }
    }

    void write(WriteBatch batch) {
        try {
            db.write(writes, batch);
        } catch (RocksDBException e) {
            throw failed("write", e);
        }
    }

    StorageException failed(String what, RocksDBException e) {
        if (e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption) {
            return new CorruptStoreException(path.toString(), String.valueOf(e.getMessage()), e);
        }
        return new StorageException("store " + path + ": " + what + " failed: " + e.getMessage(), e);
    }

    /** Syncs the write-ahead log and closes all handles, whether or not the sync succeeds. */
    @Override
    public void close() {
        try {
            db.syncWal();
        } catch (RocksDBException e) {
            throw failed("last sync", e);
        } finally {
            handles.forEach(AbstractImmutableNativeReference::close);
        }
    }
}
