package io.k1s.storage.support;

import io.k1s.storage.Watch;
import io.k1s.storage.WatchListener;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The watches of one store. They pull events from its {@link EventLog}, each at its own pace, on daemon threads that
 * exist only while events are delivered; so a slow one costs writers nothing but its log space.
 */
public final class WatchHub implements AutoCloseable {

    private static final long IDLE_THREAD_SECONDS = 5;

    private final EventLog log;
    private final Duration grace;
    private final ThreadPoolExecutor threads;
    private final CopyOnWriteArrayList<WatchPump> pumps = new CopyOnWriteArrayList<>();

    /**
     * Makes a hub without watches.
     *
     * @param grace how long {@link #close} waits for listeners
     */
    public WatchHub(String threadName, EventLog log, Duration grace) {
        this.log = log;
        this.grace = grace;
        // No queue: a watch whose listener blocks must not hold up another one.
        this.threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_THREAD_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, threadName);
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Adds a watch. The store calls this under its write lock, so that no commit falls between its choice of the first
     * revision and {@link #mark}, never after {@link #close}, and calls {@link #wake} afterwards.
     */
    public Watch open(String prefix, long from, WatchListener listener) {
        WatchPump pump = new WatchPump(this, prefix, from, listener);
        if (from <= log.revision()) {
            pump.mark(from);
        }
        pumps.add(pump);
        return pump;
    }

    /** Notes a committed event, already visible in the log. The store calls this under its write lock, in order. */
    public void mark(String key, long revision) {
        for (WatchPump pump : pumps) {
            if (key.startsWith(pump.prefix())) {
                pump.mark(revision);
            }
        }
    }

    /**
     * Starts delivering what was marked. The store calls this under no lock. A pump that runs is signalled too: it may have
     * looked at its mark for the last time.
     */
    public void wake() {
        for (WatchPump pump : pumps) {
            if (pump.isMarked()) {
                pump.signal();
            }
        }
    }

    /**
     * Drains all watches and stops the threads. What does not end in time is cancelled and its thread interrupted; it
     * ends when its listener returns. May be called by a listener, for whose watch it does not wait. When interrupted it
     * cancels at once; the interrupt is kept.
     */
    @Override
    public void close() {
        List<WatchPump> open = List.copyOf(pumps);
        open.forEach(WatchPump::drain);
        boolean byListener = open.stream().anyMatch(WatchPump::isRunByThisThread);
        long deadline = System.nanoTime() + grace.toNanos();
        boolean ended = true;
        for (WatchPump pump : open) {
            if (!pump.isRunByThisThread() && !pump.awaitEnd(deadline - System.nanoTime())) {
                pump.cancel();
                ended = false;
            }
        }
        if (ended || byListener) {
            threads.shutdown();
        } else {
            threads.shutdownNow();
        }
        if (!byListener) {
            awaitThreads();
        }
    }

    private void awaitThreads() {
        try {
            boolean ignored = threads.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    EventLog log() {
        return log;
    }

    ExecutorService threads() {
        return threads;
    }

    void remove(WatchPump pump) {
        pumps.remove(pump);
    }
}
