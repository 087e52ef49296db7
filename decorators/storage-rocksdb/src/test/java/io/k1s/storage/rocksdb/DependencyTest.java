package io.k1s.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.DependencyTree;
import org.junit.jupiter.api.Test;

/** Whoever takes this artifact wants RocksDB. */
final class DependencyTest {
    @Test
    void rocksDbReachesUsersAndNoOtherLibrary() throws Exception {
        assertThat(DependencyTree.reachingUsers())
                .containsExactlyInAnyOrder(
                        "io.k1s:decorators-storage",
                        "io.k1s:registry",
                        "org.slf4j:slf4j-api",
                        "io.k1s:metrics-core",
                        "org.rocksdb:rocksdbjni");
    }
}
