package io.k1s.storage;

import java.time.Duration;

/** A storage that passes every call on: what other designs than {@link TrackedStorage} are built on here. */
abstract class ForwardingStorage implements StorageBackend {
    final StorageBackend backend;

    ForwardingStorage(StorageBackend backend) {
        this.backend = backend;
    }

    @Override
    public String name() {
        return backend.name();
    }

    @Override
    public KeyValue create(String key, byte[] value, Duration ttl) {
        return backend.create(key, value, ttl);
    }

    @Override
    public KeyValue get(String key) {
        return backend.get(key);
    }

    @Override
    public ListResult list(ListOptions options) {
        return backend.list(options);
    }

    @Override
    public KeyValue update(String key, byte[] value, long expectedRevision) {
        return backend.update(key, value, expectedRevision);
    }

    @Override
    public KeyValue guaranteedUpdate(String key, UpdateFunction function) {
        return backend.guaranteedUpdate(key, function);
    }

    @Override
    public KeyValue delete(String key, Preconditions preconditions) {
        return backend.delete(key, preconditions);
    }

    @Override
    public Watch watch(String prefix, long fromRevision, WatchListener listener) {
        return backend.watch(prefix, fromRevision, listener);
    }

    @Override
    public long count(String prefix) {
        return backend.count(prefix);
    }

    @Override
    public void compact(long revision) {
        backend.compact(revision);
    }

    @Override
    public long revision() {
        return backend.revision();
    }

    @Override
    public void close() {
        backend.close();
    }
}
