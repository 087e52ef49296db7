package io.k1s.client.official;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Okio;

/** Keeps an answer, or what was read of it, below the tracking, until the test says so. */
final class HeldReads implements Interceptor {
    private final CountDownLatch reading = new CountDownLatch(1);
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile boolean holding;
    private volatile boolean holdingAnswer;
    private volatile Call call;

    /** The next read. */
    void holdNext() {
        holding = true;
    }

    /** The answer itself. */
    void holdAnswer() {
        holdingAnswer = true;
    }

    /** Somebody has come to read what {@link #holdNext} holds, and perhaps still waits for it. */
    void awaitReading() throws IOException {
        HeldServer.await(reading);
    }

    void awaitHeld() throws IOException {
        HeldServer.await(held);
    }

    void awaitCancelled() {
        OfficialClientTest.await(call::isCanceled);
    }

    void release() {
        released.countDown();
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        call = chain.call();
        Response response = chain.proceed(chain.request());
        if (holdingAnswer) {
            held.countDown();
            HeldServer.await(released);
        }
        ResponseBody body = response.body();
        return response.newBuilder()
                .body(ResponseBody.create(
                        Okio.buffer(new ForwardingSource(body.source()) {
                            @Override
                            public long read(Buffer sink, long byteCount) throws IOException {
                                if (holding) {
                                    reading.countDown();
                                }
                                long count = super.read(sink, byteCount);
                                if (holding) {
                                    holding = false;
                                    held.countDown();
                                    HeldServer.await(released);
                                }
                                return count;
                            }
                        }),
                        body.contentType(),
                        body.contentLength()))
                .build();
    }
}
