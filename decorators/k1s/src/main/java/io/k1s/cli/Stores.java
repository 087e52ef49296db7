package io.k1s.cli;

import io.k1s.registry.WorkRegistry;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.StoreInUseException;
import io.k1s.storage.TrackedStorage;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A store for a command: itself if nobody has it open, otherwise through the socket of the process that has. */
final class Stores {
    private Stores() {}

    /**
     * Registers the storage of a folder as the component "storage". What this process holds itself, other commands reach
     * through the socket in the folder as long as the registry runs.
     *
     * @throws IllegalStateException if a shutdown has been requested; the storage is the caller's to close then
     */
    static TrackedStorage register(WorkRegistry registry, Path store, StorageBackend backend) {
        TrackedStorage storage = TrackedStorage.register(registry, "storage", backend);
        if (!(backend instanceof RemoteStorage)) {
            StorageServer.start(registry, store, storage);
        }
        return storage;
    }

    static StorageBackend open(Path store) {
        Optional<UnixDomainSocketAddress> address = SocketPath.address(store);
        StorageBackend remote = connected(address);
        if (remote != null) {
            return remote;
        }
        try {
            return StorePath.open(store, true);
        } catch (StoreInUseException e) {
            // It may have been opened just now.
            remote = connected(address);
            if (remote != null) {
                return remote;
            }
            if (address.isEmpty()) {
                throw new CommandException(
                        e.getMessage() + "; and its path is too long for a socket: with /k1s.sock it has "
                                + SocketPath.length(SocketPath.of(store)) + " bytes, at most " + SocketPath.LONGEST
                                + " are allowed",
                        e);
            }
            throw e;
        }
    }

    /** A socket that nobody answers is what a process left that was killed. */
    private static @Nullable StorageBackend connected(Optional<UnixDomainSocketAddress> address) {
        if (address.isEmpty() || !Files.exists(address.get().getPath())) {
            return null;
        }
        try {
            return RemoteStorage.connect(address.get());
        } catch (IOException e) {
            return null;
        }
    }
}
