package io.k1s.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.DependencyTree;
import org.junit.jupiter.api.Test;

/** Whoever takes this artifact gets the registry with it, and no library that they did not ask for. */
final class DependencyTest {
    @Test
    void everyLibraryIsOptional() throws Exception {
        assertThat(DependencyTree.reachingUsers())
                .containsExactlyInAnyOrder("io.k1s:registry", "io.k1s:metrics-core", "org.slf4j:slf4j-api");
    }
}
