package io.k1s.storage;

import java.util.List;

/**
 * One page of a list.
 *
 * @param items the keys in order, unmodifiable
 * @param revision the revision at which all pages of this list are
 * @param continueToken what {@link ListOptions#continuing} wants for the next page; empty if this is the last
 */
public record ListResult(List<KeyValue> items, long revision, String continueToken) {

    /** Keeps a copy of the items. */
    public ListResult {
        items = List.copyOf(items);
    }

    /** Tells whether there is another page. */
    public boolean hasMore() {
        return !continueToken.isEmpty();
    }
}
