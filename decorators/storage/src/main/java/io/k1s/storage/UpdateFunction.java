package io.k1s.storage;

/** What makes the new value of a key from its current one. It may be applied several times. */
@FunctionalInterface
public interface UpdateFunction {

    /** Returns the new value. The store copies it. */
    byte[] apply(KeyValue current);
}
