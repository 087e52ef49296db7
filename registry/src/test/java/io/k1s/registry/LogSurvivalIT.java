package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Logging backends with shutdown hooks of their own, which close them as soon as the JVM begins to exit. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LogSurvivalIT {
    /** Who logs. Both keep what they log in memory until they are closed. */
    enum Backend {
        LOGBACK("-Dlogback.configurationFile=logback-own-hook.xml"),
        LOG4J2("-Dlog4j2.configurationFile=log4j2-own-hook.xml");

        private final String configuration;

        Backend(String configuration) {
            this.configuration = configuration;
        }

        /** That of the tests, with the one backend or the other. */
        String classPath() throws IOException {
            String tests = System.getProperty("java.class.path");
            if (this == LOGBACK) {
                return tests;
            }
            try (Stream<Path> jars = Files.list(Path.of(System.getProperty("basedir", "."), "target", "log4j"))) {
                List<String> log4j = jars.map(Path::toString).toList();
                assertThat(log4j).hasSize(3);
                return Stream.concat(
                                Arrays.stream(tests.split(File.pathSeparator))
                                        .filter(entry -> !entry.contains("logback-c")),
                                log4j.stream())
                        .collect(Collectors.joining(File.pathSeparator));
            }
        }
    }

    @TempDir
    Path folder;

    private ChildProcess start(Backend backend, String scenario) throws IOException {
        return ChildProcess.of(folder, scenario)
                .classPath(backend.classPath())
                .option(backend.configuration)
                .option("-Dk1s.test.logFile=" + folder.resolve("log"))
                .set("reportFile", folder.resolve("report.txt").toString())
                .start();
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void nothingThatAShutdownLogsIsLostAfterASignal(Backend backend) throws Exception {
        try (ChildProcess child = start(backend, "slow").awaitReady()) {
            child.signal("TERM");

            assertThat(child.exitCode()).isZero();
            List<String> said = child.text("log")
                    .lines()
                    .map(line -> line.replaceFirst("^\\w+ ", ""))
                    .toList();
            assertThat(said).first().asString().startsWith("shutdown started");
            assertThat(said).last().asString().startsWith("shutdown finished");
            assertThat(said.stream().filter(line -> line.startsWith("component drained")))
                    .hasSize(2);
            assertThat(said).anyMatch(line -> line.startsWith("waiting for work to end"));
            assertThat(child.text("report.txt")).isEqualTo(child.report()).contains("COMPLETE");
        }
    }

    /** There the hooks race, and the log may have been closed first: the file is what can be relied on. */
    @ParameterizedTest
    @EnumSource(Backend.class)
    void theReportFileIsThereAfterSystemExit(Backend backend) throws Exception {
        try (ChildProcess child = start(backend, "exit-named")) {
            assertThat(child.exitCode()).isEqualTo(3);
            assertThat(child.text("report.txt"))
                    .startsWith("shutdown (System.exit): COMPLETE")
                    .contains("abandoned by System.exit: \"calls exit\"");
        }
    }
}
