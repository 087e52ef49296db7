package io.k1s.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process of this program: the same Java, the same classes. */
final class ChildJvm {
    private ChildJvm() {}

    /** Standard error is that of this process; standard output is a pipe. */
    static Process start(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dk1s.fenced=true"));
        String classPath = System.getProperty("java.class.path");
        if (classPath.endsWith(".jar") && classPath.indexOf(java.io.File.pathSeparatorChar) < 0) {
            // The manifest of the jar allows native access, without a word on standard error.
            command.addAll(List.of("-jar", classPath));
        } else {
            command.addAll(List.of("-cp", classPath, Main.class.getName()));
        }
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new CommandException("a worker process cannot be started: " + e.getMessage(), e);
        }
    }
}
