package io.k1s.registry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Writes the readable report where the configuration says. What cannot be written, or not in time, is logged. */
final class ReportFiles {
    /** What a kubelet reads of a termination log. */
    static final int TERMINATION_LOG_BYTES = 4096;

    private static final String MORE = "\n(more in the log and the report file)\n";

    private final ShutdownConfig config;
    private final Isolation isolation;
    private final ShutdownLog log;

    ReportFiles(ShutdownConfig config, Isolation isolation, ShutdownLog log) {
        this.config = config;
        this.isolation = isolation;
        this.log = log;
    }

    /** Returns when the files are there, or after that time: a disk can hang, and so can an exception that is asked for its text. */
    void write(Supplier<String> text, Duration atMost) {
        CompletableFuture<?> written = CompletableFuture.allOf(
                isolation.start(() ->
                        config.reportFile().ifPresent(file -> attempt(file, () -> replace(file, text.get())))),
                isolation.start(() -> config.terminationLog()
                        .ifPresent(file -> attempt(file, () -> Files.write(file, shortened(text.get()))))));
        if (!EventQueue.await(written, atMost)) {
            log.warn("the report could not be written within " + Texts.shown(atMost));
        }
    }

    void attempt(Path file, Isolation.Action writing) {
        try {
            writing.run();
        } catch (Throwable t) {
            log.fileNotWritten(file, t);
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Path temporary = Files.createTempFile(folder, "." + file.getFileName(), ".tmp");
        try {
            Files.writeString(temporary, text);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Cut between characters. */
    static byte[] shortened(String text) {
        byte[] all = text.getBytes(StandardCharsets.UTF_8);
        if (all.length <= TERMINATION_LOG_BYTES) {
            return all;
        }
        byte[] more = MORE.getBytes(StandardCharsets.UTF_8);
        int end = TERMINATION_LOG_BYTES - more.length;
        while ((all[end] & 0xC0) == 0x80) {
            end--;
        }
        byte[] cut = Arrays.copyOf(all, end + more.length);
        System.arraycopy(more, 0, cut, end, more.length);
        return cut;
    }
}
