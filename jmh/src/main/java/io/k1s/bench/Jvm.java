package io.k1s.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The JVMs that are measured: the same Java as this one, with the same class path and fixed settings. */
public final class Jvm {
    private static final String RESULT = "RESULT ";
    private static final int NATIVE_ACCESS_SINCE = 22;
    private static final int UNSAFE_WARNS_SINCE = 24;

    private final boolean nativeAccess;
    private final Path scratch;

    public Jvm(Options options) {
        this.nativeAccess = options.nativeAccess();
        this.scratch = options.target().toAbsolutePath();
    }

    /** The flags of every measured JVM: the collector that a server gets, in a heap of one size. */
    public List<String> flags() {
        List<String> flags =
                new ArrayList<>(List.of("-XX:+UseG1GC", "-Xms1g", "-Xmx1g", "-Dslf4j.internal.verbosity=ERROR"));
        if (nativeAccess && jdk() >= NATIVE_ACCESS_SINCE) {
            flags.add("--enable-native-access=ALL-UNNAMED");
        }
        if (jdk() >= UNSAFE_WARNS_SINCE) {
            // JMH and JOL use it, and each JVM would say so.
            flags.add("--sun-misc-unsafe-memory-access=allow");
        }
        return flags;
    }

    /** The whole command of one. */
    public List<String> command(List<String> moreFlags, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags());
        command.addAll(moreFlags);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Runs one to its end.
     *
     * @return the row that it gave to {@link #result}
     * @throws IOException if it failed, gave none, or took longer than the timeout and was killed
     */
    public Map<String, Object> run(int timeoutSeconds, List<String> moreFlags, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        Files.createDirectories(scratch);
        Path output = Files.createTempFile(scratch, "jvm", ".out");
        try {
            Process process = new ProcessBuilder(command(moreFlags, main, arguments))
                    .redirectOutput(output.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String what = main.getSimpleName() + " " + List.of(arguments);
            try {
                if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
                    throw new IOException(what + " took longer than " + timeoutSeconds + " s");
                }
            } finally {
                process.destroyForcibly().waitFor();
            }
            if (process.exitValue() != 0) {
                throw new IOException(what + " exited with " + process.exitValue() + ": " + Files.readString(output));
            }
            return Files.readAllLines(output).stream()
                    .filter(line -> line.startsWith(RESULT))
                    .findFirst()
                    .map(line -> Results.parse(line.substring(RESULT.length())))
                    .orElseThrow(() -> new IOException(what + " gave no result"));
        } finally {
            Files.delete(output);
        }
    }

    /** Called in a measured JVM: hands its row to the one that started it. */
    public static void result(Object... keysAndValues) {
        System.out.println(RESULT + Results.line(Results.row(keysAndValues)));
    }

    /** Which way the library chose in JVMs like these. */
    public String mode() throws IOException, InterruptedException {
        return (String) run(60, List.of(), Mode.class).get("mode");
    }

    /** The feature number of the JDK. */
    public static int jdk() {
        return Runtime.version().feature();
    }
}
