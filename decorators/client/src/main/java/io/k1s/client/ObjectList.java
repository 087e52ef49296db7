package io.k1s.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/**
 * One page of objects, in the order of namespace and name.
 *
 * @param items the objects, unmodifiable
 * @param resourceVersion the one at which all pages of this list are: a watch from it misses nothing
 * @param continueToken what {@link ObjectQuery#continuing} wants for the next page; empty if this is the last
 * @param <T> their type
 */
public record ObjectList<T extends HasMetadata>(List<T> items, String resourceVersion, String continueToken) {

    /** Keeps a copy of the items. */
    public ObjectList {
        items = List.copyOf(items);
    }

    /** Tells whether there is another page. */
    public boolean hasMore() {
        return !continueToken.isEmpty();
    }
}
