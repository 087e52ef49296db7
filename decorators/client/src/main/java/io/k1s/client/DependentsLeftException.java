package io.k1s.client;

import java.util.List;

/**
 * A {@link DeleteOptions.Propagation#FOREGROUND} delete has left dependents: they are marked for deletion, and wait for their
 * finalizers. The object itself was not changed. Once they are gone, the delete can be repeated.
 */
public final class DependentsLeftException extends ObjectException {

    private static final long serialVersionUID = 1L;

    /** The dependents that wait, at least one, as they are to be shown. */
    DependentsLeftException(ResourceType<?> type, ObjectKey key, List<String> waiting) {
        super(
                type.qualifiedPlural() + " \"" + key.name() + "\" cannot be deleted before its dependents: "
                        + waiting.get(0) + (waiting.size() == 1 ? "" : ", and " + (waiting.size() - 1) + " more")
                        + "; repeat the delete when they are gone",
                null);
    }

    @Override
    public String reason() {
        return "Conflict";
    }
}
