/**
 * A typed client for Kubernetes-shaped objects over any {@link io.k1s.storage.StorageBackend}: {@link
 * io.k1s.client.StorageClient}, and {@link io.k1s.client.TrackedClient}, which makes each of its operations admitted and
 * counted work.
 *
 * <p>{@link io.k1s.client.CrdSchema} alone needs {@code com.networknt:json-schema-validator} on the class path.
 */
@NullMarked
package io.k1s.client;

import org.jspecify.annotations.NullMarked;
