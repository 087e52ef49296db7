package io.k1s.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.k1s.storage.KeyValue;
import io.k1s.storage.UpdateFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to make something else of what is stored. If nothing is to be left of it (it is marked for deletion and has no
 * finalizers), the stored bytes stay as they are, and whoever made the attempt deletes them.
 */
final class Change implements UpdateFunction {
    private final UnaryOperator<ObjectNode> change;
    private @Nullable ObjectNode result;
    private boolean removes;
    private @Nullable Throwable thrown;

    Change(UnaryOperator<ObjectNode> change) {
        this.change = change;
    }

    @Override
    public byte[] apply(KeyValue current) {
        ObjectNode before = Codec.decode(current);
        ObjectNode after = applied(before.deepCopy());
        removes = Rules.isMarked(after) && !Rules.hasFinalizers(after);
        result = after;
        // The stored bytes for an equal object: what differs in nothing but the order of its fields is no change.
        return removes || after.equals(before) ? current.value() : Codec.encode(after);
    }

    private ObjectNode applied(ObjectNode before) {
        try {
            return change.apply(before);
        } catch (Throwable t) {
            thrown = t;
            throw t;
        }
    }

    /** Tells whether this came from the change itself, not from the storage. */
    boolean hasThrown(Throwable t) {
        return t == thrown;
    }

    boolean removes() {
        return removes;
    }

    /** What the object would be. */
    ObjectNode result() {
        ObjectNode made = result;
        if (made == null) {
            throw new IllegalStateException("the storage did not apply the change");
        }
        return made;
    }
}
