package io.k1s.metrics;

import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * <p>Arguments: the build folder, which has the jar and keeps the results; the form; a regular expression that finds the tests
 * by name; whether to take up a run of the same jar, JDK and mode that was broken off: what it has seen counts; and whether to
 * choose the fenced mode on a JDK that would have the asymmetric one. The short form gives every test a tenth of a second in its
 * JVM, and more if it does not have a hundred samples by then, or a weakened variant has not failed. The full form goes on until
 * a test of the core has 10^8 samples, one of the registry, which may start a shutdown for each, 10^6.
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
    /** How long a test runs at most before its results are read. */
    private static final int PIECE_SECONDS = 60;
    /** Seconds until a test has seen enough that saw nothing. */
    private static final long NEVER = Long.MAX_VALUE;
    /** How often a test is run again that has shown too little: each time longer. */
    private static final int ROUNDS = 6;

    private final Path jar;
    private final Path folder;
    private final List<String> tests;
    private final boolean full;
    /** Of the JVMs that run tests. */
    private final List<String> flags;
    /** What {@link Fence} chose there. */
    private final String mode;
    /** In all JVMs of a test together, when it ran last. */
    private final Map<String, Double> samplesPerSecond = new TreeMap<>();
    /** What all runs so far have shown of each test. */
    private Map<String, Verdict> verdicts = Map.of();

    private int exit;
    private int runs;

    private StressRun(Path target, boolean full, Pattern selected, boolean fenced) throws Exception {
        this.full = full;
        // What the annotation processor listed when this jar was built.
        this.tests = TestList.tests().stream()
                .filter(name -> selected.matcher(name).find())
                .sorted()
                .toList();
        this.jar = target.resolve("jcstress.jar");
        this.folder = target.resolve("jcstress-run");
        // Where it can be enabled, native access chooses the asymmetric mode: see Fence.
        boolean asymmetric = !fenced && Runtime.version().feature() >= 22;
        this.flags = List.of(
                "-Xmx256m",
                "-Dslf4j.internal.verbosity=ERROR",
                asymmetric ? "--enable-native-access=ALL-UNNAMED" : "-Dk1s.fenced=" + fenced);
        this.mode = modeWith(jar, flags);
        if (!mode.equals(asymmetric ? "asymmetric" : "fenced")) {
            throw new IllegalStateException("the mode on JDK " + Runtime.version() + " with " + flags + " is " + mode
                    + ": what was to be stressed is the other one; -Dstress.fenced=true asks for the fenced one");
        }
    }

    private static String modeWith(Path jar, List<String> flags) throws Exception {
        List<String> command = new ArrayList<>(List.of(java(), "-cp", jar.toString()));
        command.addAll(flags);
        command.add(Mode.class.getName());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said.strip();
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    public static void main(String[] args) throws Exception {
        boolean full = switch (args[1]) {
            case "short" -> false;
            case "full" -> true;
            default -> throw new IllegalArgumentException("form \"" + args[1] + "\" is not allowed: short or full");
        };
        boolean fenced = Boolean.parseBoolean(args[4]);
        StressRun run = new StressRun(Path.of(args[0]).toAbsolutePath(), full, Pattern.compile(args[2]), fenced);
        if (run.tests.isEmpty()) {
            throw new IllegalArgumentException("no test has a name with \"" + args[2] + "\"");
        }
        if (Boolean.parseBoolean(args[3])) {
            run.keepOldResults();
        } else {
            run.deleteOldResults();
        }
        run.begin();
        run.goOn();
        System.exit(run.report() ? 0 : 1);
    }

    private void begin() throws Exception {
        List<String> missing =
                tests.stream().filter(test -> !verdictOf(test).isEnough()).toList();
        System.out.println(
                missing.size() + " tests, " + SHORT_MILLIS * SHORT_ITERATIONS + " ms in each JVM; output in " + folder);
        if (!missing.isEmpty()) {
            run(SHORT_MILLIS, SHORT_ITERATIONS, missing);
        }
    }

    /** Repeats what has too few samples, or too few to show a weakened variant's bad outcome: rare on a busy machine. */
    private void goOn() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            List<String> together = new ArrayList<>();
            List<String> alone = new ArrayList<>();
            for (Map.Entry<String, Verdict> test : verdicts.entrySet()) {
                Verdict verdict = test.getValue();
                // What never ran will not do it now.
                if (verdict.samples > 0 && !verdict.isEnough()) {
                    // Its speed is not known before the second round: the short run was mostly warm-up.
                    long left = secondsLeft(test.getKey());
                    boolean isLong = round > 0 && left > 1 && left < NEVER;
                    (isLong ? alone : together).add(test.getKey());
                }
            }
            if (!together.isEmpty()) {
                System.out.println(together.size() + " tests go on, " + (1 << round) + " s in each JVM");
                run(LONG_MILLIS, 1 << round, together);
            }
            for (int i = 0; i < alone.size(); i++) {
                finish(alone.get(i), (i + 1) + " of " + alone.size());
            }
        }
    }

    /** In pieces, since the machine may be slow for a while. */
    private void finish(String test, String position) throws Exception {
        long left = secondsLeft(test);
        while (left > 0 && left < NEVER) {
            System.out.println(position + ": " + test + " goes on, " + left + " s in each JVM");
            run(LONG_MILLIS, (int) Math.min(left, PIECE_SECONDS), List.of(test));
            left = secondsLeft(test);
        }
    }

    /** How long a test has to go on in each JVM, at the speed that it had last. */
    private long secondsLeft(String test) {
        Verdict verdict = verdictOf(test);
        long missing = verdict.required - verdict.samples;
        double perSecond = samplesPerSecond.getOrDefault(test, 0.0);
        return missing <= 0 ? 0 : perSecond == 0 ? NEVER : (long) Math.ceil(missing / perSecond);
    }

    private Verdict verdictOf(String test) {
        return Objects.requireNonNull(verdicts.get(test));
    }

    /** Prints every test and, last, the count. */
    private boolean report() {
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
        System.out.printf(
                "%,d samples of %d tests on JDK %s, %s mode%n", samples, verdicts.size(), Runtime.version(), mode);
        System.out.println(good + " passed, " + bad + " failed");
        return bad == 0 && good > 0;
    }

    private void run(int time, int iterations, List<String> chosen) throws Exception {
        runs++;
        // jcstress/mutants/check repeats these flags.
        List<String> command = new ArrayList<>(List.of(java(), "-jar", jar.toString()));
        command.addAll(
                List.of("-m", "quick", "-sc", "false", "-af", "GLOBAL", "-f", "1", "-fsm", "1", "-pth", "false"));
        command.addAll(List.of("-strideSize", "" + STRIDE_SIZE, "-strideCount", "" + STRIDE_COUNT));
        command.addAll(List.of("-jvmArgs", String.join(" ", flags)));
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
        Map<String, Verdict> before = verdicts;
        verdicts = read();
        for (String test : chosen) {
            long more = verdictOf(test).samples - Objects.requireNonNull(before.get(test)).samples;
            samplesPerSecond.put(test, more * 1000.0 / (time * iterations));
        }
    }

    private Map<String, Verdict> read() throws IOException, ClassNotFoundException {
        Map<String, Verdict> read = new TreeMap<>();
        for (String name : tests) {
            read.put(name, new Verdict(name, full));
        }
        InProcessCollector collector = new InProcessCollector();
        for (File file : results()) {
            try {
                DiskReadCollector reader = new DiskReadCollector(file.getPath(), collector);
                try {
                    reader.dump();
                } finally {
                    reader.close();
                }
            } catch (EOFException e) {
                // the end of the file, which has no other mark, also where it was cut off
            }
        }
        for (TestResult result : collector.getTestResults()) {
            Verdict verdict = read.get(result.getName());
            if (verdict != null) {
                verdict.add(result);
            }
        }
        return read;
    }

    private List<File> results() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".bin.gz"))
                    .map(Path::toFile)
                    .toList();
        }
    }

    private void deleteOldResults() throws IOException, ClassNotFoundException {
        Files.createDirectories(folder);
        for (File file : results()) {
            Files.delete(file.toPath());
        }
        Files.writeString(identityFile(), identity());
        verdicts = read();
    }

    private void keepOldResults() throws IOException, ClassNotFoundException {
        if (!Files.exists(identityFile()) || !Files.readString(identityFile()).equals(identity())) {
            throw new IllegalArgumentException("no results of " + jar + " are in " + folder
                    + ": only a run of the same jar, JDK and mode can be taken up");
        }
        verdicts = read();
    }

    private Path identityFile() {
        return folder.resolve("run.txt");
    }

    /** What all results in the folder have in common: one jar on one JDK in one mode. */
    private String identity() throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(jar))) + " " + Runtime.version() + " "
                    + mode;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has it", e);
        }
    }

    /** Says which mode a JVM with its flags has. */
    static final class Mode {
        private Mode() {}

        public static void main(String[] args) {
            System.out.println(Fence.mode());
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

        boolean isEnough() {
            return samples >= required && !isPowerless();
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
