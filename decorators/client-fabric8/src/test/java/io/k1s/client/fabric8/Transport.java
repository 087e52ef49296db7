package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.okhttp.OkHttpClientFactory;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import java.util.function.Supplier;

/** fabric8's transports that run here. */
enum Transport {
    VERTX(VertxHttpClientFactory::new),
    JDK(JdkHttpClientFactory::new),
    OKHTTP(OkHttpClientFactory::new);

    private final Supplier<HttpClient.Factory> factory;

    Transport(Supplier<HttpClient.Factory> factory) {
        this.factory = factory;
    }

    HttpClient.Factory factory() {
        return factory.get();
    }
}
