package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One request, from its admission until its body is done.
 *
 * <p>fabric8's retries happen below, so they are part of it. Whatever the caller waits for (the future of the response if it fails,
 * else {@link AsyncBody#done()}) completes after the work has ended.
 */
final class Exchange {
    private final Admission admission;
    private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    /** What fabric8 promised. Replaced once, before anybody can cancel. */
    private CompletableFuture<HttpResponse<AsyncBody>> sent = new CompletableFuture<>();

    private volatile @Nullable AsyncBody body;
    private volatile boolean cancelled;

    Exchange(Admission admission) {
        this.admission = admission;
    }

    /** Sends, and completes when the headers are there; the body is the consumer's to ask for. */
    CompletableFuture<HttpResponse<AsyncBody>> consumeBytes(
            HttpClient client, HttpRequest request, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        try {
            sent = client.consumeBytes(request, new TrackedConsumer(consumer));
        } catch (Throwable t) {
            finish(t);
            throw t;
        }
        CompletableFuture<HttpResponse<AsyncBody>> result = new CompletableFuture<>();
        var unused = sent.whenComplete((response, error) -> {
            if (response == null) {
                finish(error);
                result.completeExceptionally(Objects.requireNonNull(error));
            } else {
                received(response);
                result.complete(new BodyResponse<>(response, new TrackedBody(response.body())));
            }
        });
        admission.onCancel(this::cancel);
        admission.onDrain(this::cancel);
        return cancelling(result);
    }

    /** Sends, and completes when the reader has what the caller asked for. */
    <T> CompletableFuture<HttpResponse<T>> send(HttpClient client, HttpRequest request, BodyReader<T> reader) {
        CompletableFuture<HttpResponse<T>> result = new CompletableFuture<>();
        var unused = consumeBytes(client, request, reader)
                .thenCompose(reader::read)
                .whenComplete((response, error) -> {
                    if (error == null) {
                        result.complete(response);
                    } else {
                        try {
                            // If it was the reader that failed, nobody reads the body any more.
                            cancel();
                        } finally {
                            result.completeExceptionally(error);
                        }
                    }
                });
        return cancelling(result);
    }

    private void received(HttpResponse<AsyncBody> response) {
        AsyncBody raw = response.body();
        body = raw;
        var unused = raw.done().whenComplete((none, error) -> {
            if (error == null && !response.isSuccessful()) {
                admission.fail();
            }
            // A transport can notice the reset connection before it has marked the body as cancelled.
            finish(error != null && cancelled ? new CancellationException("cancelled") : error);
        });
        // Written before the look; cancel() writes its flag before it looks for the body.
        if (cancelled) {
            raw.cancel();
        }
    }

    /** A future of the caller's own, since those that fabric8 gives out do not pass their cancellation on. */
    private <T> CompletableFuture<T> cancelling(CompletableFuture<T> result) {
        var unused = result.whenComplete((value, error) -> {
            if (result.isCancelled()) {
                cancel();
            }
        });
        return result;
    }

    /** Cuts it off: before the headers the answer is dropped when it comes, after them the connection is reset. */
    private void cancel() {
        if (done.isDone()) {
            // A stream that was read to its end is closed all the same. Its connection may be another request's by now.
            return;
        }
        cancelled = true;
        sent.cancel(true);
        AsyncBody raw = body;
        try {
            if (raw != null) {
                raw.cancel();
            }
        } finally {
            // A transport whose threads are gone completes nothing any more.
            finish(new CancellationException("cancelled: " + admission.description()));
        }
    }

    private void finish(@Nullable Throwable error) {
        admission.end(error);
        if (error == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(error);
        }
    }

    private final class TrackedConsumer implements AsyncBody.Consumer<List<ByteBuffer>> {
        private final AsyncBody.Consumer<List<ByteBuffer>> consumer;

        TrackedConsumer(AsyncBody.Consumer<List<ByteBuffer>> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void consume(List<ByteBuffer> value, AsyncBody raw) throws Exception {
            consumer.consume(value, new TrackedBody(raw));
        }

        @Override
        public <U> U unwrap(Class<U> target) {
            return consumer.unwrap(target);
        }
    }

    private final class TrackedBody implements AsyncBody {
        private final AsyncBody raw;

        TrackedBody(AsyncBody raw) {
            this.raw = raw;
        }

        @Override
        public void consume() {
            raw.consume();
        }

        @Override
        public CompletableFuture<Void> done() {
            return done;
        }

        @Override
        public void cancel() {
            Exchange.this.cancel();
        }
    }
}
