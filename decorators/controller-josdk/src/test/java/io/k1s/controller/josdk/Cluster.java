package io.k1s.controller.josdk;

import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.k1s.testing.Patience;
import java.util.HashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/** A mock of an API server that keeps objects, and can hold up a request. */
final class Cluster implements AutoCloseable {
    /** The mock server does not know who may what. */
    private static final String ALL_ALLOWED = """
            {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {},
             "status": {"resourceRules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}}""";

    private final KubernetesMockServer server;
    final KubernetesClient client;
    final CountDownLatch arrived = new CountDownLatch(1);
    final CountDownLatch answer = new CountDownLatch(1);
    private volatile Predicate<RecordedRequest> held = request -> false;

    Cluster() {
        server = new KubernetesMockServer(
                new Context(),
                new MockWebServer(),
                new HashMap<>(),
                new KubernetesCrudDispatcher() {
                    @Override
                    public MockResponse dispatch(RecordedRequest request) {
                        if (held.test(request)) {
                            arrived.countDown();
                            Patience.await(answer);
                        }
                        if (request.getPath().endsWith("/selfsubjectrulesreviews")) {
                            return new MockResponse().setResponseCode(201).setBody(ALL_ALLOWED);
                        }
                        return super.dispatch(request);
                    }
                },
                false);
        server.init();
        client = server.createClient();
    }

    KubernetesClient newClient() {
        return server.createClient();
    }

    /** Such a request is answered only after {@link #answer}. */
    void hold(String method, String pathEnd) {
        held = request -> request.getMethod().equals(method)
                && request.getPath().split("\\?")[0].endsWith(pathEnd);
    }

    MixedOperation<Item, KubernetesResourceList<Item>, Resource<Item>> items() {
        return client.resources(Item.class);
    }

    void create(String name) {
        items().resource(Item.named(name)).create();
    }

    Item get(String name) {
        return items().inNamespace("shop").withName(name).get();
    }

    /** What every operator of these tests needs. */
    void configure(ConfigurationServiceOverrider operator) {
        operator.withKubernetesClient(client)
                .withCloseClientOnStop(false)
                // The mock server does not know server-side apply.
                .withUseSSAToPatchPrimaryResource(false);
    }

    @Override
    public void close() {
        answer.countDown();
        client.close();
        server.destroy();
    }
}
