package io.k1s.client.official;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import java.io.IOException;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Admits each call before anything else sees it, so that OkHttp's retries, redirects and other interceptors are part of it. */
final class TrackingInterceptor implements Interceptor {
    private static final Set<String> YES = Set.of("true", "1");

    private final WorkMetrics metrics;

    TrackingInterceptor(WorkMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        TrackedCall call = new TrackedCall(metrics, admit(request), chain.call());
        Response response;
        try {
            response = chain.proceed(request);
        } catch (Throwable t) {
            call.failed();
            throw t;
        }
        return call.answered(response);
    }

    private Work admit(Request request) throws RequestRejectedException {
        boolean watch = isWatch(request.url());
        // Without the query, which may hold what belongs in no log.
        String description =
                (watch ? "watch" : request.method()) + " " + request.url().encodedPath();
        try {
            return watch ? metrics.startWatch(description) : metrics.startWork(description);
        } catch (WorkRejectedException e) {
            throw new RequestRejectedException(e.getMessage() + ": " + description, e);
        }
    }

    /** What ends only when somebody ends it: a watch, or a log that is followed. */
    private static boolean isWatch(HttpUrl url) {
        return isYes(url.queryParameter("watch")) || isYes(url.queryParameter("follow"));
    }

    private static boolean isYes(@Nullable String value) {
        return value != null && YES.contains(value);
    }
}
