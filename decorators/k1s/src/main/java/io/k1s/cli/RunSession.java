package io.k1s.cli;

import io.k1s.client.TrackedClient;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.observe.ReportJson;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.TrackedStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One process under load, from the open of its store to the report of its shutdown. */
final class RunSession {
    private static final Logger LOG = LoggerFactory.getLogger(RunSession.class);
    /** What an exit may wait for a pipe that is not read. */
    private static final Duration PIPE_PATIENCE = Duration.ofSeconds(2);
    /** How much of the second between the hard deadline and the watchdog that may take. */
    private static final Duration BEFORE_WATCHDOG = Duration.ofMillis(600);

    private final Plan plan;
    private final ShutdownConfig config;
    private final Journal journal;
    private final WorkRegistry registry;
    private final WorkMetrics jobs;
    private volatile @Nullable DrainProbe probe;
    private volatile @Nullable Load load;
    private volatile @Nullable Shop shop;
    private volatile @Nullable DrainDisplay display;
    private volatile boolean failedToStart;

    /**
     * What to run.
     *
     * @param store its folder
     * @param load the size of the load
     * @param duration how long; null until a signal
     * @param journal the file; null for none
     * @param journalOnOutput whether the journal goes to standard output
     * @param report the file; null for none
     */
    record Plan(
            Path store,
            LoadOptions load,
            @Nullable Duration duration,
            @Nullable Path journal,
            boolean journalOnOutput,
            @Nullable Path report) {}

    RunSession(Plan plan, ShutdownConfig config) {
        this.plan = plan;
        this.config = config;
        this.registry = WorkRegistry.create(config);
        this.jobs = registry.component("jobs", ComponentOptions.dependsOn("client"));
        this.journal = openJournal(plan);
    }

    private static Journal openJournal(Plan plan) {
        if (plan.journalOnOutput()) {
            return Journal.onStandardOutput();
        }
        Path file = plan.journal();
        return file == null ? Journal.nowhere() : Journal.create(file);
    }

    int run() throws InterruptedException {
        journal.opened(plan.load().seed());
        CompletableFuture<Void> finished = registry.terminated().thenAccept(this::finish);
        var unused = registry.shutdownRequested().thenAccept(journal::draining);
        awaitBeforeExit(finished);
        registry.shutdownOnSignals();
        try {
            // The start is work too: a signal that comes now waits until the store is whole.
            jobs.run("open the store", this::start);
        } catch (WorkRejectedException e) {
            if (e.reason() != WorkRejectedException.Reason.CLOSED) {
                startFailed();
                throw new CommandException("the load cannot start: " + e.getMessage(), e);
            }
            // Otherwise the signal came first.
        } catch (RuntimeException | Error e) {
            startFailed();
            throw e;
        }
        ReportJson.preload();
        return await(finished);
    }

    private void startFailed() {
        failedToStart = true;
        Logs.silent();
        if (load == null) {
            // It says nothing, and the same command would be refused because of it.
            journal.remove();
        }
    }

    private void start() {
        StorageBackend store = StorePath.open(plan.store(), plan.load().sync());
        DrainProbe below = new DrainProbe(store);
        TrackedStorage storage;
        try {
            storage = Stores.register(registry, plan.store(), below);
        } catch (IllegalStateException signalled) {
            store.close();
            return;
        }
        var unused = storage.metrics().quiescence().thenRun(below::drained);
        probe = below;
        // Not before the store is ours: a run that is refused has reported nothing.
        ReportFile.deleteOld(plan.report());
        TrackedClient client;
        Shop controllers;
        try {
            client = TrackedClient.register(
                    registry, "client", Kinds.client(storage), ComponentOptions.dependsOn("storage"));
            controllers = Shop.register(registry, client);
        } catch (IllegalStateException signalled) {
            return;
        }
        shop = controllers;
        controllers.start();
        Load started = new Load(registry, jobs, client, storage.revision(), journal, plan.load());
        load = started;
        started.start();
        display = DrainDisplay.open(
                registry,
                plan.journalOnOutput()
                        ? null
                        : () -> journal.acknowledged() + " writes, " + started.reads.sum() + " reads");
        LOG.atInfo()
                .addKeyValue("store", plan.store())
                .addKeyValue("writers", plan.load().writers())
                .addKeyValue("readers", plan.load().readers())
                .addKeyValue("seed", plan.load().seed())
                .addKeyValue("hardDeadline", Args.shown(config.gracefulTimeout()))
                .log("load started");
    }

