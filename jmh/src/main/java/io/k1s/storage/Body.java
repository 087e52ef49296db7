package io.k1s.storage;

/**
 * One operation, many times over. Public, because who implements it is loaded by other loaders: see {@link Arm}. Used by
 * one thread.
 */
public interface Body {
    /** Prepares that many operations, untimed. */
    default void before(int count) throws Exception {}

    /** Does them. */
    void run(int count) throws Exception;

    /** Restores what was before, untimed. */
    default void after(int count) throws Exception {}
}
