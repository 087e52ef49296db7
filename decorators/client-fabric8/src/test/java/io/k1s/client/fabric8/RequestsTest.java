package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://host/api/v1/namespaces/shop/pods/web/portforward?ports=80",
                "https://host/api/v1/namespaces/shop/pods/portforward/portforward",
                "https://host/api/v1/pods?watch=true",
                "https://host/api/v1/namespaces/shop/pods/web/log?container=a&follow=true",
            })
    void whatEndsOnlyWhenSomebodyEndsItIsAWatch(URI uri) {
        assertThat(Requests.isWatch(uri)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://host/api/v1/namespaces/shop/configmaps/portforward",
                "https://host/api/v1/namespaces/shop/pods/portforward",
                "https://host/api/v1/namespaces/shop/pods/web/exec?command=cat",
                "https://host/api/v1/pods?watch=false",
            })
    void everythingElseIsWork(URI uri) {
        assertThat(Requests.isWatch(uri)).isFalse();
    }
}