    private int await(CompletableFuture<Void> finished) throws InterruptedException {
        Duration duration = plan.duration();
        if (duration != null && registry.awaitTermination(duration).isEmpty()) {
            var unused = registry.shutdown("the duration of " + Args.shown(duration) + " is over");
        }
        // Not the report alone: this thread must not exit before the report is written.
        finished.join();
        ShutdownReport report = registry.terminated().join();
        if (isBySignal(report)) {
            return ExitCodes.LEFT_TO_THE_SIGNAL;
        }
        Load ran = load;
        Throwable failure = ran == null ? null : ran.failure();
        if (failure != null) {
            throw new CommandException("the load failed: " + failure.getMessage(), failure);
        }
        return report.exitCode();
    }

    /** On the thread of the shutdown, before the process exits. The file first: it is what must be there. */
    private void finish(ShutdownReport report) {
        if (failedToStart) {
            return;
        }
        DrainProbe below = probe;
        Load ran = load;
        if (below != null && isDrained(report, "storage")) {
            // The stage may still be on its way, on the thread that ended the last call.
            below.drained();
        }
        // Without a storage nothing could come too late.
        OptionalLong afterDrain = below == null ? OptionalLong.of(0) : below.callsAfterDrain();
        long writes = journal.acknowledged();
        long reads = ran == null ? 0 : ran.reads.sum();
        Path file = plan.report();
        if (file != null) {
            try {
                ReportFile.write(
                        file,
                        report,
                        new ReportFile.Extras(plan.load().seed(), writes, reads, afterDrain, reconciles()));
            } catch (IOException | RuntimeException e) {
                Bounded.run(
                        patience(),
                        "k1s-last-words",
                        () -> System.err.println(
                                "k1s run: the report cannot be written to " + file + ": " + OneLine.of(e.toString())));
            }
        }
        Bounded.run(
                patience(),
                "k1s-journal-end",
                () -> journal.ended(report.outcome().name(), afterDrain));
        DrainDisplay drawn = display;
        if (drawn != null) {
            // By itself: a terminal that takes nothing must not cost the summary, which may go elsewhere.
            Bounded.run(patience(), "k1s-display-end", drawn::close);
        }
        Bounded.run(patience(), "k1s-summary", () -> {
            if (!plan.journalOnOutput()) {
                System.out.print(report.describe());
                System.out.println(reconciles());
                System.out.println("writes " + writes + "  reads " + reads + "  admitted-after-close "
                        + Journal.shown(afterDrain));
                if (isBySignal(report) && System.out.checkError()) {
                    // Nobody else looks, and the exit code is the registry's.
                    System.err.println("k1s run: " + Output.BROKEN);
                }
            }
        });
    }

    private static boolean isDrained(ShutdownReport report, String component) {
        return report.components().stream().anyMatch(part -> part.name().equals(component) && part.drained());
    }

    private static boolean isBySignal(ShutdownReport report) {
        return report.reason().startsWith("SIG");
    }

    private Shop.Reconciles reconciles() {
        Shop controllers = shop;
        return controllers == null ? new Shop.Reconciles(0, 0, 0, 0) : controllers.reconciles();
    }

    /** After a second signal the registry waits for nobody; the report is to be written all the same. */
    private void awaitBeforeExit(CompletableFuture<Void> finished) {
        Runnable wait = () -> {
            try {
                finished.get(patience().toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                // The process is about to end, and this was the last that could be done for the report.
            }
        };
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(wait, "k1s-report"));
        } catch (IllegalStateException exiting) {
            // A signal came before the handlers: the process ends with nothing begun.
        }
    }

    /** Half of what is left, so that each of several pipes gets its turn. */
    private Duration patience() {
        Duration half = registry.timeLeft().plus(BEFORE_WATCHDOG).dividedBy(2);
        return half.compareTo(PIPE_PATIENCE) < 0 ? half : PIPE_PATIENCE;
    }
}
