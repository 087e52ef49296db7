package io.k1s.registry;

import io.k1s.metrics.WorkMetrics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The {@link ShutdownListener}s of a registry, each on a lane of its own. */
final class Listeners {
    private final Isolation isolation;
    private final ShutdownLog log;
    private final List<Lane> lanes = new CopyOnWriteArrayList<>();

    Listeners(Isolation isolation, ShutdownLog log) {
        this.isolation = isolation;
        this.log = log;
    }

    /** To be called under the lock of the registry, which orders it with registrations. Tells nothing yet. */
    Lane add(ShutdownListener listener) {
        Lane lane = new Lane(Objects.requireNonNull(listener, "listener"));
        lanes.add(lane);
        return lane;
    }

    /** Notes what all of them are to be told; {@link #tell()} tells it. Safe under a lock: runs and starts nothing. */
    void note(Consumer<ShutdownListener> news) {
        lanes.forEach(lane -> lane.news.add(news));
    }

    /** Has the noted news told, soon. */
    void tell() {
        lanes.forEach(Lane::tell);
    }

    void tell(Consumer<ShutdownListener> news) {
        note(news);
        tell();
    }

    /** Futures that complete when what was told so far has arrived. */
    List<CompletableFuture<Void>> told() {
        return lanes.stream().map(lane -> lane.thread.over()).toList();
    }

    static Consumer<ShutdownListener> registered(Tracked tracked) {
        Optional<WorkMetrics> metrics = tracked.metrics();
        return listener -> listener.componentRegistered(tracked.name(), metrics);
    }

    /** One listener. What it is to be told waits until it knows what was there before it. */
    final class Lane {
        private final ShutdownListener listener;
        private final Isolation.Serial thread = isolation.serial();
        private final Queue<Consumer<ShutdownListener>> news = new ConcurrentLinkedQueue<>();
        private volatile boolean open;

        private Lane(ShutdownListener listener) {
            this.listener = listener;
        }

        /** On the thread of whoever adds the listener, which is theirs. */
        void open(List<Tracked> present) {
            try {
                present.forEach(tracked -> registered(tracked).accept(listener));
            } finally {
                open = true;
                tell();
            }
        }

        private void tell() {
            if (open) {
                thread.start(this::deliver);
            }
        }

        private void deliver() {
            for (Consumer<ShutdownListener> next = news.poll(); next != null; next = news.poll()) {
                try {
                    next.accept(listener);
                } catch (Throwable t) {
                    log.listenerFailed(t);
                }
            }
        }
    }
}
