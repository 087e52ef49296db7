package io.k1s.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The temporary folder of a demo: removed at the end, unless there may be something to look into. */
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

    /** From now on everything is left where it is, however the demo ends, which then says where. */
    void keep() {
        kept = true;
    }

    /** There is nothing to look into: all of it was found right. */
    void discard() {
        kept = false;
    }

    @Override
    public void close() throws IOException {
        if (kept) {
            System.err.println("k1s demo: the store, the journal and the report are kept in " + path);
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
