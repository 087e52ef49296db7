package io.k1s.storage.support;

import io.k1s.storage.KeyValue;
import io.k1s.storage.StaleRevisionException;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.UpdateFunction;

/** The retry loop of {@link StorageBackend#guaranteedUpdate}, over get and update. */
public final class Updates {

    private Updates() {}

    /** Applies a function until no other change came in between. Some caller always succeeds, so all of them progress. */
    public static KeyValue guaranteed(StorageBackend store, String key, UpdateFunction function) {
        Keys.checkGuaranteedUpdate(key, function);
        while (true) {
            KeyValue current = store.get(key);
            // Outside the try: a StaleRevisionException of the function's own is the caller's business.
            byte[] value = function.apply(current);
            try {
                return store.update(key, value, current.revision());
            } catch (StaleRevisionException e) {
                // Somebody else came first: apply it to what they wrote.
            }
        }
    }
}
