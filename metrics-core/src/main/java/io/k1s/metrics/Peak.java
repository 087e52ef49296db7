package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A maximum that only rises, by compare-and-set. Lock-free; a raise that is not above the maximum only reads. Open to tests. */
class Peak {
    private static final VarHandle VALUE = field();

    private volatile long value;

    void raise(long candidate) {
        long current = value;
        while (candidate > current && !VALUE.compareAndSet(this, current, candidate)) {
            current = value;
        }
    }

    long get() {
        return value;
    }

    private static VarHandle field() {
        try {
            return MethodHandles.lookup().findVarHandle(Peak.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
