package io.k1s.client.fabric8;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request, or one socket, that was let in: work of the component, and of the client's own gate. Both end together and once.
 */
final class Admission {
    private final WorkMetrics component;
    private final Work work;
    private final WorkMetrics client;
    private final Work workOfClient;
    private final AtomicBoolean ended = new AtomicBoolean();

    Admission(WorkMetrics component, Work work, WorkMetrics client, Work workOfClient) {
        this.component = component;
        this.work = work;
        this.client = client;
        this.workOfClient = workOfClient;
    }

    String description() {
        return work.description();
    }

    /** How to cut it short: at the soft deadline, after a watch's grace, or when the client closes and has waited enough. */
    void onCancel(Runnable cancel) {
        work.onCancel(cancel);
        workOfClient.onCancel(cancel);
    }

    /** How to end a watch, once the requests have ended and it has had the time to see what they did. */
    void onDrain(Runnable drain) {
        if (work.isWatch()) {
            work.onDrain(() -> {
                var unused = component.workQuiescence().thenRun(drain);
            });
            workOfClient.onDrain(() -> {
                var unused = client.workQuiescence().thenRun(drain);
            });
        }
    }

    /** As {@link Work#end}. */
    void end(@Nullable Throwable error) {
        end(each -> each.end(error));
    }

    void fail() {
        end(Work::fail);
    }

    /** The component's work first: who waits for the client to close finds the component's counters final. */
    private void end(Consumer<Work> how) {
        if (ended.compareAndSet(false, true)) {
            how.accept(work);
            how.accept(workOfClient);
        }
    }
}
