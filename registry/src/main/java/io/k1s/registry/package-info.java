/**
 * Graceful shutdown: components that stop admitting work in dependency order, are drained, and have their resources closed.
 *
 * <p>{@link io.k1s.registry.WorkRegistry} is the entry point.
 */
@NullMarked
package io.k1s.registry;

import org.jspecify.annotations.NullMarked;
