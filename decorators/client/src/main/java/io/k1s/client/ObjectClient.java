package io.k1s.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.storage.Watch;
import java.util.function.UnaryOperator;

/**
 * Reads and changes Kubernetes-shaped objects, with the rules of Kubernetes.
 *
 * <p>Every change of an object commits atomically, all of it or nothing, and gives the object a new {@code
 * metadata.resourceVersion}; what changes nothing gives none and makes no event. {@code metadata.generation} grows by one when
 * something outside of metadata and status has changed. The client sets {@code uid}, {@code creationTimestamp}, {@code
 * generation}, {@code resourceVersion} and {@code deletionTimestamp}; given ones are ignored, or are preconditions where it
 * says so. Objects are not shared: what goes in and what comes out may be changed by the caller.
 *
 * <p>All methods may be called by any thread. They throw {@link ObjectNotFoundException}, {@link ObjectExistsException},
 * {@link ObjectConflictException} and {@link InvalidObjectException} as they say, {@link IllegalArgumentException} for a key
 * or query that does not fit the type, and pass on what the storage throws.
 */
public interface ObjectClient {

    /**
     * Returns an object.
     *
     * @throws ObjectNotFoundException if there is none
     */
    <T extends HasMetadata> T get(ResourceType<T> type, ObjectKey key);

    /**
     * Lists objects, as a snapshot at one resourceVersion. All pages of a list are of that of the first one.
     *
     * @throws io.k1s.storage.CompactedException if the snapshot of the continue token is no longer kept: list again
     */
    <T extends HasMetadata> ObjectList<T> list(ResourceType<T> type, ObjectQuery query);

    /**
     * Creates an object, without a status. If it has no name but a {@code generateName}, its name is that and five random
     * characters.
     *
     * @return what was stored
     * @throws ObjectExistsException if there is one of that name
     * @throws InvalidObjectException if it is not as it may be, or has a resourceVersion
     */
    <T extends HasMetadata> T create(ResourceType<T> type, T object);

    /**
     * Replaces an object, except its status, by this one, if the stored one still has its resourceVersion and uid. Taking the
     * last finalizer from an object that is marked for deletion deletes it.
     *
     * @return what is stored now; or was last
     * @throws ObjectNotFoundException if there is none
     * @throws ObjectConflictException if the stored one has another resourceVersion or uid
     * @throws InvalidObjectException if it is not as it may be, or has no resourceVersion
     */
    <T extends HasMetadata> T update(ResourceType<T> type, T object);

    /**
     * Changes an object, except its status, by a patch, whatever happens in between: it is applied to what the object is when
     * the change commits. A resourceVersion or uid in it is a precondition.
     *
     * @return what is stored now; or was last
     * @throws ObjectNotFoundException if there is none
     * @throws ObjectConflictException if a precondition does not hold
     * @throws InvalidObjectException if the patch does not fit, or the result is not as it may be
     */
    <T extends HasMetadata> T patch(ResourceType<T> type, ObjectKey key, Patch patch);

    /**
     * Changes an object, except its status, by a function, whatever happens in between: on a conflict it is applied again to
     * the newer object. It runs on the calling thread under no lock; what it throws is passed on, and nothing is changed. It
     * may change the object that it gets and return that.
     *
     * @return what is stored now; or was last
     * @throws ObjectNotFoundException if there is none
     * @throws InvalidObjectException if the result is not as it may be
     */
    <T extends HasMetadata> T edit(ResourceType<T> type, ObjectKey key, UnaryOperator<T> change);

    /**
     * Deletes an object; or marks it for deletion, if it has finalizers: it then has a {@code deletionTimestamp}, and goes
     * when the last finalizer is taken from it.
     *
     * @return what was deleted, or is marked
     * @throws ObjectNotFoundException if there is none
     * @throws ObjectConflictException if a precondition does not hold
     * @throws DependentsLeftException if dependents are to go first, and one waits for its finalizers
     */
    <T extends HasMetadata> T delete(ResourceType<T> type, ObjectKey key, DeleteOptions options);

    /** Returns the client for the status of objects. */
    StatusClient status();

    /**
     * Watches objects: the listener gets every change of one that matches the query, each once and in order, until the watch
     * ends; limit and continue token of the query mean nothing here. An object that begins to match is {@code ADDED}, one that
     * no longer does is {@code DELETED}; if it cannot be known whether an object matched before the watch began, it is taken
     * to have done so, and may be said to be deleted without ever having been added.
     *
     * @param resourceVersion the one after which to begin, as a list has it; empty for now
     * @throws io.k1s.storage.CompactedException if events from there on are no longer kept: list again
     */
    <T extends HasMetadata> Watch watch(
            ResourceType<T> type, ObjectQuery query, String resourceVersion, ObjectListener<T> listener);
}
