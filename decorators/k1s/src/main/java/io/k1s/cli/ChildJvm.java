package io.k1s.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Another process of this program: the same Java, the same classes. */
final class ChildJvm {
    private static final List<String> PORTS =
            List.of("-agentlib:jdwp", "-Xrunjdwp", "-Dcom.sun.management.jmxremote.port");

    /** Where options of Java come from: our script, the launcher of the JDK, and any JVM. */
    private static final List<String> OPTIONS =
            List.of("K1S_JAVA_OPTS", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

    /** One option as a JVM reads them: quotes may be around it or within, and white space within quotes. */
    private static final Pattern OPTION = Pattern.compile("(?:[^\\s\"']|\"[^\"]*\"|'[^']*')+");

    private ChildJvm() {}

    /**
     * Java and its options, those of K1S_JAVA_OPTS last, as the script at the root has them. Not all that this process was
     * started with: what JAVA_TOOL_OPTIONS says would be there twice. A port cannot be opened twice either.
     */
    static List<String> java(@Nullable String options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dk1s.fenced=true"));
        if (options != null) {
            Pattern.compile("\\s+")
                    .splitAsStream(options)
                    .filter(option -> !option.isEmpty())
                    .filter(option -> PORTS.stream().noneMatch(option::startsWith))
                    .forEach(command::add);
        }
        return command;
    }

    /** Standard error is that of this process; standard output is a pipe. */
    static Process start(List<String> arguments) {
        return start(new ProcessBuilder(), arguments);
    }

    /**
     * The same, but its shutdown is as nobody has configured it: what is configured is meant for the process that is shut down
     * to be seen, whose report it would replace by its own.
     */
    static Process startUnconfigured(List<String> arguments) {
        ProcessBuilder builder = new ProcessBuilder();
        removeShutdown(builder.environment());
        return start(builder, arguments);
    }

    static void removeShutdown(Map<String, String> environment) {
        environment.keySet().removeIf(name -> name.startsWith("K1S_SHUTDOWN_"));
        for (String options : OPTIONS) {
            environment.computeIfPresent(
                    options, (name, value) -> OPTION.matcher(value).replaceAll(ChildJvm::unlessOfShutdown));
        }
    }

    private static String unlessOfShutdown(MatchResult option) {
        boolean isOfShutdown = option.group().replaceAll("[\"']", "").startsWith("-Dk1s.shutdown.");
        return isOfShutdown ? "" : Matcher.quoteReplacement(option.group());
    }

    private static Process start(ProcessBuilder builder, List<String> arguments) {
        List<String> command = java(builder.environment().get("K1S_JAVA_OPTS"));
        String classPath = System.getProperty("java.class.path");
        if (classPath.endsWith(".jar") && classPath.indexOf(java.io.File.pathSeparatorChar) < 0) {
            // The manifest of the jar allows native access, without a word on standard error.
            command.addAll(List.of("-jar", classPath));
        } else {
            command.addAll(List.of("-cp", classPath, Main.class.getName()));
        }
        command.addAll(arguments);
        try {
            return builder.command(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new CommandException("a worker process cannot be started: " + e.getMessage(), e);
        }
    }
}
