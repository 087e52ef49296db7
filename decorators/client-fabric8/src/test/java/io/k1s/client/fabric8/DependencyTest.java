package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.DependencyTree;
import org.junit.jupiter.api.Test;

/** Whoever takes this artifact gets no Kubernetes client by it, neither this one nor another. */
final class DependencyTest {
    @Test
    void theClientIsOptional() throws Exception {
        assertThat(DependencyTree.reachingUsers())
                .containsExactlyInAnyOrder("io.k1s:registry", "io.k1s:metrics-core", "org.slf4j:slf4j-api");
    }
}
