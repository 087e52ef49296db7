package io.k1s.metrics;

import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.TestGrading;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs every test of this jar and judges the results. jcstress itself passes when it found no test to run (on too few
 * processors, for one), and does not care whether a weakened variant ever failed, nor how many samples it took; here all of
 * these are failures.
 *
 * <p>Arguments: the folder that keeps the results, the form, and a regular expression that finds the tests by name. The short
 * form gives every test a tenth of a second in its JVM, and more if it does not have a hundred samples by then, or a weakened
 * variant has not failed. The full form goes on until a test of the core has 10^8 samples, one of the registry, which
 * may start a shutdown for each, 10^6.
 */
public final class StressRun {
    private static final long SHORT_SAMPLES = 100;
    private static final long CORE_SAMPLES = 100_000_000;
    private static final long REGISTRY_SAMPLES = 1_000_000;

    private static final int SHORT_ITERATIONS = 2;
    private static final int SHORT_MILLIS = 50;
    /** Long enough that what goes on between iterations does not count. */
    private static final int LONG_MILLIS = 1000;
    /**
     * How many states the actors go through between two meetings, and how often before new ones are made. With jcstress's
     * own 256 and 40 a test whose state is a component spends its time on finding out how many of them fit, and takes a few
     * samples; cheap tests have as many either way.
     */
    private static final int STRIDE_SIZE = 32;

    private static final int STRIDE_COUNT = 4;
    /** How often a test is run again that has shown too little: each time longer. */
    private static final int ROUNDS = 6;

    private final Path jar;
    private final Path folder;
    private final List<String> tests;
    /** How long each test has run in each of its JVMs. */
    private final Map<String, Long> millis = new TreeMap<>();

    private int exit;
    private int runs;

    private StressRun(Path target, Pattern selected) {
        // What the annotation processor listed when this jar was built.
        this.tests = TestList.tests().stream()
                .filter(name -> selected.matcher(name).find())
                .sorted()
                .toList();
        this.jar = target.resolve("jcstress.jar");
        this.folder = target.resolve("jcstress-run");
    }

    public static void main(String[] args) throws Exception {
        boolean full = switch (args[1]) {
            case "short" -> false;
            case "full" -> true;
            default -> throw new IllegalArgumentException("form \"" + args[1] + "\" is not allowed: short or full");
        };
        StressRun run = new StressRun(Path.of(args[0]).toAbsolutePath(), Pattern.compile(args[2]));
        if (run.tests.isEmpty()) {
            throw new IllegalArgumentException("no test has a name with \"" + args[2] + "\"");
        }
        run.deleteOldResults();
        System.out.println(run.tests.size() + " tests, " + SHORT_MILLIS * SHORT_ITERATIONS
                + " ms in each JVM; output in " + run.folder);
        run.run(SHORT_MILLIS, SHORT_ITERATIONS, run.tests);
        run.goOn(full);
        System.exit(run.report(run.verdicts(full)) ? 0 : 1);
    }

