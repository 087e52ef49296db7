package io.k1s.client;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A step that fills in what is left out, before an object is validated and stored. It runs as part of the operation, on the
 * caller's thread and under no lock, again when the operation meets a conflict; it must be safe for use by any thread.
 */
@FunctionalInterface
public interface Defaulting {

    /** Changes the object in place. The server's fields of the metadata are not its business, and are overwritten. */
    void applyTo(ObjectNode object);
}
