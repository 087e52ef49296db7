package io.k1s.client;

import org.jspecify.annotations.Nullable;

/**
 * An operation of a client was refused, and the object was not changed. The subclasses say why. (What the storage itself throws
 * is passed on as it is.)
 */
public abstract class ObjectException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ObjectException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Returns the reason by the name that Kubernetes has for it, such as {@code NotFound}. */
    public abstract String reason();
}
