package io.k1s.cli;

import io.k1s.storage.StorageException;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import io.k1s.storage.WatchEvent;
import io.k1s.storage.WatchListener;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A watch of a store that another process holds. The other side sends one event at a time, and waits until it was taken: so a
 * slow listener falls behind there, where it is noticed, and the end means here what it means there.
 */
final class RemoteWatch implements Watch {
    static final long GRACE_SECONDS = 5;

    private final String name;
    private final Lines lines;
    private final WatchListener listener;
    private final Function<LongConsumer, CompletionStage<?>> revision;
    private final CompletableFuture<WatchEnded> ended = new CompletableFuture<>();
    private volatile boolean cancelled;
    /** The last revision that is delivered. */
    private final AtomicLong lastToDeliver = new AtomicLong(Long.MAX_VALUE);
    /** Of the last event that was taken. Used by the watch's own thread. */
    private long lastRevision;

    /** @param revision asks the store for its revision, waits for nothing, and completes when there is none to be had too */
    RemoteWatch(
            String name,
            Lines lines,
            long revisionBefore,
            WatchListener listener,
            Function<LongConsumer, CompletionStage<?>> revision) {
        this.name = name;
        this.lines = lines;
        this.lastRevision = revisionBefore;
        this.listener = listener;
        this.revision = revision;
    }

    void start() {
        Thread thread = new Thread(this::run, "k1s-remote-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        WatchEnded end;
        try {
            end = deliver();
        } catch (IOException e) {
            end = cancelled
                    ? ended(WatchEnded.Reason.CANCELLED, null)
                    : ended(
                            WatchEnded.Reason.FAILED,
                            new StorageException(
                                    "the process that held the store is gone (" + name + ": " + e + ")", e));
        } catch (Throwable t) {
            end = ended(WatchEnded.Reason.FAILED, t);
        }
        lines.close();
        ended.complete(end);
    }

    private WatchEnded deliver() throws IOException {
        while (true) {
            Wire.Notice notice = Wire.parse(lines.read(), Wire.Notice.class);
            if (notice.type() == null) {
                Failure cause = notice.cause();
                return ended(
                        Objects.requireNonNull(notice.reason(), "reason"),
                        cause == null ? null : cause.toException(name, null));
            }
            if (cancelled) {
                return ended(WatchEnded.Reason.CANCELLED, null);
            }
            WatchEvent event = new WatchEvent(
                    notice.type(),
                    Objects.requireNonNull(notice.entry(), "entry").toKeyValue());
            if (event.revision() <= lastToDeliver.get()) {
                listener.onEvent(event);
                lastRevision = event.revision();
            }
            lines.write(Wire.NEXT);
        }
    }

    private WatchEnded ended(WatchEnded.Reason reason, @Nullable Throwable cause) {
        return new WatchEnded(reason, lastRevision, cause);
    }

    /**
     * The other side hears of it a little later, and what is committed there until then is not ours to deliver: so it asks for
     * the revision first. If there is none to be had, this side is closed, and nothing of ours comes after; or the other side
     * closes, is gone or hangs.
     */
    @Override
    public void drain() {
        var unused = revision.apply(now -> lastToDeliver.accumulateAndGet(now, Math::min))
                .thenRun(() -> tell(Wire.DRAIN));
    }

    /** Without an answer: the other side may have been stopped. */
    @Override
    public void cancel() {
        cancelled = true;
        tell(Wire.CANCEL);
        lines.close();
    }

    private void tell(String word) {
        try {
            lines.write(word);
        } catch (IOException e) {
            // It has ended, or the other side is gone, which the reading thread finds out.
        }
    }

    @Override
    public CompletionStage<WatchEnded> ended() {
        return ended.minimalCompletionStage();
    }

    /** Gives it a few seconds. */
    void awaitOrCancel() {
        try {
            ended.get(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel();
        } catch (ExecutionException | TimeoutException e) {
            cancel();
        }
    }
}
