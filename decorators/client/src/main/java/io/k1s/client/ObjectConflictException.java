package io.k1s.client;

/** The object is not the one that was read: read it again. */
public final class ObjectConflictException extends ObjectException {

    private static final long serialVersionUID = 1L;

    ObjectConflictException(ResourceType<?> type, ObjectKey key, String what) {
        super("operation cannot be fulfilled on " + type.qualifiedPlural() + " \"" + key.name() + "\": " + what, null);
    }

    @Override
    public String reason() {
        return "Conflict";
    }
}
