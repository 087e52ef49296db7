package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A response with another body. */
record BodyResponse<T>(HttpResponse<?> response, T body) implements HttpResponse<T> {

    @Override
    public int code() {
        return response.code();
    }

    @Override
    public String message() {
        return response.message();
    }

    @Override
    public HttpRequest request() {
        return response.request();
    }

    @Override
    public Optional<HttpResponse<?>> previousResponse() {
        return response.previousResponse();
    }

    @Override
    public List<String> headers(String key) {
        return response.headers(key);
    }

    @Override
    public Map<String, List<String>> headers() {
        return response.headers();
    }
}
