package io.k1s.metrics;

import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.TestGrading;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs every test of this jar in the short form and judges the results. jcstress itself passes when it found no test to
 * run (on too few processors, for one), and does not care whether a weakened variant ever failed; here both are failures.
 *
 * <p>Argument: the folder that keeps the results.
 */
public final class StressRun {
    private static final List<String> SHORT_FORM = List.of(
            "-m",
            "quick",
            "-sc",
            "false",
            "-af",
            "GLOBAL",
            "-time",
            "200",
            "-iters",
            "5",
            "-f",
            "1",
            "-fsm",
            "1",
            "-jvmArgs",
            "-Xmx256m");

    private StressRun() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Path results = folder.resolve("jcstress-run");
        deleteOldResults(results);
        Files.createDirectories(results);
        int exit = run(folder, results, SHORT_FORM, "output.txt");
        Set<String> powerless = powerless(results);
        if (!powerless.isEmpty()) {
            // A rare interleaving on a busy machine: give the ones that showed nothing ten times as long, once.
            List<String> longer = new ArrayList<>(SHORT_FORM);
            longer.set(longer.indexOf("-time") + 1, "2000");
            longer.addAll(List.of("-t", String.join("|", powerless)));
            exit = Math.max(exit, run(folder, results, longer, "output-longer.txt"));
            powerless = powerless(results);
        }

        Map<String, Boolean> passed = new TreeMap<>();
        for (TestResult result : read(results)) {
            TestGrading grading = TestGrading.grade(result);
            if (!grading.isPassed) {
                System.out.println("FORBIDDEN in " + result.getName() + ": " + grading.failureMessages);
            }
            passed.merge(result.getName(), grading.isPassed, Boolean::logicalAnd);
        }
        for (String name : powerless) {
            if (passed.containsKey(name)) {
                System.out.println("NO POWER: the bad outcome was never seen in " + name);
                passed.put(name, false);
            }
        }
        // What the annotation processor listed when this jar was built.
        for (String name : new TreeSet<>(TestList.tests())) {
            if (!passed.containsKey(name)) {
                System.out.println("NOT RUN " + name);
                passed.put(name, false);
            }
        }
        for (Map.Entry<String, Boolean> test : passed.entrySet()) {
            System.out.println((test.getValue() ? "ok      " : "FAILED  ") + test.getKey());
        }
        long good = passed.values().stream().filter(ok -> ok).count();
        long bad = passed.size() - good;
        if (exit != 0 && bad == 0) {
            System.out.println("jcstress exited with " + exit + ": see " + results.resolve("output.txt"));
            bad = 1;
        }
        System.out.println(good + " passed, " + bad + " failed");
        System.exit(bad == 0 && good > 0 ? 0 : 1);
    }

    private static int run(Path folder, Path results, List<String> flags, String output)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                folder.resolve("jcstress.jar").toString()));
        command.addAll(flags);
        command.addAll(List.of("-r", results.resolve("report").toString()));
        return new ProcessBuilder(command)
                .directory(results.toFile())
                .redirectErrorStream(true)
                .redirectOutput(results.resolve(output).toFile())
                .start()
                .waitFor();
    }

    /** The weakened variants whose bad outcome no run has shown yet. */
    private static Set<String> powerless(Path results) throws IOException, ClassNotFoundException {
        Set<String> names = new TreeSet<>(TestList.tests());
        names.removeIf(name -> !name.contains(".Weak"));
        for (TestResult result : read(results)) {
            if (TestGrading.grade(result).hasInteresting) {
                names.remove(result.getName());
            }
        }
        return names;
    }

    private static List<TestResult> read(Path results) throws IOException, ClassNotFoundException {
        InProcessCollector collector = new InProcessCollector();
        for (File file : filesOf(results, ".bin.gz")) {
            DiskReadCollector reader = new DiskReadCollector(file.getPath(), collector);
            try {
                reader.dump();
            } catch (EOFException e) {
                // the end of the file, which has no other mark
            } finally {
                reader.close();
            }
        }
        return new ArrayList<>(collector.getTestResults());
    }

    private static List<File> filesOf(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(ending))
                    .map(Path::toFile)
                    .toList();
        }
    }

    private static void deleteOldResults(Path results) throws IOException {
        if (Files.exists(results)) {
            for (File file : filesOf(results, ".bin.gz")) {
                Files.delete(file.toPath());
            }
        }
    }
}
