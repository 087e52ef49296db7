package io.k1s.client.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.WebSocket;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownConfig;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Every setting of a builder reaches the builder behind it, those of later versions of fabric8 too. */
class BuilderTest {
    private final List<String> asked = new ArrayList<>();
    private final ClientGate gate = new ClientGate(
            WorkMetrics.create("api"), recording(HttpClient.class), ShutdownConfig.defaults(), closed -> {});

    @Test
    void everySettingOfAClientIsPassedOn() throws Exception {
        requirePassedOn(HttpClient.Builder.class, new TrackedBuilder(recording(HttpClient.Builder.class), c -> c));
    }

    @Test
    void everySettingOfADerivedClientIsPassedOn() throws Exception {
        requirePassedOn(
                HttpClient.DerivedClientBuilder.class,
                new TrackedDerivedBuilder(recording(HttpClient.DerivedClientBuilder.class), gate));
    }

    @Test
    void everySettingOfASocketIsPassedOn() throws Exception {
        requirePassedOn(WebSocket.Builder.class, new TrackedWebSocketBuilder(recording(WebSocket.Builder.class), gate));
    }

    private void requirePassedOn(Class<?> type, Object tracked) throws Exception {
        for (Method method : type.getMethods()) {
            if (!Set.of("build", "buildAsync").contains(method.getName())) {
                asked.clear();
                Object[] arguments = new Object[method.getParameterCount()];
                for (int i = 0; i < arguments.length; i++) {
                    arguments[i] = argument(method.getParameterTypes()[i]);
                }
                assertThat(method.invoke(tracked, arguments))
                        .as(method.toString())
                        .isSameAs(tracked);
                assertThat(asked).containsExactly(method.getName());
            }
        }
    }

    private static Object argument(Class<?> type) {
        if (type == long.class) {
            return 1L;
        }
        if (type == TimeUnit.class) {
            return TimeUnit.SECONDS;
        }
        if (type == String.class) {
            return "text";
        }
        return type == URI.class ? URI.create("http://localhost/") : null;
    }

    private <T> T recording(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    asked.add(method.getName());
                    return method.getReturnType().isInstance(proxy) ? proxy : null;
                }));
    }
}
