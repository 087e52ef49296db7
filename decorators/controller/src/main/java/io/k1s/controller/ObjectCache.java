package io.k1s.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.client.ObjectKey;
import io.k1s.client.ResourceType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The objects of a type as an {@link EmbeddedRuntime} last saw them, and an index of them.
 *
 * <p>It is behind the storage by what has not been delivered yet. But what it has not seen when a reconcile reads it asks for
 * another reconcile when it is delivered; unless the mapping leaves that change out, as one does that leaves out what the
 * controller itself has written: its reconciler must judge that by what is stored. The objects are shared: who wants to change
 * one changes a copy, through the client. Thread-safe.
 *
 * @param <T> the type of the objects
 */
public final class ObjectCache<T extends HasMetadata> {
    private final ResourceType<T> type;
    private final Function<? super T, String> index;
    /** Both guarded by this. */
    private final Map<ObjectKey, Indexed<T>> objects = new HashMap<>();

    private final Map<String, Map<ObjectKey, T>> indexed = new HashMap<>();

    ObjectCache(ResourceType<T> type, Function<? super T, String> index) {
        this.type = type;
        this.index = index;
    }

    /** Returns the type of the objects. */
    public ResourceType<T> type() {
        return type;
    }

    /** Returns an object, if it is there. */
    public synchronized Optional<T> get(ObjectKey key) {
        return Optional.ofNullable(objects.get(key)).map(Indexed::object);
    }

    /** Returns the objects that have this value in the index, in no order. */
    public synchronized List<T> indexed(String value) {
        Map<ObjectKey, T> found = indexed.get(value);
        return found == null ? List.of() : List.copyOf(found.values());
    }

    /** Returns how many objects there are. */
    public synchronized int size() {
        return objects.size();
    }

    synchronized Set<ObjectKey> keys() {
        return Set.copyOf(objects.keySet());
    }

    /** Replaces an object, and returns what was there. */
    synchronized @Nullable T put(ObjectKey key, T object) {
        // Before anything changes, since the user's function may throw: the retry then finds the whole difference.
        Indexed<T> now = new Indexed<>(object, index.apply(object));
        T before = remove(key);
        objects.put(key, now);
        indexed.computeIfAbsent(now.value(), value -> new LinkedHashMap<>()).put(key, object);
        return before;
    }

    /** Removes an object, and returns what was there. */
    synchronized @Nullable T remove(ObjectKey key) {
        Indexed<T> before = objects.remove(key);
        if (before == null) {
            return null;
        }
        indexed.computeIfPresent(before.value(), (value, found) -> {
            found.remove(key);
            return found.isEmpty() ? null : found;
        });
        return before.object();
    }

    @Override
    public String toString() {
        return size() + " " + type.qualifiedPlural();
    }

    /** An object, and its value in the index. */
    private record Indexed<T>(T object, String value) {}
}
