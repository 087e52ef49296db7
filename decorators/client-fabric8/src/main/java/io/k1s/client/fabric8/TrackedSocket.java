package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.WebSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One WebSocket, from its admission until it is closed, fails, or cannot be opened. */
final class TrackedSocket implements WebSocket.Listener {
    private static final int NORMAL_CLOSURE = 1000;

    private final WebSocket.Listener listener;
    private final Admission admission;
    private final AtomicBoolean over = new AtomicBoolean();
    /** Replaced once, before anybody can cancel. */
    private CompletableFuture<WebSocket> opening = new CompletableFuture<>();

    private volatile @Nullable WebSocket socket;
    private volatile boolean draining;

    TrackedSocket(WebSocket.Listener listener, Admission admission) {
        this.listener = listener;
        this.admission = admission;
    }

    CompletableFuture<WebSocket> open(WebSocket.Builder builder) {
        try {
            opening = builder.buildAsync(this);
        } catch (Throwable t) {
            admission.end(t);
            throw t;
        }
        CompletableFuture<WebSocket> result = new CompletableFuture<>();
        var unused = opening.whenComplete((open, error) -> {
            if (error == null) {
                result.complete(open);
            } else {
                finish(error, () -> {});
                result.completeExceptionally(error);
            }
        });
        admission.onCancel(this::cancel);
        admission.onDrain(this::drain);
        return cancelling(result);
    }

    private CompletableFuture<WebSocket> cancelling(CompletableFuture<WebSocket> result) {
        var unused = result.whenComplete((open, error) -> {
            if (result.isCancelled()) {
                cancel();
            }
        });
        return result;
    }

    @Override
    public void onOpen(WebSocket open) {
        socket = open;
        // Written before the look; cancel() turns the flag before it looks for the socket.
        if (over.get()) {
            open.sendClose(NORMAL_CLOSURE, "cancelled");
        } else {
            listener.onOpen(open);
        }
    }

    @Override
    public void onMessage(WebSocket from, String text) {
        if (over.get()) {
            from.request();
        } else {
            listener.onMessage(from, text);
        }
    }

    @Override
    public void onMessage(WebSocket from, ByteBuffer bytes) {
        if (over.get()) {
            from.request();
        } else {
            listener.onMessage(from, bytes);
        }
    }

    /**
     * A watch that we closed is told an error. fabric8 takes an orderly close of a young watch for a revision that is too old, and
     * lists anew; after an error it looks whether its client is closed, and then ends the watch quietly.
     */
    @Override
    public void onClose(WebSocket from, int code, String reason) {
        finish(null, () -> {
            if (draining) {
                listener.onError(from, new IOException("closed since its client closes: " + admission.description()));
            } else {
                listener.onClose(from, code, reason);
            }
        });
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        finish(error, () -> listener.onError(from, error));
    }

    /** Asks the other side to close, which it confirms with {@link #onClose}. */
    private void drain() {
        draining = true;
        WebSocket open = socket;
        if (open == null) {
            cancel();
        } else {
            open.sendClose(NORMAL_CLOSURE, "closing");
        }
    }

    /** Ends it here and now. fabric8 has no abort: the other side is asked to close, and what it still sends is dropped. */
    private void cancel() {
        CancellationException reason = new CancellationException("cancelled: " + admission.description());
        finish(reason, () -> {
            opening.cancel(true);
            WebSocket open = socket;
            if (open != null) {
                if (!draining) {
                    open.sendClose(NORMAL_CLOSURE, "cancelled");
                }
                listener.onError(open, reason);
            }
        });
    }

    /** The listener first: when the work has ended, it has been told. */
    private void finish(@Nullable Throwable error, Runnable tell) {
        if (over.compareAndSet(false, true)) {
            try {
                tell.run();
            } finally {
                admission.end(error);
            }
        }
    }
}
