package io.k1s.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Where and how a run was made. */
final class Machine {
    private Machine() {}

    private static final String DIRTY = "-dirty";

    /** Notes a run that has ended beside its rows: as it was when it {@link #begun began}. */
    static void note(Options options, Map<String, Object> run) throws IOException {
        run.put("ended", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        Results.merge(runs(options), Results.RUNS, List.of(run));
    }

    /** Tells whether the measured code is that of its commit. */
    static boolean isCommitted(Map<String, Object> run) {
        return !("" + run.get("commit")).endsWith(DIRTY);
    }

    /** A run with this seed that was another, here or on the page: its rows would be taken for those of the new one. */
    static Optional<String> otherRunWithSeed(Options options, Map<String, Object> run) throws IOException {
        Optional<String> here = otherIn(runs(options), run);
        return here.isPresent() ? here : otherIn(Report.json(Report.measured(options.docs()), Results.RUNS), run);
    }

    /** The same of the runs in a file. */
    static Optional<String> otherIn(Path runs, Map<String, Object> run) throws IOException {
        return Results.read(runs).stream()
                .filter(noted -> isSame(noted, run, Results.RUN, "set", "jdk", "mode"))
                .filter(noted -> !isSame(noted, run, "command", "commit"))
                .map(noted -> noted.get("command") + " at " + noted.get("commit") + " in " + runs)
                .findFirst();
    }

    private static boolean isSame(Map<String, Object> one, Map<String, Object> other, String... keys) {
        return Stream.of(keys).allMatch(key -> String.valueOf(one.get(key)).equals(String.valueOf(other.get(key))));
    }

    private static Path runs(Options options) {
        return options.target().resolve(Results.RUNS + ".json");
    }

    /** A run that begins now: by its end somebody may have committed more. */
    static Map<String, Object> begun(Options options, String mode) {
        return Results.row(
                Results.RUN,
                options.seed(),
                "set",
                options.bench(),
                "form",
                options.form().name().toLowerCase(java.util.Locale.ROOT),
                "rows",
                String.join(",", options.rows()),
                "jdk",
                Jvm.jdk(),
                "mode",
                mode,
                "runtime",
                System.getProperty("java.runtime.version") + " " + System.getProperty("java.vendor"),
                "flags",
                String.join(" ", new Jvm(options).flags()),
                "command",
                command(options),
                "commit",
                commit(),
                "cpu",
                cpu(),
                "cores",
                Runtime.getRuntime().availableProcessors(),
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
    }

    /** The command of the run; on other code it is repeated without its seed. */
    static String command(Options options) {
        List<String> command = new ArrayList<>(List.of("mvn -pl jmh -am -DskipTests -Pbenchmarks verify"));
        command.add("-Dbench=" + options.bench());
        if (options.form() != Form.FULL) {
            command.add("-Dform=" + options.form().name().toLowerCase(java.util.Locale.ROOT));
        }
        if (!options.rows().isEmpty()) {
            String rows = "-Drows=" + String.join(",", options.rows());
            command.add(rows.contains(" ") ? '"' + rows + '"' : rows);
        }
        if (!options.threads().isEmpty()) {
            command.add("-Dthreads="
                    + String.join(
                            ",", options.threads().stream().map(String::valueOf).toList()));
        }
        if (options.detailed().size() == 2) {
            command.add("-Ddetailed=both");
        } else if (!options.detailed().get(0)) {
            command.add("-Ddetailed=false");
        }
        if (options.processes().isPresent()) {
            command.add("-Dprocesses=" + options.processes().getAsInt());
        }
        if (!options.nativeAccess()) {
            command.add("-Dnative=false");
        }
        return String.join(" ", command) + " -Dseed=" + options.seed();
    }

    /**
     * Of the code that is measured, which a checkout without its history cannot tell. A report that is written between two runs
     * changes the docs alone.
     */
    private static String commit() {
        try {
            String commit = git("describe", "--always");
            String changed = git("status", "--porcelain", "--untracked-files=no", "--", ":(top)", ":(top,exclude)docs");
            return commit.isEmpty() ? "unknown" : changed.isEmpty() ? commit : commit + DIRTY;
        } catch (IOException e) {
            return "unknown: " + e.getMessage();
        }
    }

    private static String git(String... arguments) throws IOException {
        Process git = new ProcessBuilder(
                        Stream.concat(Stream.of("git"), Stream.of(arguments)).toList())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    private static String cpu() {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return "unknown";
        }
        try {
            return Files.readAllLines(info).stream()
                    .filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown: " + e;
        }
    }
}
