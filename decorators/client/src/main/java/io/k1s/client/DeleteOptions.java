package io.k1s.client;

import java.util.Objects;

/**
 * What must hold for a delete to happen, and what becomes of the dependents.
 *
 * @param uid the uid the object must have; empty for any
 * @param resourceVersion the resourceVersion the object must have; empty for any
 * @param propagation what becomes of the objects that name it as their owner
 */
public record DeleteOptions(String uid, String resourceVersion, Propagation propagation) {

    /** What becomes of the objects that name the deleted one as their owner. */
    public enum Propagation {
        /** They stay as they are. */
        ORPHAN,
        /**
         * They are deleted first, and theirs before them, unless they have another owner as well. This reads all objects of
         * the storage. When it is cut short, or a dependent waits for its finalizers ({@link DependentsLeftException}), the
         * owner is still there, and the delete can be repeated.
         */
        FOREGROUND
    }

    private static final DeleteOptions NONE = new DeleteOptions("", "", Propagation.ORPHAN);

    /** Refuses null. */
    public DeleteOptions {
        Objects.requireNonNull(uid, "uid");
        Objects.requireNonNull(resourceVersion, "resourceVersion");
        Objects.requireNonNull(propagation, "propagation");
    }

    /** Nothing but that the object exists; dependents stay. */
    public static DeleteOptions none() {
        return NONE;
    }

    /** The same, if the object has this uid. */
    public DeleteOptions withUid(String expected) {
        return new DeleteOptions(expected, resourceVersion, propagation);
    }

    /** The same, if the object has this resourceVersion. */
    public DeleteOptions withResourceVersion(String expected) {
        return new DeleteOptions(uid, expected, propagation);
    }

    /** The same with another propagation. */
    public DeleteOptions withPropagation(Propagation other) {
        return new DeleteOptions(uid, resourceVersion, other);
    }
}
