package io.k1s.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectEvent;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectList;
import io.k1s.client.ObjectListener;
import io.k1s.client.ObjectQuery;
import io.k1s.metrics.Outcome;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.storage.CompactedException;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a cache as the storage is, and tells about each change: from a list, and from the events after its revision. When
 * events were lost, because history was compacted or this fell behind it, it lists again and tells about what differs.
 *
 * <p>It is one watch of its component, from the first list to the last event, and each list and each event is a child of that:
 * counted work, admitted until the watch has ended.
 */
final class Informer<T extends HasMetadata> {
    private static final Logger LOG = LoggerFactory.getLogger(Informer.class);

    /** How a watch ends that another one has to follow; otherwise the client has closed. */
    private static final Set<WatchEnded.Reason> GOES_ON =
            EnumSet.of(WatchEnded.Reason.COMPACTED, WatchEnded.Reason.OVERFLOW, WatchEnded.Reason.FAILED);

    private final ObjectClient client;
    private final ObjectQuery query;
    private final WorkMetrics metrics;
    private final long retryMillis;
    private final ObjectCache<T> cache;
    private final List<BiConsumer<@Nullable T, @Nullable T>> handlers = new CopyOnWriteArrayList<>();
    /** Guarded by this, as is the next. Null while there is none. */
    private @Nullable Watch watch;

    private boolean retrying;
    private boolean draining;

    Informer(ObjectClient client, ObjectQuery query, WorkMetrics metrics, ObjectCache<T> cache, long retryMillis) {
        this.client = client;
        this.query = query;
        this.metrics = metrics;
        this.cache = cache;
        this.retryMillis = retryMillis;
    }

    ObjectCache<T> cache() {
        return cache;
    }

    /** Before the start. The handler gets what was there and what is; called in order, and must not throw. */
    void onChange(BiConsumer<@Nullable T, @Nullable T> handler) {
        handlers.add(handler);
    }

    /** Returns when everything that is there has been told. */
    void start() {
        Work token = metrics.startWatch("inform of " + cache.type().qualifiedPlural() + " in " + query);
        token.onDrain(() -> drain(token)).onCancel(this::cancel);
        try {
            sync(token);
        } catch (Throwable t) {
            token.fail();
            throw t;
        }
    }

    /** Lists, and watches from there. Events that come in between are part of the watch. */
    private void sync(Work token) {
        while (true) {
            ObjectList<T> list = client.list(cache.type(), query);
            try (Work work = token.startChild("list " + cache.type().qualifiedPlural())) {
                replace(list.items());
                work.succeed();
            }
            try {
                Watch opened = client.watch(cache.type(), query, list.resourceVersion(), new Events(token));
                opened(opened);
                var unused = opened.ended().thenAccept(ended -> ended(token, ended));
                return;
            } catch (CompactedException e) {
                LOG.atDebug().setCause(e).log("compacted between list and watch, listing again");
            }
        }
    }

    private void replace(List<T> items) {
        Set<ObjectKey> vanished = new HashSet<>(cache.keys());
        for (T item : items) {
            ObjectKey key = ObjectKey.of(item);
            vanished.remove(key);
            tell(cache.put(key, item), item);
        }
        for (ObjectKey key : vanished) {
            tell(cache.remove(key), null);
        }
    }

    private void tell(@Nullable T before, @Nullable T now) {
        handlers.forEach(handler -> handler.accept(before, now));
    }

    private void opened(Watch opened) {
        boolean late;
        synchronized (this) {
            watch = opened;
            late = draining;
        }
        if (late) {
            opened.drain();
        }
    }

    /** The token ends with the watch, when everything that is committed has been told. */
    private void drain(Work token) {
        Watch open;
        boolean given;
        synchronized (this) {
            draining = true;
            open = watch;
            given = retrying;
        }
        if (open != null) {
            open.drain();
        } else if (given) {
            // What it has missed is for the next start.
            token.cancel();
        }
    }

    private synchronized void cancel() {
        if (watch != null) {
            watch.cancel();
        }
    }

    /** On the thread of the watch that has ended. */
    private void ended(Work token, WatchEnded ended) {
        boolean over;
        synchronized (this) {
            watch = null;
            over = draining || !GOES_ON.contains(ended.reason());
        }
        if (over) {
            token.end(ended.cause());
            return;
        }
        LOG.atInfo()
                .addKeyValue("kind", cache.type().qualifiedPlural())
                .addKeyValue("reason", ended.reason())
                .addKeyValue("lastRevision", ended.lastRevision())
                .log("events were lost, listing again");
        if (ended.reason() == WatchEnded.Reason.FAILED) {
            retryLater(token, Objects.requireNonNull(ended.cause()));
        } else {
            resync(token);
        }
    }

    private void retry(Work token) {
        synchronized (this) {
            if (draining) {
                return;
            }
            retrying = false;
        }
        resync(token);
    }

    private void resync(Work token) {
        try {
            sync(token);
        } catch (Throwable t) {
            // An Error of the user's code too: nobody else hears of it here, and the token would never end.
            retryLater(token, t);
        }
    }

    private void retryLater(Work token, Throwable cause) {
        boolean over;
        synchronized (this) {
            over = draining;
            retrying = !over;
        }
        if (over) {
            token.end(cause);
            return;
        }
        LOG.atError()
                .addKeyValue("kind", cache.type().qualifiedPlural())
                .addKeyValue("retryInMillis", retryMillis)
                .setCause(cause)
                .log("objects cannot be read");
        CompletableFuture.delayedExecutor(retryMillis, TimeUnit.MILLISECONDS).execute(() -> retry(token));
    }

    /** From the event to the enqueued request. */
    private final class Events implements ObjectListener<T> {
        private final Work token;

        Events(Work token) {
            this.token = token;
        }

        @Override
        public void onEvent(ObjectEvent<T> event) {
            long ticket = metrics.beginChild(token);
            Outcome outcome = Outcome.FAILED;
            try {
                ObjectKey key = ObjectKey.of(event.object());
                if (event.type() == ObjectEvent.Type.DELETED) {
                    tell(cache.remove(key), null);
                } else {
                    tell(cache.put(key, event.object()), event.object());
                }
                outcome = Outcome.SUCCEEDED;
            } finally {
                metrics.end(ticket, outcome);
            }
        }
    }
}
