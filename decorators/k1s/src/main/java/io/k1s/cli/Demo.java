package io.k1s.cli;

import io.k1s.registry.ShutdownConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One demonstration: the parent of the worker that is asked to stop, and of the process that counts what it left. */
final class Demo {
    private static final Duration START_TIME = Duration.ofSeconds(30);
    private static final Duration VERIFY_TIME = Duration.ofMinutes(10);
    /** A Ctrl-C on a terminal reaches the worker as well; one that is sent to this process alone does not. */
    private static final Duration SAME_CTRL_C = Duration.ofMillis(300);

    private final Plan plan;
    private final ShutdownConfig config;
    private final PrintWriter out;
    private final CompletableFuture<String> signal = new CompletableFuture<>();
    /** Completes with the first signal after the worker has ended. */
    private final CompletableFuture<String> verifyingSignal = new CompletableFuture<>();

    private volatile @Nullable Worker running;
    private volatile boolean verifying;

    /**
     * What to show.
     *
     * @param load the size of the load
     * @param after when the SIGTERM is sent; null for never
     * @param report the file for the report; null for none
     * @param store the folder of the store; null for a temporary one
     */
    record Plan(
            LoadOptions load,
            @Nullable Duration after,
            @Nullable Path report,
            @Nullable Path store) {}

    Demo(Plan plan, ShutdownConfig config, PrintWriter out) {
        this.plan = plan;
        this.config = config;
        this.out = out;
    }

    int run() throws InterruptedException {
        try (DemoFolder folder = DemoFolder.create(plan.store(), plan.report())) {
            SignalTrap.install(this::onSignal, "INT", "TERM", "HUP");
            Worker worker = start(folder);
            folder.keep();
            int workerCode = shutDownUnderLoad(worker, folder.report());
            int verifyCode = verify(folder);
            if (verifyCode != ExitCodes.OK) {
                return ExitCodes.FAILED;
            }
            if (workerCode == ExitCodes.OK) {
                folder.discard();
            }
            return workerCode;
        } catch (IOException e) {
            throw new CommandException("the demo's folder cannot be used: " + e, e);
        }
    }

    private Worker start(DemoFolder folder) throws InterruptedException {
        say(
                "demo",
                "%d writers, %d readers, 1 watcher, 2 controllers on RocksDB in %s; seed %d",
                plan.load().writers(),
                plan.load().readers(),
                folder.store(),
                plan.load().seed());
        long began = System.nanoTime();
        List<String> arguments = new ArrayList<>(
                List.of("run", "--store=" + folder.store(), "--journal=-", "--report=" + folder.report()));
        arguments.addAll(plan.load().arguments());
        Worker worker = Worker.start(arguments, folder.journal());
        running = worker;
        awaitStart(worker);
        say("worker", "pid %d is writing, %s after its start", worker.pid(), since(began));
        return worker;
    }

    private int shutDownUnderLoad(Worker worker, Path report) throws InterruptedException {
        String cause = awaitSignal(worker);
        long signalled = System.nanoTime();
        int code = worker.await(config.gracefulTimeout().plusSeconds(5));
        verifying = true;
        say("worker", "exited with code %d, %s after %s", code, since(signalled), cause);
        DrainSummary.read(report).forEach(line -> say("drain", "%s", line));
        return code;
    }

    private void awaitStart(Worker worker) throws InterruptedException {
        try {
            worker.started().get(START_TIME.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            worker.terminate();
            int code = worker.await(config.gracefulTimeout());
            throw new CommandException("the worker had not begun after " + Args.shown(START_TIME)
                    + " and was told to stop (exit code " + code + ")");
        } catch (ExecutionException | CancellationException e) {
            int code = worker.await(config.gracefulTimeout());
            throw new CommandException(
                    signal.isDone()
                            ? "it was told to stop before the worker had begun (exit code " + code + ")"
                            : "the worker did not start (exit code " + code + "); its reason is above");
        }
    }

    /** Waits for the user, or for the time to send the signal; returns what it was. */
    private String awaitSignal(Worker worker) throws InterruptedException {
        Duration after = plan.after();
        String cause;
        if (after == null) {
            // Above what is drawn.
            out.println("         press Ctrl-C to shut it down, a second time to cut it short");
        }
        try (LoadDisplay display = LoadDisplay.open(worker, after, out)) {
            display.start();
            CompletableFuture<?> first = CompletableFuture.anyOf(signal, worker.ended());
            if (after == null) {
                first.join();
            } else {
                first.get(after.toNanos(), TimeUnit.NANOSECONDS);
            }
            cause = signal.getNow("it ended by itself");
        } catch (TimeoutException e) {
            cause = "SIGTERM";
        } catch (ExecutionException e) {
            throw new AssertionError("completed only normally", e);
        }
        // The next one is the second, also if this one was not a signal that came from outside.
        signal.complete(cause);
        say("signal", "%s, %,d changes acknowledged so far", cause, worker.acknowledged());
        if (!cause.equals("SIGINT") || !hasBegun(worker)) {
            worker.terminate();
        }
        return cause;
    }

    private static boolean hasBegun(Worker worker) throws InterruptedException {
        try {
            worker.draining().get(SAME_CTRL_C.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException | ExecutionException | CancellationException e) {
            return false;
        }
    }

    /**
     * On a thread of the JVM's. A second TERM is the worker's too; a second Ctrl-C it gets from the terminal. After the worker
     * any signal ends the comparison.
     */
    private void onSignal(String name) {
        if (verifying) {
            verifyingSignal.complete(name);
            return;
        }
        Worker worker = running;
        if (!signal.complete("SIG" + name) && !name.equals("INT") && worker != null) {
            worker.terminate();
        }
    }

    private int verify(DemoFolder folder) throws InterruptedException {
        Process verifier = ChildJvm.startUnconfigured(
                List.of("verify", "--store=" + folder.store(), "--journal=" + folder.journal(), "--controllers"));
        say(
                "verify",
                "pid %d reopens the store, compares it with the journal of this process, and lets the controllers go on",
                verifier.pid());
        // A kill loses nothing of a store, and ends the output that is read below.
        CompletableFuture<Process> ended = verifier.onExit().orTimeout(VERIFY_TIME.toNanos(), TimeUnit.NANOSECONDS);
        var unused = CompletableFuture.anyOf(ended, verifyingSignal)
                .whenComplete((first, late) -> verifier.toHandle().destroyForcibly());
        String last = "";
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(verifier.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                last = line;
                boolean isResult = line.startsWith("acknowledged");
                if (isResult) {
                    out.println(DrainSummary.reconciles(folder.report()));
                }
                out.println(isResult ? line : "         " + line);
            }
        } catch (IOException e) {
            throw new CommandException("the result of the comparison cannot be read: " + e, e);
        }
        int code = verifier.waitFor();
        if (!last.startsWith("acknowledged")) {
            throw new CommandException("the comparison did not come to a result "
                    + (ended.isCompletedExceptionally()
                            ? "within " + Args.shown(VERIFY_TIME)
                            : "(exit code " + code + ")"));
        }
        return code;
    }

    private static String since(long nanos) {
        return Args.shown(Duration.ofMillis((System.nanoTime() - nanos) / 1_000_000));
    }

    private void say(String who, String format, Object... args) {
        out.printf(Locale.ROOT, "%-9s" + format + "%n", concat(who, args));
        out.flush();
    }

    private static Object[] concat(String first, Object[] rest) {
        List<Object> all = new ArrayList<>(List.of(rest));
        all.add(0, first);
        return all.toArray();
    }
}
