package io.k1s.cli;

import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.UpdateFunction;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchListener;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A storage below the tracked one that counts the calls it should never get: those that arrive, or are still running, when
 * the tracked one has reported to be drained. It shares no counter with what it watches over.
 */
final class DrainProbe implements StorageBackend {
    private final StorageBackend backend;
    private final AtomicLong running = new AtomicLong();
    private final AtomicLong afterDrain = new AtomicLong();
    private final AtomicBoolean drained = new AtomicBoolean();

    DrainProbe(StorageBackend backend) {
        this.backend = backend;
    }

    /** To be called when the storage above is reported drained; the first call counts. */
    void drained() {
        if (drained.compareAndSet(false, true)) {
            afterDrain.addAndGet(running.get());
        }
    }

    /** Empty if the storage above never was: then nobody knows which calls came too late. */
    OptionalLong callsAfterDrain() {
        return drained.get() ? OptionalLong.of(afterDrain.get()) : OptionalLong.empty();
    }

    private <T> T seen(Supplier<T> call) {
        // Counted as running before the flag is read: a call that does not see the flag is seen by whoever sets it.
        running.incrementAndGet();
        try {
            if (drained.get()) {
                afterDrain.incrementAndGet();
            }
            return call.get();
        } finally {
            running.decrementAndGet();
        }
    }

    @Override
    public String name() {
        return backend.name();
    }

    @Override
    public KeyValue create(String key, byte[] value, Duration ttl) {
        return seen(() -> backend.create(key, value, ttl));
    }

    @Override
    public KeyValue get(String key) {
        return seen(() -> backend.get(key));
    }

    @Override
    public ListResult list(ListOptions options) {
        return seen(() -> backend.list(options));
    }

    @Override
    public KeyValue update(String key, byte[] value, long expectedRevision) {
        return seen(() -> backend.update(key, value, expectedRevision));
    }

    @Override
    public KeyValue guaranteedUpdate(String key, UpdateFunction function) {
        return seen(() -> backend.guaranteedUpdate(key, function));
    }

    @Override
    public KeyValue delete(String key, Preconditions preconditions) {
        return seen(() -> backend.delete(key, preconditions));
    }

    @Override
    public Watch watch(String prefix, long fromRevision, WatchListener listener) {
        return seen(() -> backend.watch(prefix, fromRevision, listener));
    }

    @Override
    public long count(String prefix) {
        return seen(() -> backend.count(prefix));
    }

    @Override
    public void compact(long revision) {
        seen(() -> {
            backend.compact(revision);
            return revision;
        });
    }

    @Override
    public long revision() {
        return seen(backend::revision);
    }

    @Override
    public void close() {
        backend.close();
    }
}
