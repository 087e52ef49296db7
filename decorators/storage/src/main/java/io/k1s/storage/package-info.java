/**
 * Versioned key-value storage with snapshots, watches and expiry: the {@link io.k1s.storage.StorageBackend} SPI and the
 * memory backend.
 */
@NullMarked
package io.k1s.storage;

import org.jspecify.annotations.NullMarked;
