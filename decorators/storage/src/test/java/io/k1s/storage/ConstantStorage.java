package io.k1s.storage;

import java.time.Duration;

/** Answers every read with the same object, so that what a decorator allocates is all that is allocated. */
final class ConstantStorage implements StorageBackend {
    private final KeyValue value;

    ConstantStorage(KeyValue value) {
        this.value = value;
    }

    @Override
    public String name() {
        return "constant";
    }

    @Override
    public KeyValue create(String key, byte[] bytes, Duration ttl) {
        return value;
    }

    @Override
    public KeyValue get(String key) {
        return value;
    }

    @Override
    public ListResult list(ListOptions options) {
        throw new AssertionError("not read by these tests");
    }

    @Override
    public KeyValue update(String key, byte[] bytes, long expectedRevision) {
        return value;
    }

    @Override
    public KeyValue guaranteedUpdate(String key, UpdateFunction function) {
        return value;
    }

    @Override
    public KeyValue delete(String key, Preconditions preconditions) {
        return value;
    }

    @Override
    public Watch watch(String prefix, long fromRevision, WatchListener listener) {
        throw new AssertionError("not read by these tests");
    }

    @Override
    public long count(String prefix) {
        return 1L << 40;
    }

    @Override
    public void compact(long revision) {}

    @Override
    public long revision() {
        return 1L << 40;
    }

    @Override
    public void close() {}
}
