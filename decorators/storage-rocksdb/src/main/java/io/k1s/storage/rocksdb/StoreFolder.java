package io.k1s.storage.rocksdb;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.k1s.storage.CorruptStoreException;
import io.k1s.storage.StorageException;
import io.k1s.storage.StoreInUseException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A store's folder, private to its owner and locked for this process until {@link #close}. */
final class StoreFolder implements AutoCloseable {

    private static final String LOCK_FILE = "k1s.lock";
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    /** What the creation of a database may leave behind when it is cut short. Tables and write-ahead logs come later. */
    private static final Pattern UNFINISHED =
            Pattern.compile("k1s\\.lock|LOCK|IDENTITY|LOG(\\.old.*)?|(MANIFEST|OPTIONS)-\\d+|.*\\.dbtmp");

    /**
     * The folders this process has open. Needed beside the file lock: closing any descriptor of a file drops all the
     * locks a POSIX process has on it, so a second open must not even touch the file.
     */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    private StoreFolder(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /** Checks, creates or makes private, and locks a folder. */
    static StoreFolder open(Path given) {
        Path normal = given.toAbsolutePath().normalize();
        try {
            refuseUnfit(normal);
            Path real = prepare(normal);
            if (!OPEN.add(real)) {
                throw new StoreInUseException(real.toString(), null);
            }
            try {
                return lock(real);
            } catch (IOException | RuntimeException e) {
                OPEN.remove(real);
                throw e;
            }
        } catch (IOException e) {
            throw new StorageException("store " + normal + " cannot be opened: " + e, e);
        }
    }

    private static void refuseUnfit(Path path) {
        if (Files.isSymbolicLink(path)) {
            throw new IllegalArgumentException(
                    "store path " + path + " is a symbolic link; a folder, or a path to create one at, is allowed");
        }
        if (Files.exists(path, NOFOLLOW_LINKS) && !Files.isDirectory(path, NOFOLLOW_LINKS)) {
            throw new IllegalArgumentException(
                    "store path " + path + " is not a folder; a folder, or a path to create one at, is allowed");
        }
    }

    private static Path prepare(Path path) throws IOException {
        if (!Files.exists(path, NOFOLLOW_LINKS)) {
            Path parent = path.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PRIVATE));
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path, NOFOLLOW_LINKS);
        // The owner's bit is asked for besides: to root everything looks writable.
        if (!permissions.contains(PosixFilePermission.OWNER_WRITE) || !Files.isWritable(path)) {
            throw new StorageException("store " + path + " is read-only (" + PosixFilePermissions.toString(permissions)
                    + "); a folder its user may write to is needed");
        }
        Path real = path.toRealPath();
        // Before anything is changed: the path may be of somebody else's folder.
        refuseForeign(real);
        if (!permissions.equals(PRIVATE)) {
            Files.setPosixFilePermissions(path, PRIVATE);
        }
        return real;
    }

    private static StoreFolder lock(Path real) throws IOException {
        FileChannel channel =
                FileChannel.open(real.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
            if (lock == null) {
                throw new StoreInUseException(real.toString(), null);
            }
            return new StoreFolder(real, channel, lock);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
    }

    private static void refuseForeign(Path real) throws IOException {
        if (isDatabase(real)) {
            // Ours has the lock's file before it has a database, so without it no creation was cut short. It may be a
            // copy of a store without that file.
            if (!Files.exists(real.resolve(LOCK_FILE), NOFOLLOW_LINKS) && !Database.hasFamilies(real)) {
                throw new CorruptStoreException(
                        real.toString(),
                        "its database lacks the column families of a store, so it is another program's",
                        null);
            }
            return;
        }
        try (Stream<Path> files = Files.list(real)) {
            String other = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !UNFINISHED.matcher(name).matches())
                    .findFirst()
                    .orElse(null);
            if (other != null) {
                throw new CorruptStoreException(
                        real.toString(),
                        "it has the file \"" + other + "\" but no CURRENT, so it is not a store",
                        null);
            }
        }
    }

    private static boolean isDatabase(Path path) {
        return Files.exists(path.resolve("CURRENT"), NOFOLLOW_LINKS);
    }

    Path path() {
        return path;
    }

    /** Tells whether a database was created here before. */
    boolean hasDatabase() {
        return isDatabase(path);
    }

    /** Unlocks the folder. */
    @Override
    public void close() {
        @Nullable IOException failure = null;
        try (channel) {
            lock.release();
        } catch (IOException e) {
            failure = e;
        } finally {
            OPEN.remove(path);
        }
        if (failure != null) {
            throw new StorageException("store " + path + " cannot be unlocked: " + failure, failure);
        }
    }
}
