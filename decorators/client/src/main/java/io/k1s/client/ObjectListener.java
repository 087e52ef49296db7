package io.k1s.client;

import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * What gets the events of a watch: one after the other and in order, on a thread of the storage and under no lock. It may use
 * the client and be slow, like an {@link io.k1s.storage.WatchListener}.
 *
 * @param <T> the type of the objects
 */
@FunctionalInterface
public interface ObjectListener<T extends HasMetadata> {

    /** Receives the next event. */
    void onEvent(ObjectEvent<T> event);
}
