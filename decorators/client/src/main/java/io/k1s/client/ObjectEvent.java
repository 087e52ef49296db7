package io.k1s.client;

import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * One committed change of an object, as a watch sees it.
 *
 * @param type what happened
 * @param object what the object is now, or was last, with the resourceVersion of the change
 * @param <T> its type
 */
public record ObjectEvent<T extends HasMetadata>(Type type, T object) {

    /** What happened to an object. */
    public enum Type {
        /** It was not there before, or did not match. */
        ADDED,
        /** It is another now. */
        MODIFIED,
        /** It is gone, or no longer matches. */
        DELETED
    }
}
