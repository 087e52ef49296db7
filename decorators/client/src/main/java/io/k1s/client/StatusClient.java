package io.k1s.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.function.UnaryOperator;

/**
 * Changes the status of objects and nothing else: whatever an operation changes outside of {@code status} is ignored. Errors
 * and guarantees are those of {@link ObjectClient}.
 */
public interface StatusClient {

    /**
     * Replaces the status by that of this object, if the stored one still has its resourceVersion.
     *
     * @see ObjectClient#update
     */
    <T extends HasMetadata> T update(ResourceType<T> type, T object);

    /**
     * Changes the status by a patch of the whole object.
     *
     * @see ObjectClient#patch
     */
    <T extends HasMetadata> T patch(ResourceType<T> type, ObjectKey key, Patch patch);

    /**
     * Changes the status by a function of the whole object.
     *
     * @see ObjectClient#edit
     */
    <T extends HasMetadata> T edit(ResourceType<T> type, ObjectKey key, UnaryOperator<T> change);
}
