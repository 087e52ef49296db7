package io.k1s.client;

import java.util.List;
import java.util.stream.Collectors;

/** The object is not as it may be; {@link #causes} has all that is wrong. */
public final class InvalidObjectException extends ObjectException {

    private static final long serialVersionUID = 1L;

    private final Cause[] causes;

    InvalidObjectException(ResourceType<?> type, String name, List<Cause> causes) {
        super(
                type.qualifiedKind() + " \"" + name + "\" is invalid: "
                        + causes.stream().map(Cause::toString).collect(Collectors.joining("; ")),
                null);
        this.causes = causes.toArray(Cause[]::new);
    }

    /** Returns all that is wrong, at least one. */
    public List<Cause> causes() {
        return List.of(causes);
    }

    @Override
    public String reason() {
        return "Invalid";
    }
}
