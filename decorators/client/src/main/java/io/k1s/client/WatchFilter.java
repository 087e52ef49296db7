package io.k1s.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.storage.CompactedException;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEvent;
import io.k1s.storage.WatchListener;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes events of objects from those of keys: of the objects that match, or did. Used by one watch. */
final class WatchFilter<T extends HasMetadata> implements WatchListener {
    private final ResourceType<T> type;
    private final ObjectQuery query;
    private final ObjectListener<T> listener;
    /** Whether the object of a key matched when it was last seen; null if all objects always match or never do. */
    private final @Nullable Map<String, Boolean> matched;

    private WatchFilter(
            ResourceType<T> type,
            ObjectQuery query,
            ObjectListener<T> listener,
            @Nullable Map<String, Boolean> matched) {
        this.type = type;
        this.query = query;
        this.listener = listener;
        this.matched = matched;
    }

    /** Opens a watch from a revision on; 0 for now. */
    static <T extends HasMetadata> Watch open(
            StorageBackend backend, ResourceType<T> type, ObjectQuery query, long from, ObjectListener<T> listener) {
        String prefix = type.keyPrefix(query.namespace());
        if (query.labelSelector().isEmpty() && query.fieldSelector().isConstant()) {
            return backend.watch(prefix, from, new WatchFilter<>(type, query, listener, null));
        }
        while (true) {
            try {
                return openListed(backend, prefix, type, query, from, listener);
            } catch (CompactedException e) {
                if (from != 0) {
                    throw e;
                }
                // What was now is history already.
            }
        }
    }

    /** Of what is there already, it is known whether it matches. */
    private static <T extends HasMetadata> Watch openListed(
            StorageBackend backend,
            String prefix,
            ResourceType<T> type,
            ObjectQuery query,
            long from,
            ObjectListener<T> listener) {
        ListResult now = backend.list(ListOptions.prefix(prefix));
        long first = from == 0 ? now.revision() + 1 : from;
        Map<String, Boolean> matched = new HashMap<>();
        for (KeyValue stored : now.items()) {
            // Of one that has changed since then, it is not known what it was.
            if (stored.revision() < first) {
                matched.put(stored.key(), query.matches(Codec.decode(stored)));
            }
        }
        return backend.watch(prefix, first, new WatchFilter<>(type, query, listener, matched));
    }

    @Override
    public void onEvent(WatchEvent event) {
        ObjectNode object = Codec.decode(event.value());
        if (!query.fieldSelector().canMatch(object)) {
            return;
        }
        ObjectEvent.Type what = matched == null ? direct(event.type()) : compared(matched, event, object);
        if (what != null) {
            listener.onEvent(new ObjectEvent<>(what, Codec.typed(type, object)));
        }
    }

    private ObjectEvent.@Nullable Type compared(Map<String, Boolean> known, WatchEvent event, ObjectNode object) {
        boolean matches = query.matches(object);
        if (event.type() == WatchEvent.Type.DELETED) {
            // It comes with what the object was last.
            known.remove(event.key());
            return matches ? ObjectEvent.Type.DELETED : null;
        }
        Boolean before = known.put(event.key(), matches);
        boolean matchedBefore = event.type() == WatchEvent.Type.UPDATED && (before == null || before);
        if (matches) {
            return matchedBefore ? ObjectEvent.Type.MODIFIED : ObjectEvent.Type.ADDED;
        }
        return matchedBefore ? ObjectEvent.Type.DELETED : null;
    }

    private static ObjectEvent.Type direct(WatchEvent.Type what) {
        return switch (what) {
            case CREATED -> ObjectEvent.Type.ADDED;
            case UPDATED -> ObjectEvent.Type.MODIFIED;
            case DELETED -> ObjectEvent.Type.DELETED;
        };
    }
}