    /** Repeats what has too few samples, or too few to show a weakened variant's bad outcome: rare on a busy machine. */
    private void goOn(boolean full) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            List<String> together = new ArrayList<>();
            // By now their speed is known; the short run was mostly warm-up.
            Map<String, Integer> alone = new TreeMap<>();
            for (Map.Entry<String, Verdict> test : verdicts(full).entrySet()) {
                Verdict verdict = test.getValue();
                if (verdict.samples == 0 || (verdict.samples >= verdict.required && !verdict.isPowerless())) {
                    // What never ran will not do it now.
                    continue;
                }
                double perMilli = (double) verdict.samples / millis.get(test.getKey());
                int missing = (int) Math.ceil(1.1 * (verdict.required - verdict.samples) / perMilli / LONG_MILLIS);
                if (round > 0 && missing > 1) {
                    alone.put(test.getKey(), missing);
                } else {
                    together.add(test.getKey());
                }
            }
            if (!together.isEmpty()) {
                System.out.println(together.size() + " tests go on, " + (1 << round) + " s in each JVM");
                run(LONG_MILLIS, 1 << round, together);
            }
            int done = 0;
            for (Map.Entry<String, Integer> test : alone.entrySet()) {
                System.out.printf(
                        "%d of %d: %s goes on, %d s in each JVM%n",
                        ++done, alone.size(), test.getKey(), test.getValue());
                run(LONG_MILLIS, test.getValue(), List.of(test.getKey()));
            }
        }
    }

    /** Prints every test and, last, the count. */
    private boolean report(Map<String, Verdict> verdicts) {
        long good = 0;
        for (Map.Entry<String, Verdict> test : verdicts.entrySet()) {
            List<String> faults = test.getValue().faults();
            System.out.printf(
                    "%-7s %,15d  %s%n", faults.isEmpty() ? "ok" : "FAILED", test.getValue().samples, test.getKey());
            faults.forEach(fault -> System.out.println("        " + fault));
            good += faults.isEmpty() ? 1 : 0;
        }
        long bad = verdicts.size() - good;
        if (exit != 0 && bad == 0) {
            System.out.println("jcstress exited with " + exit + ": see " + folder);
            bad = 1;
        }
        long samples =
                verdicts.values().stream().mapToLong(each -> each.samples).sum();
        System.out.printf("%,d samples of %d tests on JDK %s%n", samples, verdicts.size(), Runtime.version());
        System.out.println(good + " passed, " + bad + " failed");
        return bad == 0 && good > 0;
    }

    private void run(int time, int iterations, List<String> chosen) throws IOException, InterruptedException {
        runs++;
        chosen.forEach(name -> millis.merge(name, (long) time * iterations, Long::sum));
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", jar.toString()));
        command.addAll(
                List.of("-m", "quick", "-sc", "false", "-af", "GLOBAL", "-f", "1", "-fsm", "1", "-pth", "false"));
        command.addAll(List.of("-strideSize", "" + STRIDE_SIZE, "-strideCount", "" + STRIDE_COUNT));
        // Where it can be enabled, native access chooses the asymmetric mode: see Fence.
        String nativeAccess = Runtime.version().feature() < 22 ? "" : " --enable-native-access=ALL-UNNAMED";
        command.addAll(List.of("-jvmArgs", "-Xmx256m -Dslf4j.internal.verbosity=ERROR" + nativeAccess));
        command.addAll(List.of("-time", Integer.toString(time), "-iters", Integer.toString(iterations)));
        command.addAll(List.of("-r", folder.resolve("report-" + runs).toString()));
        command.addAll(List.of("-t", "^(" + String.join("|", chosen).replace(".", "\\.") + ")$"));
        exit = Math.max(
                exit,
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(
                                folder.resolve("output-" + runs + ".txt").toFile())
                        .start()
                        .waitFor());
    }

    /** What all runs so far have shown of each test. */
    private Map<String, Verdict> verdicts(boolean full) throws IOException, ClassNotFoundException {
        Map<String, Verdict> verdicts = new TreeMap<>();
        for (String name : tests) {
            verdicts.put(name, new Verdict(name, full));
        }
        InProcessCollector collector = new InProcessCollector();
        for (File file : results()) {
            DiskReadCollector reader = new DiskReadCollector(file.getPath(), collector);
            try {
                reader.dump();
            } catch (EOFException e) {
                // the end of the file, which has no other mark
            } finally {
                reader.close();
            }
        }
        for (TestResult result : collector.getTestResults()) {
            verdicts.get(result.getName()).add(result);
        }
        return verdicts;
    }

    private List<File> results() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".bin.gz"))
                    .map(Path::toFile)
                    .toList();
        }
    }

    private void deleteOldResults() throws IOException {
        Files.createDirectories(folder);
        for (File file : results()) {
            Files.delete(file.toPath());
        }
    }

    private static final class Verdict {
        private final boolean weakened;
        private final long required;
        private final List<String> forbidden = new ArrayList<>();
        private long samples;
        private boolean seen;

        Verdict(String name, boolean full) {
            this.weakened = name.contains(".Weak");
            this.required =
                    !full ? SHORT_SAMPLES : name.startsWith("io.k1s.metrics.") ? CORE_SAMPLES : REGISTRY_SAMPLES;
        }

        void add(TestResult result) {
            TestGrading grading = TestGrading.grade(result);
            samples += result.getTotalCount();
            seen |= grading.hasInteresting;
            if (!grading.isPassed) {
                forbidden.add("forbidden, or broken off: " + result.status() + " " + grading.failureMessages);
            }
        }

        boolean isPowerless() {
            return weakened && samples > 0 && !seen;
        }

        List<String> faults() {
            List<String> faults = new ArrayList<>(forbidden);
            if (samples == 0) {
                faults.add("did not run");
            } else if (samples < required) {
                faults.add(String.format("too few samples: %,d are required", required));
            }
            if (isPowerless()) {
                faults.add("has no power: the bad outcome was never seen");
            }
            return faults;
        }
    }
}
