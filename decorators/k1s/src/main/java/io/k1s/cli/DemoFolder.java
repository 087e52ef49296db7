package io.k1s.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The temporary folder of a demo: removed at the end, unless there is something to look into. */
final class DemoFolder implements AutoCloseable {
    private final Path path;
    private boolean kept;

    private DemoFolder(Path path) {
        this.path = path;
    }

    static DemoFolder create() throws IOException {
        return new DemoFolder(Files.createTempDirectory("k1s-demo-"));
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    /** Leaves everything where it is, and says where. */
    void keep() {
        kept = true;
        System.err.println("k1s demo: the store, the journal and the report are kept in " + path);
    }

    @Override
    public void close() throws IOException {
        if (kept) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(path)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }
}
