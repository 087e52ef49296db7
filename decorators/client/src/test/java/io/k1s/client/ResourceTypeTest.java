package io.k1s.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Node;
import org.junit.jupiter.api.Test;

class ResourceTypeTest {
    @Test
    void annotationsOfAClassSayWhatItIsCalled() {
        assertThat(Gadget.TYPE)
                .isEqualTo(new ResourceType<>(Gadget.class, "test.k1s.io", "v1", "Gadget", "gadgets", true));
        assertThat(ResourceType.of(ConfigMap.class))
                .isEqualTo(new ResourceType<>(ConfigMap.class, "", "v1", "ConfigMap", "configmaps", true));
        assertThat(ResourceType.of(Node.class).namespaced()).isFalse();
    }

    @Test
    void classWithoutAVersionIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResourceType.of(GenericKubernetesResource.class))
                .withMessageContaining("@Version");
    }

    @Test
    void genericTypeComesFromApiVersionAndKind() {
        ResourceType<GenericKubernetesResource> type = ResourceType.generic("k1s.io/v1", "Category", true);
        assertThat(type.plural()).isEqualTo("categories");
        assertThat(type.apiVersion()).isEqualTo("k1s.io/v1");
        assertThat(type.qualifiedPlural()).isEqualTo("categories.k1s.io");
        assertThat(type.keyPrefix()).isEqualTo("registry/k1s.io/categories/");
        ResourceType<GenericKubernetesResource> core = ResourceType.generic("v1", "Pod", true);
        assertThat(core.apiVersion()).isEqualTo("v1");
        assertThat(core.qualifiedPlural()).isEqualTo("pods");
        assertThat(core.keyPrefix()).isEqualTo("registry/core/pods/");
    }

    @Test
    void namesThatKubernetesWouldNotTakeAreRefused() {
        refused("group is \"core\"", "core/v1", "Pod", "pods");
        refused("group is \"" + "a".repeat(254), "a".repeat(254) + "/v1", "Pod", "pods");
        refused("version is \"\"", "k1s.io/", "Pod", "pods");
        refused("kind is \"pod\"", "k1s.io/v1", "pod", "pods");
        refused("plural is \"Pods\"", "k1s.io/v1", "Pod", "Pods");
    }

    private static void refused(String message, String apiVersion, String kind, String plural) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResourceType.generic(apiVersion, kind, plural, true))
                .withMessageContaining(message);
    }

    @Test
    void keyReadsAsNamespaceAndName() {
        assertThat(ObjectKey.of("a", "b")).hasToString("a/b");
        assertThat(ObjectKey.of("b")).hasToString("b");
    }
}
