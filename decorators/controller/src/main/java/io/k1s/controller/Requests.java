package io.k1s.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.client.ObjectKey;
import io.kubernetes.client.extended.controller.reconciler.Request;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Which reconciles a change of an object asks for. Called for every object that is there at the start, too, and for every one
 * after events were lost. One after the other, for one type of objects.
 *
 * @param <T> the type of the objects
 */
@FunctionalInterface
public interface Requests<T extends HasMetadata> {

    /**
     * Returns the requests.
     *
     * @param before what the object was; null if it was not there, or not known
     * @param now what the object is; null if it is gone
     */
    Collection<Request> of(@Nullable T before, @Nullable T now);

    /** The request for an object. */
    static Request to(ObjectKey key) {
        return key.namespace().isEmpty() ? new Request(key.name()) : new Request(key.namespace(), key.name());
    }

    /** The object of a request. */
    static ObjectKey key(Request request) {
        String namespace = request.getNamespace();
        return ObjectKey.of(namespace == null ? "" : namespace, request.getName());
    }
}
