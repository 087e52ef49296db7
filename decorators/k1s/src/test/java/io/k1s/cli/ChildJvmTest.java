package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
}
