package io.k1s.jdk;

import io.k1s.metrics.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One connection that is out of its pool, and the one place where its work ends. */
final class Holding {
    private final Connection connection;
    private final Work work;
    /** What its thread held when it was taken. */
    private final @Nullable Holding outer;

    private final ThreadLocal<@Nullable Holding> held;
    private final Thread taker = Thread.currentThread();
    private final Connection tracked;
    /** By execution: a connection may be used by several threads, and a driver decides when two statements are equal. */
    private final Map<Object, Statement> running = new ConcurrentHashMap<>();
    /** Never unset: its taker may have forgotten it. Volatile, since nothing else need tell the taker of that use. */
    private volatile boolean handedOver;

    Holding(Connection connection, Work work, @Nullable Holding outer, ThreadLocal<@Nullable Holding> held) {
        this.connection = connection;
        this.work = work;
        this.outer = outer;
        this.held = held;
        this.tracked = JdbcProxy.of(Connection.class, connection, this, null);
        work.onCancel(this::cancelRunning);
    }

    /** Those that were closed on another thread, or handed over to one, are still in the chain. */
    static @Nullable Holding firstLive(@Nullable Holding latest) {
        Holding holding = latest;
        while (holding != null && (holding.handedOver || holding.work.isEnded())) {
            holding = holding.outer;
        }
        return holding;
    }

    Work work() {
        return work;
    }

    /** What its thread held before, which may have been given back. */
    @Nullable
    Holding outer() {
        return outer;
    }

    /** What the user has. */
    Connection tracked() {
        return tracked;
    }

    /** Notices that another thread has it: what its taker does from then on need not be a part of that work. */
    void used() {
        if (Thread.currentThread() != taker && !handedOver) {
            handedOver = true;
        }
    }

    /** Until {@link #hasRun}. */
    Object runs(Statement statement) {
        Object execution = new Object();
        running.put(execution, statement);
        return execution;
    }

    void hasRun(Object execution) {
        running.remove(execution);
    }

    private void cancelRunning() {
        IllegalStateException failure = null;
        for (Statement statement : running.values()) {
            try {
                statement.cancel();
            } catch (SQLException | RuntimeException e) {
                if (failure == null) {
                    failure = new IllegalStateException("a statement of " + work + " could not be cancelled", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Gives it back, then ends its work. Again, it has no effect, as JDBC wants it. */
    void close() throws SQLException {
        try {
            connection.close();
        } catch (Throwable t) {
            endOnce(t);
            throw t;
        }
        endOnce(null);
    }

    void abort(Executor executor) throws SQLException {
        connection.abort(executor);
        if (!work.isEnded()) {
            leave();
            work.cancel();
        }
    }

    private void endOnce(@Nullable Throwable error) {
        if (!work.isEnded()) {
            leave();
            work.end(error);
        }
    }

    private void leave() {
        if (held.get() == this) {
            if (outer == null) {
                held.remove();
            } else {
                held.set(outer);
            }
        }
    }
}
