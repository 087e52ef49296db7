package io.k1s.registry;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Stops somebody's own component once, whoever asks. Thread-safe. */
final class ForeignStop {
    private final String name;
    private final WorkTrackingComponent component;
    private final AtomicBoolean claimed = new AtomicBoolean();
    /** The call has returned. */
    private final CompletableFuture<Void> returned = new CompletableFuture<>();
    /** How the component's stage ended, or why it has none. */
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

    ForeignStop(String name, WorkTrackingComponent component) {
        this.name = name;
        this.component = component;
    }

    /**
     * Asks the component, unless somebody has, and tells {@code drained} how that ended.
     *
     * @return completes when the call has returned
     */
    CompletableFuture<Void> stop(Isolation isolation, CompletableFuture<@Nullable Void> drained) {
        var unused = ended.handle((none, error) -> Isolation.relay(error, drained));
        if (claimed.compareAndSet(false, true)) {
            var unusedToo = isolation.start(this::call).whenComplete((none, error) -> returned.complete(null));
        }
        return returned;
    }

    private void call() {
        try {
            CompletionStage<?> stage = component.stopAcceptingWork();
            Objects.requireNonNull(stage, "stopAcceptingWork() of component \"" + name + "\" returned null")
                    .handle((value, error) -> Isolation.relay(error, ended));
        } catch (Throwable t) {
            ended.completeExceptionally(t);
        }
    }
}
