package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.Interceptor;

/** Builds clients that share the gate, as they share the connections, of the client that they are derived from. */
final class TrackedDerivedBuilder implements HttpClient.DerivedClientBuilder {
    private final HttpClient.DerivedClientBuilder builder;
    private final ClientGate gate;

    TrackedDerivedBuilder(HttpClient.DerivedClientBuilder builder, ClientGate gate) {
        this.builder = builder;
        this.gate = gate;
    }

    @Override
    public HttpClient build() {
        return new TrackedHttpClient(builder.build(), gate);
    }

    @Override
    public HttpClient.DerivedClientBuilder addOrReplaceInterceptor(String name, Interceptor interceptor) {
        builder.addOrReplaceInterceptor(name, interceptor);
        return this;
    }

    @Override
    public HttpClient.DerivedClientBuilder authenticatorNone() {
        builder.authenticatorNone();
        return this;
    }

    @Override
    public HttpClient.DerivedClientBuilder tag(Object value) {
        builder.tag(value);
        return this;
    }
}
