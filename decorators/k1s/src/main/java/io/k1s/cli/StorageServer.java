package io.k1s.cli;

import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.StorageBackend;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets other processes of the same user at the store that this one holds, through a socket in its folder (0600). Their calls
 * are work of a component of its own, which closes before the storage does: what was admitted is done and answered.
 */
final class StorageServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StorageServer.class);
    private static final String COMPONENT = "socket";
    /** Before another try where there was no connection to be had: too many open files. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Path socket;
    private final ServerSocketChannel server;
    private final Set<Lines> connections = ConcurrentHashMap.newKeySet();
    /** Whether the last accept failed, which is logged once. Used by the listening thread. */
    private boolean failing;

    private StorageServer(Path socket, ServerSocketChannel server) {
        this.socket = socket;
        this.server = server;
    }

    /**
     * Starts to serve a storage that was opened in a folder, and is a component called "storage". The registry ends it. If
     * that cannot be done, a warning says why, and the store is this process's alone as it would be without.
     */
    static void start(WorkRegistry registry, Path store, StorageBackend storage) {
        start(registry, store, storage, call -> start("k1s-socket-call", call));
    }

    /** For tests that choose which connection gets a thread. */
    static void start(WorkRegistry registry, Path store, StorageBackend storage, Executor threads) {
        Optional<UnixDomainSocketAddress> address = SocketPath.address(store);
        if (address.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("path", SocketPath.of(store))
                    .log(
                            "no socket for other commands: its path has {} bytes, and {} are allowed",
                            SocketPath.length(SocketPath.of(store)),
                            SocketPath.LONGEST);
            return;
        }
        try {
            StorageServer started = bind(address.get());
            try {
                WorkMetrics calls = registry.component(
                        COMPONENT, ComponentOptions.dependsOn("storage").closing(started));
                RemoteCalls remote = new RemoteCalls(calls, storage);
                start("k1s-socket", () -> started.listen(remote, threads));
            } catch (IllegalStateException shutdownRequested) {
                started.close();
            }
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("path", SocketPath.of(store)).setCause(e).log("no socket for other commands");
        }
    }

    /** What is there from before is nobody's: this process holds the store. */
    private static StorageServer bind(UnixDomainSocketAddress address) throws IOException {
        Files.deleteIfExists(address.getPath());
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(address);
            // Until here the folder, which is private, has kept others away.
            Files.setPosixFilePermissions(address.getPath(), PosixFilePermissions.fromString("rw-------"));
            return new StorageServer(address.getPath().toAbsolutePath(), server);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void listen(RemoteCalls calls, Executor threads) {
        try {
            while (server.isOpen()) {
                SocketChannel accepted = accept();
                if (accepted != null) {
                    handOver(calls, accepted, threads);
                }
            }
        } catch (ClosedChannelException e) {
            // The end of the server.
        } finally {
            giveUp();
        }
    }

    /** Returns the next connection; null if there was none to be had, after a pause, as others may end meanwhile. */
    private @Nullable SocketChannel accept() throws ClosedChannelException {
        try {
            SocketChannel accepted = server.accept();
            failing = false;
            return accepted;
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            if (!failing) {
                failing = true;
                LOG.atWarn()
                        .addKeyValue("path", socket)
                        .setCause(e)
                        .log("calls through the socket wait until one can be accepted");
            }
            LockSupport.parkNanos(PAUSE.toNanos());
            return null;
        }
    }

    private void handOver(RemoteCalls calls, SocketChannel accepted, Executor threads) {
        try {
            threads.execute(() -> serve(calls, accepted));
        } catch (RuntimeException | Error e) {
            // No thread to be had. Whoever called is told by the end of the connection; the next one may get one.
            new Lines(accepted).close();
            LOG.atWarn().addKeyValue("path", socket).setCause(e).log("a call through the socket cannot be served");
        }
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(RemoteCalls calls, SocketChannel accepted) {
        try (Lines lines = new Lines(accepted)) {
            connections.add(lines);
            try {
                String line = server.isOpen() ? lines.read() : null;
                if (line != null) {
                    calls.serve(lines, Wire.parse(line, Wire.Request.class));
                }
            } catch (IOException e) {
                LOG.atDebug().setCause(e).log("a connection broke");
            } finally {
                connections.remove(lines);
            }
        }
    }

    /** Where nobody listens nobody must be able to connect, and wait for ever. */
    private void giveUp() {
        try {
            stopListening();
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("path", socket).setCause(e).log("the socket cannot be removed");
        }
    }

    /** Once: what is there later is the socket of whoever has the store then. */
    private synchronized void stopListening() throws IOException {
        if (server.isOpen()) {
            try (server) {
                Files.deleteIfExists(socket);
            }
        }
    }

    /** Ends the listening, and the connections that ask for nothing; the calls have ended before. */
    @Override
    public void close() throws IOException {
        try {
            stopListening();
        } finally {
            connections.forEach(Lines::close);
        }
    }
}
