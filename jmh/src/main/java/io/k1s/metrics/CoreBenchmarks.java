package io.k1s.metrics;

import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The short set: every benchmark of the core, on one thread and on two, into one JSON file. */
public final class CoreBenchmarks {
    private CoreBenchmarks() {}

    public static void main(String[] args) throws Exception {
        Path json = Path.of(args[0]);
        StringBuilder all = new StringBuilder("[\n");
        for (int threads = 1; threads <= 2; threads++) {
            Path part = json.resolveSibling("core-" + threads + ".json");
            new Runner(new OptionsBuilder()
                            .include(BeginEndBenchmark.class.getName())
                            .threads(threads)
                            .forks(1)
                            .warmupIterations(3)
                            .warmupTime(TimeValue.milliseconds(500))
                            .measurementIterations(5)
                            .measurementTime(TimeValue.milliseconds(500))
                            .addProfiler(GCProfiler.class)
                            .shouldFailOnError(true)
                            .resultFormat(ResultFormatType.JSON)
                            .result(part.toString())
                            .build())
                    .run();
            String array = Files.readString(part).strip();
            all.append(threads == 1 ? "" : ",\n").append(array, 1, array.length() - 1);
            Files.delete(part);
        }
        Files.writeString(json, all.append("]\n"));
    }
}
