package io.k1s.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a demo has its store, its journal and its report: in a temporary folder, but for what the user has named. The folder is
 * removed at the end, unless there may be something to look into.
 */
final class DemoFolder implements AutoCloseable {
    private final Path temporary;
    private final Path store;
    private final Path report;
    private boolean kept;

    private DemoFolder(Path temporary, @Nullable Path store, @Nullable Path report) {
        this.temporary = temporary;
        this.store = store == null ? temporary.resolve("store") : store;
        this.report = report == null ? temporary.resolve("report.json") : report;
    }

    static DemoFolder create(@Nullable Path store, @Nullable Path report) throws IOException {
        return new DemoFolder(Files.createTempDirectory("k1s-demo-"), store, report);
    }

    Path store() {
        return store;
    }

    Path journal() {
        return temporary.resolve("journal");
    }

    Path report() {
        return report;
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
            System.err.println("k1s demo: kept are " + whatIsThere());
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(temporary)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }

    private String whatIsThere() {
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("store", store);
        files.put("journal", journal());
        files.put("report", report);
        return files.entrySet().stream()
                .filter(file -> Files.exists(file.getValue()))
                .map(file -> file.getKey() + " " + file.getValue())
                .collect(Collectors.joining(", "));
    }
}
