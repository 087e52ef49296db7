package io.k1s.bench;

import io.k1s.registry.IdlePairs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What k1s takes: memory per component, allocation per operation, time at the start of a process. */
final class FootprintSet {
    /** What it takes to read the fields of others' objects, and their exact sizes. */
    static final List<String> JOL = Stream.concat(
                    Stream.of("-Djdk.attach.allowAttachSelf=true", "-XX:+EnableDynamicAgentLoading"),
                    Stream.of(
                                    "java.lang",
                                    "java.time",
                                    "java.util",
                                    "java.util.concurrent",
                                    "java.util.concurrent.atomic",
                                    "java.util.concurrent.locks",
                                    "jdk.internal.vm",
                                    "sun.nio.fs")
                            .flatMap(name -> Stream.of("--add-opens", "java.base/" + name + "=ALL-UNNAMED")))
            .toList();

    private FootprintSet() {}

    static void run(Options options, String mode) throws IOException, InterruptedException {
        Map<String, Object> found = new Jvm(options).run(120, JOL, FootprintProcess.class);
        System.out.println("footprint: " + found);
        IdlePairs pairs = IdlePairs.run(options, options.form().of(3, 10, 60));
        Estimate start = pairs.start();
        Estimate added = pairs.startAdded();
        System.out.println("start-up: " + start + " ms bare, " + added + " ms added");
        int cores = Runtime.getRuntime().availableProcessors();
        List<Map<String, Object>> rows = new ArrayList<>();
        rows.add(row(mode, "component used by " + cores + " threads", "bytes", found.get("component")));
        rows.add(row(mode, "registered component used by " + cores + " threads", "bytes", found.get("registered")));
        rows.add(row(
                mode,
                "registered component with named work, used by " + cores + " threads",
                "bytes",
                found.get("named")));
        rows.add(row(mode, "begin + end by ticket", "bytes allocated", found.get("ticket")));
        rows.add(row(mode, "tracked call less the bare call", "bytes allocated", found.get("call")));
        rows.add(row(mode, "named work with a token", "bytes allocated", found.get("token")));
        rows.add(Results.row(
                "measure",
                "start of a bare JVM",
                "jdk",
                Jvm.jdk(),
                "mode",
                mode,
                "unit",
                "ms",
                "value",
                start.value(),
                "low95",
                start.low(),
                "high95",
                start.high()));
        rows.add(Results.row(
                "measure",
                "added to the start",
                "jdk",
                Jvm.jdk(),
                "mode",
                mode,
                "unit",
                "ms",
                "value",
                added.value(),
                "low95",
                added.low(),
                "high95",
                added.high()));
        charts(options.target(), Results.merge(options, rows));
    }

    /** Draws rows, each JDK and mode apart. */
    static void charts(Path folder, List<Map<String, Object>> rows) throws IOException {
        for (var of : Results.byVariant(rows).entrySet()) {
            List<Map<String, Object>> bytes = of.getValue().stream()
                    .filter(row -> ("" + row.get("unit")).startsWith("bytes"))
                    .toList();
            Charts.bars(
                    folder.resolve(of.getKey().svg("footprint")),
                    "Bytes per component, and allocated per operation, "
                            + of.getKey().title(),
                    "bytes",
                    false,
                    bytes.stream().map(row -> (String) row.get("measure")).toList(),
                    Map.of(
                            "bytes",
                            bytes.stream()
                                    .map(row -> Results.number(row, "value"))
                                    .toList()),
                    Map.of());
        }
    }

    private static Map<String, Object> row(String mode, String measure, String unit, Object value) {
        return Results.row("measure", measure, "jdk", Jvm.jdk(), "mode", mode, "unit", unit, "value", value);
    }
}
