package io.k1s.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A worker process under load, whose journal this process keeps: it has all that was acknowledged, however the worker ends. */
final class Worker {
    private final Process process;
    private final Thread reader;
    private final CompletableFuture<String> started = new CompletableFuture<>();
    private final CompletableFuture<String> draining = new CompletableFuture<>();
    private volatile long acknowledged;
    private volatile @Nullable IOException failure;

    /** Of a process whose standard output is a journal. */
    Worker(Process process, Path journal) {
        this.process = process;
        this.reader = new Thread(() -> keep(journal), "journal");
        reader.setDaemon(true);
        reader.start();
    }

    static Worker start(List<String> arguments, Path journal) {
        return new Worker(ChildJvm.start(arguments), journal);
    }

    private void keep(Path journal) {
        try (BufferedReader in =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                Writer out = Files.newBufferedWriter(journal, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.write(line);
                out.write('\n');
                note(line);
            }
        } catch (IOException e) {
            failure = e;
            // Without a reader the worker would block; it is told by the broken pipe.
            process.toHandle().destroy();
        } finally {
            started.cancel(false);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others only look
    private void note(String line) {
        if (line.startsWith("A ")) {
            acknowledged++;
            if (!line.startsWith(Journal.IMPORTED)) {
                started.complete(line);
            }
        } else if (line.startsWith("D ")) {
            draining.complete(line.substring(2));
        }
    }

    long pid() {
        return process.pid();
    }

    /** Completes with the first change of the load, its import aside; is cancelled if the worker ends before that. */
    CompletableFuture<String> started() {
        return started;
    }

    /** Completes with the reason when the worker's shutdown has begun. */
    CompletableFuture<String> draining() {
        return draining;
    }

    /** Completes when the process has ended. */
    CompletableFuture<Process> ended() {
        return process.onExit();
    }

    long acknowledged() {
        return acknowledged;
    }

    /** SIGTERM. Not {@code Process.destroy()}, which would close the pipe that the journal comes through. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Waits for the worker and the last line of its journal; kills it if it does not end in time. */
    int await(Duration atMost) throws InterruptedException {
        boolean ended = process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS);
        if (!ended) {
            // As in terminate: what is in the pipe still belongs to the journal.
            process.toHandle().destroyForcibly();
            process.waitFor(10, TimeUnit.SECONDS);
        }
        reader.join(TimeUnit.SECONDS.toMillis(30));
        IOException problem = failure;
        if (problem != null) {
            throw new CommandException("the journal cannot be kept: " + problem, problem);
        }
        return ended ? process.exitValue() : ExitCodes.HUNG;
    }
}
