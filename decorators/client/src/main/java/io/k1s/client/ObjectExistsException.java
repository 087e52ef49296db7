package io.k1s.client;

/** The object to create is there already. */
public final class ObjectExistsException extends ObjectException {

    private static final long serialVersionUID = 1L;

    ObjectExistsException(ResourceType<?> type, ObjectKey key, Throwable cause) {
        super(
                type.qualifiedPlural() + " \"" + key.name() + "\" already exists"
                        + (key.namespace().isEmpty() ? "" : " in namespace \"" + key.namespace() + "\""),
                cause);
    }

    @Override
    public String reason() {
        return "AlreadyExists";
    }
}
