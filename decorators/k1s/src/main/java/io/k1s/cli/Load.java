package io.k1s.cli;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectList;
import io.k1s.client.ObjectNotFoundException;
import io.k1s.client.ObjectQuery;
import io.k1s.client.TrackedClient;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.CompactedException;
import io.k1s.storage.WatchEnded;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that use a client until their work is rejected. */
final class Load {
    private static final Logger LOG = LoggerFactory.getLogger(Load.class);
    private static final int PAGE = 100;

    final WorkMetrics jobs;
    final TrackedClient client;
    final Journal journal;
    final LongAdder moves = new LongAdder();
    final LongAdder reads = new LongAdder();
    final LongAdder events = new LongAdder();

    private final WorkRegistry registry;
    private final LoadOptions options;
    private final String namespace;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    /** Done when the operation that never ends has begun, or was not admitted. */
    private final CompletableFuture<@Nullable Void> hanging = new CompletableFuture<>();

    Load(
            WorkRegistry registry,
            WorkMetrics jobs,
            TrackedClient client,
            long revision,
            Journal journal,
            LoadOptions options) {
        this.registry = registry;
        this.jobs = jobs;
        this.client = client;
        this.journal = journal;
        this.options = options;
        // The revision keeps the objects of this load apart from those of earlier ones in the same store.
        this.namespace = "load-" + revision;
    }

    @Nullable
    Throwable failure() {
        return failure.get();
    }

    void start() {
        if (options.hang()) {
            start("hanging", this::hang);
            hanging.join();
        }
        String prefix = Kinds.ITEM.keyPrefix() + namespace + "/";
        Catalogue.importInto(client, journal, Catalogue.categories(namespace, LoadItem.CATEGORIES));
        journal.started(prefix);
        watch();
        start("importer", this::importCatalogue);
        SplittableRandom random = new SplittableRandom(options.seed());
        for (int i = 0; i < options.writers(); i++) {
            start("writer-" + i, new LoadWriter(this, prefix + "w" + i + "-", random.split()));
        }
        for (int i = 0; i < options.readers(); i++) {
            start("reader-" + i, this::readUntilRejected);
        }
    }

    /** Daemons: the shutdown waits for the work, and nothing else has to wait for the threads. */
    private void start(String name, Runnable body) {
        Thread thread = new Thread(() -> guarded(body), name);
        thread.setDaemon(true);
        thread.start();
    }

    private void guarded(Runnable body) {
        try {
            body.run();
        } catch (WorkRejectedException e) {
            if (e.reason() != WorkRejectedException.Reason.CLOSED) {
                failed(e);
            }
            // Otherwise it is how every one of them ends.
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private void failed(Throwable e) {
        if (failure.compareAndSet(null, e)) {
            // After a signal nobody asks for it any more.
            LOG.atError().setCause(e).log("the load failed");
            var unused = registry.shutdown("the load failed: " + OneLine.of(e.getMessage()));
        }
    }

    private void readUntilRejected() {
        String token = "";
        while (true) {
            try {
                ObjectList<GenericKubernetesResource> page = client.list(
                        Kinds.ITEM,
                        ObjectQuery.inNamespace(namespace).limit(PAGE).continuing(token));
                reads.increment();
                page.items().forEach(item -> read(ObjectKey.of(item)));
                token = page.continueToken();
            } catch (CompactedException e) {
                // The writers were faster than the history is kept: the list begins again.
                token = "";
            }
        }
    }

    private void read(ObjectKey key) {
        try {
            client.get(Kinds.ITEM, key);
        } catch (ObjectNotFoundException e) {
            // Deleted since it was listed: an answer like any other.
        }
        reads.increment();
    }

    private void importCatalogue() {
        for (List<GenericKubernetesResource> group : Catalogue.byCategory()) {
            String name = group.get(0).getMetadata().getName();
            jobs.run("import " + name, () -> Catalogue.importInto(client, journal, group));
        }
    }

    private void watch() {
        var unused = client.watch(Kinds.ITEM, ObjectQuery.inNamespace(namespace), "", event -> events.increment())
                .ended()
                .thenAccept(this::watchEnded);
    }

    private void watchEnded(WatchEnded ended) {
        LOG.atInfo()
                .addKeyValue("reason", ended.reason())
                .addKeyValue("lastRevision", ended.lastRevision())
                .addKeyValue("events", events.sum())
                .log("watch ended");
        if (ended.reason() == WatchEnded.Reason.OVERFLOW || ended.reason() == WatchEnded.Reason.COMPACTED) {
            guarded(this::watch);
        }
    }

    private void hang() {
        try {
            jobs.run("an operation that never ends (--hang)", () -> {
                hanging.complete(null);
                waitForAnAnswerThatNeverComes();
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            hanging.complete(null);
        }
    }

    private static void waitForAnAnswerThatNeverComes() throws InterruptedException {
        new CountDownLatch(1).await();
    }
}
