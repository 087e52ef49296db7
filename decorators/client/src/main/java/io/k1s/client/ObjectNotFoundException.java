package io.k1s.client;

import org.jspecify.annotations.Nullable;

/** There is no such object. */
public final class ObjectNotFoundException extends ObjectException {

    private static final long serialVersionUID = 1L;

    ObjectNotFoundException(ResourceType<?> type, ObjectKey key, @Nullable Throwable cause) {
        super(
                type.qualifiedPlural() + " \"" + key.name() + "\" not found"
                        + (key.namespace().isEmpty() ? "" : " in namespace \"" + key.namespace() + "\""),
                cause);
    }

    @Override
    public String reason() {
        return "NotFound";
    }
}
