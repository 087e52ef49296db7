package io.k1s.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.DependencyTree;
import org.junit.jupiter.api.Test;

/** The JDK has all that is decorated here. */
final class DependencyTest {
    @Test
    void nothingButTheRegistryReachesUsers() throws Exception {
        assertThat(DependencyTree.reachingUsers())
                .containsExactlyInAnyOrder("io.k1s:registry", "io.k1s:metrics-core", "org.slf4j:slf4j-api");
    }
}
