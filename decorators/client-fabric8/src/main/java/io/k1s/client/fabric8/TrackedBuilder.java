package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.http.TlsVersion;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;

/** Builds clients with a gate of their own. */
final class TrackedBuilder implements HttpClient.Builder {
    private final HttpClient.Builder builder;
    private final UnaryOperator<HttpClient> tracking;

    TrackedBuilder(HttpClient.Builder builder, UnaryOperator<HttpClient> tracking) {
        this.builder = builder;
        this.tracking = tracking;
    }

    @Override
    public HttpClient build() {
        return tracking.apply(builder.build());
    }

    @Override
    public HttpClient.Builder connectTimeout(long connectTimeout, TimeUnit unit) {
        builder.connectTimeout(connectTimeout, unit);
        return this;
    }

    @Override
    public HttpClient.Builder addOrReplaceInterceptor(String name, Interceptor interceptor) {
        builder.addOrReplaceInterceptor(name, interceptor);
        return this;
    }

    @Override
    public HttpClient.Builder authenticatorNone() {
        builder.authenticatorNone();
        return this;
    }

    @Override
    public HttpClient.Builder sslContext(KeyManager[] keyManagers, TrustManager[] trustManagers) {
        builder.sslContext(keyManagers, trustManagers);
        return this;
    }

    @Override
    public HttpClient.Builder followAllRedirects() {
        builder.followAllRedirects();
        return this;
    }

    @Override
    public HttpClient.Builder proxyAddress(InetSocketAddress proxyAddress) {
        builder.proxyAddress(proxyAddress);
        return this;
    }

    @Override
    public HttpClient.Builder proxyAuthorization(String credentials) {
        builder.proxyAuthorization(credentials);
        return this;
    }

    @Override
    public HttpClient.Builder tlsVersions(TlsVersion... tlsVersions) {
        builder.tlsVersions(tlsVersions);
        return this;
    }

    @Override
    public HttpClient.Builder tlsServerName(String tlsServerName) {
        builder.tlsServerName(tlsServerName);
        return this;
    }

    @Override
    public HttpClient.Builder preferHttp11() {
        builder.preferHttp11();
        return this;
    }

    @Override
    public HttpClient.Builder proxyType(HttpClient.ProxyType type) {
        builder.proxyType(type);
        return this;
    }

    @Override
    public HttpClient.DerivedClientBuilder tag(Object value) {
        builder.tag(value);
        return this;
    }
}
