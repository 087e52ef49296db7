package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.ByteArrayBodyHandler;
import io.fabric8.kubernetes.client.http.HttpClientReadableByteChannel;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Turns the bytes of a body into what a caller of {@code sendAsync} asked for, with fabric8's own handlers. (fabric8 does the same
 * inside its clients, where the body cannot be seen.)
 */
interface BodyReader<T> extends AsyncBody.Consumer<List<ByteBuffer>> {

    /** Starts to read. Completes when the whole is there, or for a stream at once. */
    CompletableFuture<HttpResponse<T>> read(HttpResponse<AsyncBody> response);

    /**
     * Returns a reader for one response.
     *
     * @throws IllegalArgumentException if fabric8 does not support the type
     */
    @SuppressWarnings("unchecked") // Each gives what SupportedResponses chose it for.
    static <T> BodyReader<T> of(Class<T> type) {
        BodyReader<?> reader = switch (HttpResponse.SupportedResponses.from(type)) {
            case TEXT -> new Whole<>(bytes -> new String(bytes, StandardCharsets.UTF_8));
            case BYTE_ARRAY -> new Whole<>(bytes -> bytes);
            case INPUT_STREAM -> new Stream<>(Channels::newInputStream);
            case READER ->
                new Stream<>(
                        channel -> new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        };
        return (BodyReader<T>) reader;
    }

    /** The whole body. */
    final class Whole<T> extends ByteArrayBodyHandler implements BodyReader<T> {
        private final Function<byte[], T> conversion;

        Whole(Function<byte[], T> conversion) {
            this.conversion = conversion;
        }

        @Override
        public CompletableFuture<HttpResponse<T>> read(HttpResponse<AsyncBody> response) {
            onResponse(response);
            return getResult().thenApply(bytes -> new BodyResponse<>(response, conversion.apply(bytes)));
        }
    }

    /** A stream, which asks for more as it is read, and whose close cancels the rest. */
    final class Stream<T> extends HttpClientReadableByteChannel implements BodyReader<T> {
        private final Function<HttpClientReadableByteChannel, T> opening;

        Stream(Function<HttpClientReadableByteChannel, T> opening) {
            this.opening = opening;
        }

        @Override
        public CompletableFuture<HttpResponse<T>> read(HttpResponse<AsyncBody> response) {
            onResponse(response);
            return CompletableFuture.completedFuture(new BodyResponse<>(response, opening.apply(this)));
        }
    }
}
