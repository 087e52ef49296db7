package io.k1s.client.official;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import okhttp3.Call;
import okhttp3.MediaType;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import okio.ForwardingSource;
import okio.Okio;
import okio.Source;
import org.jspecify.annotations.Nullable;

/** One call, from its admission until its body has been read to the end or closed. */
final class TrackedCall {
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int FIRST_FAILURE = HttpURLConnection.HTTP_BAD_REQUEST;

    private final Work work;
    private final Call call;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean answered;
    private final Object lines = new Object();
    // The next two are guarded by lines.
    private boolean draining;
    /** Whether the reader has whole lines, which are the events of a watch. */
    private boolean betweenLines = true;

    TrackedCall(WorkMetrics metrics, Work work, Call call) {
        this.work = work;
        this.call = call;
        work.onCancel(this::cancel);
        if (work.isWatch()) {
            work.onDrain(() -> {
                var unused = metrics.workQuiescence().thenRun(this::drain);
            });
        }
    }

    /** There is no answer. */
    void failed() {
        if (call.isCanceled()) {
            end(Work::cancel);
        } else {
            end(Work::fail);
        }
    }

    Response answered(Response response) {
        if (response.code() == SWITCHING_PROTOCOLS) {
            // The connection belongs to a WebSocket now, of which no interceptor hears again.
            end(Work::succeed);
            return response;
        }
        // Written before OkHttp looks once more whether the call is cancelled, and closes the answer if so;
        // cancel() writes that before it looks whether there is an answer.
        answered = true;
        boolean success = response.code() < FIRST_FAILURE;
        return response.newBuilder()
                .body(new TrackedBody(
                        response.body(), new TrackedSource(response.body().source(), success)))
                .build();
    }

    /** Cuts it off. Who waits for the answer gets an error and ends it; an answer that nobody may be reading is ended here. */
    private void cancel() {
        call.cancel();
        if (answered) {
            end(Work::cancel);
        }
    }

    /** Wakes a reader that waits for the next event; one that is inside an event gets the rest of it first. */
    private void drain() {
        boolean cut;
        synchronized (lines) {
            draining = true;
            cut = betweenLines;
        }
        if (cut) {
            call.cancel();
        }
    }

    private boolean isDrained() {
        synchronized (lines) {
            return draining && betweenLines;
        }
    }

    /**
     * Gives the reader what was read, but no begin of a line that it will not get the rest of: a watch that drains ends with the
     * first read in which a line ends, since a backlog may never be cut where a line is. Returns how much that is.
     */
    private long deliver(Buffer read, Buffer sink) {
        synchronized (lines) {
            long wanted = draining ? afterLastLine(read) : read.size();
            if (wanted == 0 && !betweenLines) {
                wanted = read.size();
            }
            if (wanted > 0) {
                sink.write(read, wanted);
                betweenLines = sink.getByte(sink.size() - 1) == '\n';
            }
            return wanted;
        }
    }

    private static long afterLastLine(Buffer read) {
        long end = read.size();
        while (end > 0 && read.getByte(end - 1) != '\n') {
            end--;
        }
        return end;
    }

    private void end(Consumer<Work> how) {
        if (ended.compareAndSet(false, true)) {
            how.accept(work);
        }
    }

    private static final class TrackedBody extends ResponseBody {
        private final ResponseBody body;
        private final BufferedSource source;

        TrackedBody(ResponseBody body, Source source) {
            this.body = body;
            this.source = Okio.buffer(source);
        }

        @Override
        public @Nullable MediaType contentType() {
            return body.contentType();
        }

        @Override
        public long contentLength() {
            return body.contentLength();
        }

        @Override
        public BufferedSource source() {
            return source;
        }
    }

    private final class TrackedSource extends ForwardingSource {
        private final boolean success;

        TrackedSource(Source source, boolean success) {
            super(source);
            this.success = success;
        }

        @Override
        public long read(Buffer sink, long byteCount) throws IOException {
            if (isDrained()) {
                return drained();
            }
            Buffer read = new Buffer();
            try {
                if (super.read(read, byteCount) < 0) {
                    over();
                    return -1;
                }
            } catch (IOException e) {
                if (isDrained()) {
                    return drained();
                }
                failed();
                throw e;
            }
            long delivered = deliver(read, sink);
            return delivered == 0 && isDrained() ? drained() : delivered;
        }

        /** The rest is not wanted, which is as good as read: the client closes what it has no use for. */
        @Override
        public void close() throws IOException {
            try {
                super.close();
            } finally {
                if (call.isCanceled()) {
                    end(Work::cancel);
                } else {
                    over();
                }
            }
        }

        /** As if the server had ended the watch, which it may at any time. */
        private long drained() {
            end(Work::succeed);
            return -1;
        }

        private void over() {
            end(success ? Work::succeed : Work::fail);
        }
    }
}
