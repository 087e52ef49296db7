package io.k1s.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

/** Signals to other processes. */
public final class Signals {
    private Signals() {}

    /** Sends one by the shell's own {@code kill}: not every system has a program of that name. */
    public static void send(String name, long pid) throws IOException, InterruptedException {
        String command = "kill -s " + name + " " + pid;
        assertThat(new ProcessBuilder("sh", "-c", command).start().waitFor())
                .as(command)
                .isZero();
    }
}
