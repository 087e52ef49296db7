package io.k1s.cli;

import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Where the socket of a store is. */
final class SocketPath {
    /** A socket's address has room for 108 bytes, the last of which is zero. */
    static final int LONGEST = 107;

    private static final String NAME = "k1s.sock";

    private SocketPath() {}

    static Path of(Path store) {
        return store.resolve(NAME);
    }

    /** The address, by the shorter one of the absolute path and the one from where this process is; none if both are too long. */
    static Optional<UnixDomainSocketAddress> address(Path store) {
        return address(store, Path.of("").toAbsolutePath());
    }

    static Optional<UnixDomainSocketAddress> address(Path store, Path here) {
        Path absolute = of(store.toAbsolutePath().normalize());
        if (length(absolute) <= LONGEST) {
            return Optional.of(UnixDomainSocketAddress.of(absolute));
        }
        Path relative = here.relativize(absolute);
        return length(relative) <= LONGEST ? Optional.of(UnixDomainSocketAddress.of(relative)) : Optional.empty();
    }

    static int length(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }
}
