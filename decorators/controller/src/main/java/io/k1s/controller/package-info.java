/**
 * Controllers of {@code client-java-extended} whose reconciles are tracked work: {@link
 * io.k1s.controller.TrackedControllerManager} for those that watch a cluster, and {@link io.k1s.controller.EmbeddedRuntime} for
 * those that watch a {@link io.k1s.storage.StorageBackend} and need none.
 *
 * <p>Both need {@code io.kubernetes:client-java-extended} and {@code io.prometheus:simpleclient} on the class path; the runtime
 * needs {@code decorators-client} too.
 */
@NullMarked
package io.k1s.controller;

import org.jspecify.annotations.NullMarked;
