package io.k1s.cli;

import io.k1s.cli.Wire.Answer;
import io.k1s.cli.Wire.Operation;
import io.k1s.cli.Wire.Request;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.StorageClosedException;
import io.k1s.storage.StorageException;
import io.k1s.storage.UpdateFunction;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchListener;
import io.k1s.storage.support.Updates;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;

/**
 * A store that another process holds, through its socket: one connection for each call and each watch. Closing it closes
 * nothing there. If the other process ends in the middle of a call, its outcome is unknown, which the exception says.
 */
final class RemoteStorage implements StorageBackend {
    private final UnixDomainSocketAddress address;
    private final String name;
    private final Set<RemoteWatch> watches = ConcurrentHashMap.newKeySet();
    /** Whose revision is being asked for. The calls after a drain wait for it, or what they change might become part of it. */
    private final Queue<CompletableFuture<?>> drains = new ConcurrentLinkedQueue<>();
    /** Calls share it; closing takes it alone, and so waits for them. */
    private final ReentrantReadWriteLock calls = new ReentrantReadWriteLock();
    // Written under the write lock.
    private volatile boolean closed;

    private RemoteStorage(UnixDomainSocketAddress address) {
        this.address = address;
        this.name = address.getPath().toString();
    }

    /**
     * Connects to the process that holds a store.
     *
     * @throws IOException if nobody is there
     */
    static RemoteStorage connect(UnixDomainSocketAddress address) throws IOException {
        RemoteStorage storage = new RemoteStorage(address);
        try (SocketChannel probe = SocketChannel.open(address)) {
            if (!probe.isConnected()) {
                throw new IOException("not connected to " + address);
            }
        }
        return storage;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public KeyValue create(String key, byte[] value, Duration ttl) {
        return entry(new Request(
                Operation.CREATE, key, Wire.encoded(value), ttl == null ? null : ttl.toString(), 0, null, null));
    }

    @Override
    public KeyValue get(String key) {
        return entry(Request.of(Operation.GET, key, 0));
    }

    @Override
    public ListResult list(ListOptions options) {
        Request request = new Request(Operation.LIST, null, null, null, 0, options, null);
        return Objects.requireNonNull(call(request).page(), "page").toListResult();
    }

    @Override
    public KeyValue update(String key, byte[] value, long expectedRevision) {
        return entry(new Request(Operation.UPDATE, key, Wire.encoded(value), null, expectedRevision, null, null));
    }

    /** Here, not there: the function is ours. */
    @Override
    public KeyValue guaranteedUpdate(String key, UpdateFunction function) {
        return Updates.guaranteed(this, key, function);
    }

    @Override
    public KeyValue delete(String key, Preconditions preconditions) {
        return entry(new Request(Operation.DELETE, key, null, null, 0, null, preconditions));
    }

    @Override
    public Watch watch(String prefix, long fromRevision, WatchListener listener) {
        if (listener == null) {
            throw new IllegalArgumentException("watch listener is null; one is needed");
        }
        Request request = Request.of(Operation.WATCH, prefix, fromRevision);
        calls.readLock().lock();
        try {
            refuseIfClosed();
            Lines lines = connected();
            try {
                long before = ask(lines, request).number();
                RemoteWatch watch = new RemoteWatch(name, lines, before, listener, this::revisionOfDrain);
                watches.add(watch);
                var unused = watch.ended().thenRun(() -> watches.remove(watch));
                watch.start();
                return watch;
            } catch (Throwable t) {
                lines.close();
                throw t;
            }
        } finally {
            calls.readLock().unlock();
        }
    }

    @Override
    public long count(String prefix) {
        return call(Request.of(Operation.COUNT, prefix, 0)).number();
    }

    @Override
    public void compact(long revision) {
        var unused = call(Request.of(Operation.COMPACT, null, revision));
    }

    @Override
    public long revision() {
        return call(Request.of(Operation.REVISION, null, 0)).number();
    }

    @Override
    public void close() {
        calls.writeLock().lock();
        try {
            closed = true;
        } finally {
            calls.writeLock().unlock();
        }
        watches.forEach(Watch::drain);
        watches.forEach(RemoteWatch::awaitOrCancel);
    }

    private KeyValue entry(Request request) {
        return Objects.requireNonNull(call(request).entry(), "entry").toKeyValue();
    }

    /**
     * Has the revision that a drain is up to taken, if it can be had. A thread of its own asks for it, for a few seconds: the
     * other side may never answer, and neither the drain nor the close waits for that.
     */
    private CompletableFuture<?> revisionOfDrain(LongConsumer taker) {
        CompletableFuture<Long> answer = new CompletableFuture<>();
        CompletableFuture<Boolean> taken = answer.orTimeout(RemoteWatch.GRACE_SECONDS, TimeUnit.SECONDS)
                .handle((revision, failure) -> {
                    if (failure == null) {
                        taker.accept(revision);
                    }
                    return failure == null;
                });
        drains.add(taken);
        var unused = taken.thenRun(() -> drains.removeIf(CompletableFuture::isDone));
        if (closed) {
            answer.completeExceptionally(new StorageClosedException(name));
        } else {
            Thread thread = new Thread(() -> askRevision(answer), "k1s-remote-drain");
            thread.setDaemon(true);
            thread.start();
        }
        return taken;
    }

    private void askRevision(CompletableFuture<Long> answer) {
        try {
            Lines lines = connected();
            // Also when its time is over: nobody else ends the reading.
            var unused = answer.whenComplete((revision, failure) -> lines.close());
            answer.complete(ask(lines, Request.of(Operation.REVISION, null, 0)).number());
        } catch (Throwable t) {
            answer.completeExceptionally(t);
        }
    }

    private Answer call(Request request) {
        drains.forEach(CompletableFuture::join);
        calls.readLock().lock();
        try {
            refuseIfClosed();
            try (Lines lines = connected()) {
                return ask(lines, request);
            }
        } finally {
            calls.readLock().unlock();
        }
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new StorageClosedException(name);
        }
    }

    private Lines connected() {
        try {
            return new Lines(SocketChannel.open(address));
        } catch (IOException e) {
            throw new StorageException("the process that held the store is gone (" + name + ": " + e + ")", e);
        }
    }

    private Answer ask(Lines lines, Request request) {
        Answer answer;
        try {
            lines.write(Wire.line(request));
            answer = Wire.parse(lines.read(), Answer.class);
        } catch (IOException e) {
            throw new StorageException(
                    "the process that held the store did not answer, and whether it did what was asked is unknown ("
                            + name + ": " + e + ")",
                    e);
        }
        Failure failure = answer.failure();
        if (failure != null) {
            throw failure.toException(name, request);
        }
        return answer;
    }
}
