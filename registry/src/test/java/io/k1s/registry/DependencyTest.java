package io.k1s.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.DependencyTree;
import org.junit.jupiter.api.Test;

/** The core brings nothing along, the registry a logging facade. */
final class DependencyTest {
    @Test
    void nothingButTheCoreAndSlf4jReachesUsers() throws Exception {
        assertThat(DependencyTree.reachingUsers())
                .containsExactlyInAnyOrder("io.k1s:metrics-core", "org.slf4j:slf4j-api");
    }
}
