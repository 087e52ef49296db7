package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildJvmTest {
    @Test
    void optionsOfTheUserComeLast() {
        assertThat(ChildJvm.java(" -Xmx64m  -Dk1s.fenced=false ")).endsWith("-Xmx64m", "-Dk1s.fenced=false");
    }

    @Test
    void withoutOptionsThereAreThoseOfTheScript() {
        assertThat(ChildJvm.java(null)).isEqualTo(ChildJvm.java("")).contains("-Dk1s.fenced=true");
    }

    @Test
    void portsAreLeftToTheParent() {
        assertThat(ChildJvm.java("-agentlib:jdwp=transport=dt_socket,server=y,address=5005 -Xmx64m"
                        + " -Dcom.sun.management.jmxremote.port=9010"))
                .endsWith("-Dk1s.fenced=true", "-Xmx64m");
    }

    @Test
    void configurationOfAShutdownIsTakenOutOfAnEnvironmentAndNothingElse() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "K1S_SHUTDOWN_REPORT_FILE",
                "/tmp/r.txt",
                "K1S_JAVA_OPTS",
                "-Xmx64m -Dk1s.shutdown.drainDelay=1s -Dk1s.fenced=false",
                "JAVA_TOOL_OPTIONS",
                "-Dk1s.shutdown.terminationLog=/tmp/t '-Dk1s.shutdown.gracefulTimeout=10s'",
                "JDK_JAVA_OPTIONS",
                "\"-Dk1s.shutdown.reportFile=/tmp/a b\" '-Da=b$1 c'",
                "HOME",
                "/root"));
        ChildJvm.removeShutdown(environment);
        assertThat(environment)
                .isEqualTo(Map.of(
                        "K1S_JAVA_OPTS",
                        "-Xmx64m  -Dk1s.fenced=false",
                        "JAVA_TOOL_OPTIONS",
                        " ",
                        "JDK_JAVA_OPTIONS",
                        " '-Da=b$1 c'",
                        "HOME",
                        "/root"));
    }
}
