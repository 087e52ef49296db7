package io.k1s.storage;

import io.k1s.metrics.SixAtomics;

/**
 * A storage tracked as the document has it that the project started from: a look at the gate, then six shared counters around
 * the call. (What is begun between the look and the count is lost to a drain; here only the cost matters.)
 */
final class SeedStorage extends ForwardingStorage {
    private final SixAtomics counters = new SixAtomics();
    private volatile boolean draining;

    SeedStorage(StorageBackend backend) {
        super(backend);
    }

    @Override
    public KeyValue get(String key) {
        if (draining) {
            throw new IllegalStateException("shutting down");
        }
        long unused = counters.begin();
        KeyValue result;
        try {
            result = backend.get(key);
        } catch (Throwable t) {
            counters.end(false);
            throw t;
        }
        counters.end(true);
        return result;
    }

    @Override
    public void close() {
        draining = true;
        super.close();
    }
}
