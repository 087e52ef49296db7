package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class FenceTest {
    @Test
    void oldJvmsAndOtherSystemsAreFenced() {
        assertThat(Fence.registeredBarrier(21, "Linux", 324)).isNull();
        assertThat(Fence.registeredBarrier(25, "Mac OS X", 324)).isNull();
        assertThat(Fence.registeredBarrier(25, "Linux", null)).isNull();
    }

    /** Asked as the choice was made, so with the same answer: a system call that the kernel carries out, or none. */
    @Test
    void theSystemCallIsThereWhereItWasChosen() throws Throwable {
        MethodHandle barrier = Fence.registeredBarrier(
                Runtime.version().feature(),
                System.getProperty("os.name"),
                Fence.systemCall(System.getProperty("os.arch")));
        if (Fence.ASYMMETRIC) {
            assertThat(barrier).isNotNull();
            assertThat((long) barrier.invokeExact(1 << 3))
                    .as("private expedited")
                    .isZero();
            assertThat((long) barrier.invokeExact(1 << 30))
                    .as("no such command")
                    .isNegative();
        } else {
            assertThat(barrier).isNull();
        }
    }

    /** 9999 is no system call: the kernel answers with an error, which is what a kernel without this one does. */
    @Test
    void systemCallThatFailsLeavesTheProcessFenced() {
        assertThat(Fence.registeredBarrier(25, "Linux", 9999)).isNull();
    }

    /** From the kernel's tables, where they differ. */
    @Test
    void systemCallHasTheNumberOfItsArchitecture() {
        assertThat(Fence.systemCall("amd64")).isEqualTo(324);
        assertThat(Fence.systemCall("x86_64")).isEqualTo(324);
        assertThat(Fence.systemCall("AArch64")).isEqualTo(283);
        assertThat(Fence.systemCall("riscv64")).isNull();
    }

    @Test
    void heavyFenceCanBeRepeated() {
        for (int i = 0; i < 1_000; i++) {
            Fence.heavy();
        }
        assertThat(Fence.mode()).isEqualTo(Fence.ASYMMETRIC ? "asymmetric" : "fenced");
    }

    /** The mode is chosen once in a process, so each has its own. */
    @Test
    void nativeAccessDecidesTheModeAndNothingIsPrinted() throws Exception {
        boolean possible = Runtime.version().feature() >= 22
                && System.getProperty("os.name").equals("Linux")
                && List.of("amd64", "aarch64").contains(System.getProperty("os.arch"));
        assertThat(modeOf()).isEqualTo("fenced");
        if (possible) {
            assertThat(modeOf("--enable-native-access=ALL-UNNAMED")).isEqualTo("asymmetric");
            assertThat(modeOf("--enable-native-access=ALL-UNNAMED", "-Dk1s.fenced=true"))
                    .isEqualTo("fenced");
        }
    }

    /** Prints the mode after a work and a close; run in a process of its own. */
    public static void main(String[] args) {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        metrics.startWork().succeed();
        metrics.close();
        System.out.print(Fence.mode());
    }

    private static String modeOf(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), FenceTest.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(Threads.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return output;
    }
}
