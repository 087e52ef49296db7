package io.k1s.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A step that may refuse an object before it is stored. It runs as part of the operation, on the caller's thread and under no
 * lock, again when the operation meets a conflict; it must be safe for use by any thread.
 */
@FunctionalInterface
public interface Validation {

    /**
     * Tells what is wrong. Neither object may be changed.
     *
     * @param object what is to be stored
     * @param before what it replaces; null when it is created
     * @return all that is wrong; empty if nothing is
     */
    List<Cause> validate(ObjectNode object, @Nullable ObjectNode before);
}
