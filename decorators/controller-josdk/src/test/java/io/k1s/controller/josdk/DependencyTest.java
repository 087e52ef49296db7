package io.k1s.controller.josdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.testing.DependencyTree;
import org.junit.jupiter.api.Test;

/** Whoever takes this artifact takes the registry and nothing else: an operator brings its own SDK. */
final class DependencyTest {
    @Test
    void theOperatorFrameworkIsOptional() throws Exception {
        assertThat(DependencyTree.reachingUsers())
                .containsExactlyInAnyOrder("io.k1s:registry", "io.k1s:metrics-core", "org.slf4j:slf4j-api");
    }
}
