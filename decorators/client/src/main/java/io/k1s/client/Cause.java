package io.k1s.client;

import java.io.Serializable;
import java.util.Objects;

/**
 * One thing that is wrong with an object.
 *
 * @param field the path of the field, such as {@code spec.price}; empty for the whole object
 * @param message what is wrong, the value, and what is allowed
 */
public record Cause(String field, String message) implements Serializable {

    /** Refuses null. */
    public Cause {
        Objects.requireNonNull(field, "field");
        Objects.requireNonNull(message, "message");
    }

    @Override
    public String toString() {
        return field.isEmpty() ? message : field + ": " + message;
    }
}
