/**
 * The embedded durable backend, on RocksDB.
 */
@NullMarked
package io.k1s.storage.rocksdb;

import org.jspecify.annotations.NullMarked;
