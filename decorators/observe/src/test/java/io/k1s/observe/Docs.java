package io.k1s.observe;

import java.nio.file.Files;
import java.nio.file.Path;

/** The files under {@code docs} that describe what this module shows. */
final class Docs {
    private static final Path DOCS = Path.of("../../docs");

    private Docs() {}

    static Path path(String name) {
        return DOCS.resolve(name);
    }

    static String read(String name) throws Exception {
        return Files.readString(path(name));
    }
}
