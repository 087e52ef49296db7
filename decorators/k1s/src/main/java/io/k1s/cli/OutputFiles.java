package io.k1s.cli;

import io.k1s.registry.ShutdownConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The files that a run writes beside its store: each is another one, and none is in the folder of the store, or the last to be
 * written would replace what must be kept. They are held against one another by where they lead, not by how they are spelt.
 */
final class OutputFiles {
    private final CommandSpec spec;
    private final @Nullable Path store;
    private final Map<Path, String> names = new LinkedHashMap<>();

    /** Beside this store; null for one that is made for the run alone. */
    OutputFiles(CommandSpec spec, @Nullable Path store) {
        this.spec = spec;
        this.store = store == null ? null : real(store);
    }

    /** Refuses it if it must not be written. */
    OutputFiles with(String name, @Nullable Path file) {
        if (file != null) {
            Path real = real(file.toAbsolutePath());
            if (store != null && real.startsWith(store)) {
                throw Args.refused(spec, name, file.toString(), "a file outside of the folder of --store");
            }
            String other = names.putIfAbsent(real, name);
            if (other != null) {
                throw Args.refused(spec, name, file.toString(), "another file than that of " + other);
            }
        }
        return this;
    }

    /** The same for those of the configuration. */
    void with(ShutdownConfig config) {
        with("k1s.shutdown.reportFile", config.reportFile().orElse(null))
                .with("k1s.shutdown.terminationLog", config.terminationLog().orElse(null));
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            // Still to be made.
            Path parent = path.getParent();
            return parent == null ? path : real(parent).resolve(path.getFileName());
        }
    }
}
