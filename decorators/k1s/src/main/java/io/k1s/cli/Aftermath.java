package io.k1s.cli;

import io.k1s.client.TrackedClient;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.TrackedStorage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** The controllers of the next start, which do what an earlier one has left behind. */
final class Aftermath {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int SHOWN = 5;

    private Aftermath() {}

    /** Runs the controllers until every status is right, says so, and shuts down; false if that did not come about. */
    static boolean converge(Path store, PrintWriter out) throws InterruptedException {
        // What it prints is the result; that it shuts down, too, is not news.
        Logs.quiet();
        WorkRegistry registry = WorkRegistry.create();
        TrackedStorage storage = TrackedStorage.register(registry, "storage", StorePath.open(store, false));
        try {
            TrackedClient client = TrackedClient.register(
                    registry, "client", Kinds.client(storage), ComponentOptions.dependsOn("storage"));
            Shop shop = Shop.register(registry, client);
            Convergence convergence = Convergence.of(client);
            long began = System.nanoTime();
            shop.start();
            boolean right = convergence.await(PATIENCE);
            Duration took = Duration.ofMillis((System.nanoTime() - began) / 1_000_000);
            out.printf(
                    Locale.ROOT,
                    "%s    %,d categories and %,d items %s, %s after the controllers started; %,d were left behind%n",
                    right ? "counts" : "wrong ",
                    convergence.categories(),
                    convergence.items(),
                    right ? "are right" : "are not all right",
                    Args.shown(took),
                    convergence.leftBehind());
            convergence.wrong().stream().limit(SHOWN).forEach(each -> out.println("wrong    status of " + each));
            return right;
        } finally {
            requireComplete(registry.shutdown("all is right").join());
        }
    }

    private static void requireComplete(ShutdownReport report) {
        if (!report.isComplete()) {
            throw new CommandException("the controllers did not shut down:\n" + report.describe());
        }
    }
}
