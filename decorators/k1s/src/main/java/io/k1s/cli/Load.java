package io.k1s.cli;

import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.TrackedStorage;
import io.k1s.storage.WatchEnded;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that use a store until their work is rejected. */
final class Load {
    private static final Logger LOG = LoggerFactory.getLogger(Load.class);
    private static final int PAGE = 100;

    final WorkMetrics jobs;
    final TrackedStorage storage;
    final Journal journal;
    final LongAdder writes = new LongAdder();
    final LongAdder moves = new LongAdder();
    final LongAdder reads = new LongAdder();
    final LongAdder events = new LongAdder();

    private final WorkRegistry registry;
    private final LoadOptions options;
    private final String prefix;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Load(WorkRegistry registry, WorkMetrics jobs, TrackedStorage storage, Journal journal, LoadOptions options) {
        this.registry = registry;
        this.jobs = jobs;
        this.storage = storage;
        this.journal = journal;
        this.options = options;
        // The revision keeps the keys of this load apart from those of earlier ones in the same store.
        this.prefix = "load/" + storage.revision() + "/";
    }

    String prefix() {
        return prefix;
    }

    @Nullable
    Throwable failure() {
        return failure.get();
    }

    void start() {
        journal.started(prefix);
        watch();
        SplittableRandom random = new SplittableRandom(options.seed());
        for (int i = 0; i < options.writers(); i++) {
            start("writer-" + i, new LoadWriter(this, prefix + "w" + i + "/", random.split()));
        }
        for (int i = 0; i < options.readers(); i++) {
            SplittableRandom mine = random.split();
            start("reader-" + i, () -> readUntilRejected(mine));
        }
        if (options.hang()) {
            start("hanging", Load.this::hang);
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
            // How every one of them ends: the gate has closed.
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private void failed(Throwable e) {
        if (failure.compareAndSet(null, e)) {
            var unused = registry.shutdown("the load failed: " + OneLine.of(e.getMessage()));
        }
    }

    private void readUntilRejected(SplittableRandom random) {
        while (true) {
            String some = prefix + "w" + random.nextInt(options.writers()) + "/k" + random.nextInt(100);
            List<KeyValue> page =
                    storage.list(ListOptions.prefix(some).withLimit(PAGE)).items();
            reads.increment();
            for (KeyValue listed : page) {
                read(listed.key());
            }
        }
    }

    private void read(String key) {
        try {
            storage.get(key);
        } catch (KeyNotFoundException e) {
            // Deleted since it was listed: an answer like any other.
        }
        reads.increment();
    }

    private void watch() {
        var unused =
                storage.watch(prefix, 0, event -> events.increment()).ended().thenAccept(this::watchEnded);
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
            jobs.run("an operation that never ends (--hang)", Load::waitForAnAnswerThatNeverComes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void waitForAnAnswerThatNeverComes() throws InterruptedException {
        new CountDownLatch(1).await();
    }
}
