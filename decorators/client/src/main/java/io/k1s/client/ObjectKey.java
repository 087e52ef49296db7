package io.k1s.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Objects;

/**
 * Where an object of a type is.
 *
 * @param namespace its namespace; empty if the type has none
 * @param name its name
 */
public record ObjectKey(String namespace, String name) {

    /** Refuses null. What is allowed depends on the type, and is checked with it. */
    public ObjectKey {
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(name, "name");
    }

    /** An object in a namespace. */
    public static ObjectKey of(String namespace, String name) {
        return new ObjectKey(namespace, name);
    }

    /** An object of a type without namespaces. */
    public static ObjectKey of(String name) {
        return new ObjectKey("", name);
    }

    /** Where this object is, or is to be. */
    public static ObjectKey of(HasMetadata object) {
        String namespace = object.getMetadata().getNamespace();
        return new ObjectKey(
                namespace == null ? "" : namespace, object.getMetadata().getName());
    }

    @Override
    public String toString() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }
}
