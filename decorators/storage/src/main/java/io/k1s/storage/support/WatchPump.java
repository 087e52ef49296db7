package io.k1s.storage.support;

import io.k1s.storage.CompactedException;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import io.k1s.storage.WatchEnded.Reason;
import io.k1s.storage.WatchEvent;
import io.k1s.storage.WatchListener;
import io.k1s.storage.WatchOverflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/*
 * Signals count in `signals`; whoever raises it from 0 starts run(), which goes on until it has seen every signal. So at
 * most one thread runs a pump, and what that thread alone uses needs no lock: each run happens-after the one before,
 * through `signals`.
 *
 * A watch that has delivered everything does not follow the log, or each commit would wake every watch. Instead `due`
 * takes the first revision committed for it since the pump last looked; all between `next` and `due` are others' events.
 */
/** One watch: a cursor in the log, and the loop that moves it. */
final class WatchPump implements Watch, Runnable {

    private static final long NOT_DRAINING = Long.MAX_VALUE;

    private final WatchHub hub;
    private final String prefix;
    private final WatchListener listener;
    private final CompletableFuture<WatchEnded> ended = new CompletableFuture<>();

    private final AtomicInteger signals = new AtomicInteger();
    private final AtomicLong due = new AtomicLong();
    private volatile long drainTo = NOT_DRAINING;
    private volatile boolean cancelled;
    private volatile @Nullable Thread runner;

    // Used by the running thread only.
    private long next;
    private long delivered;

    WatchPump(WatchHub hub, String prefix, long from, WatchListener listener) {
        this.hub = hub;
        this.prefix = prefix;
        this.listener = listener;
        this.next = from;
        this.delivered = from - 1;
    }

    String prefix() {
        return prefix;
    }

    /** Only the first mark counts until the pump looks again. */
    void mark(long revision) {
        if (due.get() == 0) {
            due.compareAndSet(0, revision);
        }
    }

    boolean isMarked() {
        return due.get() != 0;
    }

    boolean isRunByThisThread() {
        return Thread.currentThread() == runner;
    }

    void signal() {
        if (signals.getAndIncrement() != 0) {
            return;
        }
        try {
            hub.threads().execute(this);
        } catch (RuntimeException | OutOfMemoryError e) {
            // No thread to be had: the next commit tries again. A cancelled pump calls nobody, so it can run here.
            if (cancelled) {
                run();
            } else {
                signals.set(0);
            }
        }
    }

    @Override
    public void drain() {
        if (drainTo == NOT_DRAINING) {
            drainTo = hub.log().markedRevision();
            signal();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        signal();
    }

    @Override
    public CompletionStage<WatchEnded> ended() {
        return ended.minimalCompletionStage();
    }

    /** Returns whether the watch ended in time. When interrupted it returns at once and keeps the interrupt. */
    boolean awaitEnd(long nanos) {
        try {
            WatchEnded ignored = ended.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new AssertionError("ended completes normally only", e);
        }
    }

    @Override
    public void run() {
        int seen = signals.get();
        do {
            runner = Thread.currentThread();
            if (!ended.isDone()) {
                WatchEnded end = deliver();
                if (end != null) {
                    hub.remove(this);
                    ended.complete(end);
                }
            }
            runner = null;
            seen = signals.addAndGet(-seen);
        } while (seen != 0);
    }

    private @Nullable WatchEnded deliver() {
        try {
            while (!cancelled) {
                // Before `due`: all that is to be delivered when drain was called is marked by then.
                long limit = drainTo;
                long first = due.getAndSet(0);
                if (first != 0
                        && !deliver(
                                Math.max(next, first), Math.min(limit, hub.log().revision()))) {
                    break;
                }
                if (limit != NOT_DRAINING) {
                    return end(Reason.CLOSING, null);
                }
                if (first == 0) {
                    return null;
                }
            }
            return end(Reason.CANCELLED, null);
        } catch (CompactedException e) {
            return end(Reason.COMPACTED, e);
        } catch (WatchOverflowException e) {
            return end(Reason.OVERFLOW, e);
        } catch (ListenerFailure e) {
            return end(Reason.FAILED, e.getCause());
        } catch (Throwable t) {
            return end(Reason.FAILED, t);
        }
    }

    private boolean deliver(long from, long to) {
        List<WatchEvent> batch = new ArrayList<>();
        for (next = from; next <= to; ) {
            batch.clear();
            long after = hub.log().read(prefix, next, to, batch);
            for (WatchEvent event : batch) {
                if (cancelled) {
                    return false;
                }
                call(event);
                delivered = event.revision();
            }
            next = after;
        }
        return true;
    }

    private void call(WatchEvent event) {
        try {
            listener.onEvent(event);
        } catch (Throwable t) {
            // Checked ones too: other languages throw them undeclared.
            throw new ListenerFailure(t);
        }
    }

    private WatchEnded end(Reason reason, @Nullable Throwable cause) {
        return new WatchEnded(reason, delivered, cause);
    }

    /** Keeps what a listener throws, which may be a {@link CompactedException} of its own, apart from ours. */
    private static final class ListenerFailure extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ListenerFailure(Throwable cause) {
            super(cause);
        }
    }
}
