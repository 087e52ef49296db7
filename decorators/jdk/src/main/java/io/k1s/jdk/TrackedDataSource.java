package io.k1s.jdk;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.WorkRegistry;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.util.Objects;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A data source whose connections are tracked work from {@code getConnection} to {@code close}: a transaction in progress when
 * a shutdown begins is finished, and the pool is closed after the last connection was given back, once.
 *
 * <ul>
 *   <li>After the close {@code getConnection} throws a {@link SQLTransientConnectionException} of SQL state 08004, whose cause
 *       is the {@link WorkRejectedException}.
 *   <li>A connection that is never closed is named in the report with the code that took it.
 *   <li>A connection taken on a thread that took one before, and holds it, is a part of that work: admitted after the close as
 *       well, until the hard deadline, and outside the limit. A connection that another thread has used is held by neither. One
 *       that was handed over, but not used there yet, cannot be told from one that is held.
 *   <li>At the soft deadline the statements that a connection is running are cancelled, which their users see as an
 *       {@link SQLException}. Connections are not aborted.
 * </ul>
 *
 * <p>Connections, their statements, result sets and metadata are {@linkplain java.lang.reflect.Proxy proxies}, so that the ways
 * back from them lead to the tracked connection and every method of any JDBC version is passed on. That costs an array of
 * arguments and a reflective call each, which does not show beside a database elsewhere; a program that reads millions of
 * columns from one in the same process can {@code unwrap} the driver's result set. Where a connection is taken costs a walk up
 * the stack. A connection that lives as long as the program belongs to the pool itself: tracked, it would hold up every
 * shutdown.
 *
 * <p>Thread-safe, as its pool is.
 */
public final class TrackedDataSource implements DataSource, AutoCloseable {
    /** SQLSTATE: the server rejected the connection. */
    private static final String REJECTED = "08004";

    private static final int FRAMES = 3;

    private final WorkMetrics metrics;
    private final DataSource source;
    private final ComponentClose closing;
    /** The latest connection that this thread took from here; it may have left this thread. A program has few data sources. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable Holding> held = new ThreadLocal<>();

    private TrackedDataSource(WorkRegistry registry, WorkMetrics metrics, DataSource source) {
        this.metrics = metrics;
        this.source = source;
        this.closing = new ComponentClose(registry, metrics);
    }

    /**
     * Registers a data source that depends on nothing. The registry owns it from now on, and closes it once it has drained, if
     * it is {@link AutoCloseable}.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param source what gives the connections
     * @return the data source to be used from now on
     * @throws IllegalArgumentException if the name is not allowed or taken, or the source is another component's to close
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedDataSource register(WorkRegistry registry, String component, DataSource source) {
        return register(registry, component, source, ComponentOptions.defaults());
    }

    /**
     * Registers a data source. The registry owns it from now on, and closes it once it has drained, if it is
     * {@link AutoCloseable}.
     *
     * @param registry where it is tracked
     * @param component the name of the component, unique in the registry
     * @param source what gives the connections
     * @param options what it depends on, its limit; it must not own another resource if the source can be closed
     * @return the data source to be used from now on
     * @throws IllegalArgumentException if the name is not allowed or taken, or the source is another component's to close
     * @throws IllegalStateException if a shutdown has been requested
     */
    public static TrackedDataSource register(
            WorkRegistry registry, String component, DataSource source, ComponentOptions options) {
        Objects.requireNonNull(source, "source");
        WorkMetrics metrics = registry.component(
                component, source instanceof AutoCloseable closeable ? options.closing(closeable) : options);
        return new TrackedDataSource(registry, metrics, source);
    }

    /**
     * Returns the component that counts the connections.
     *
     * @return the component
     */
    public WorkMetrics metrics() {
        return metrics;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return take(source::getConnection);
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return take(() -> source.getConnection(username, password));
    }

    private Connection take(Pool pool) throws SQLException {
        String description = "connection taken at " + takers();
        Holding outer = Holding.firstLive(held.get());
        Work work = start(description, outer);
        while (work == null) {
            outer = Holding.firstLive(Objects.requireNonNull(outer).outer());
            work = start(description, outer);
        }
        Connection connection = null;
        try {
            connection = pool.take();
            Holding holding = new Holding(connection, work, outer, held);
            held.set(holding);
            return holding.tracked();
        } catch (Throwable t) {
            work.end(t);
            if (connection != null) {
                // For want of memory nobody has it.
                giveBack(connection, t);
            }
            throw t;
        }
    }

    private static void giveBack(Connection connection, Throwable after) {
        try {
            connection.close();
        } catch (SQLException e) {
            after.addSuppressed(e);
        }
    }

    /** As a part of what this thread holds; null if another thread has given that back in the meantime. */
    private @Nullable Work start(String description, @Nullable Holding outer) throws SQLException {
        try {
            return outer == null ? metrics.startWork(description) : outer.work().startChild(description);
        } catch (WorkRejectedException e) {
            if (e.reason() == WorkRejectedException.Reason.PARENT_ENDED) {
                return null;
            }
            throw new SQLTransientConnectionException(e.getMessage(), REJECTED, e);
        }
    }

    /** The nearest frames outside this package and the JDK, nearest first. */
    private static String takers() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> isTaker(frame.getClassName()))
                        .limit(FRAMES)
                        .map(StackWalker.StackFrame::toString)
                        .collect(Collectors.joining(" < ")));
    }

    private static boolean isTaker(String type) {
        return !type.startsWith("java.")
                && !type.startsWith("javax.")
                && !type.equals(TrackedDataSource.class.getName());
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return source.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        source.setLogWriter(out);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return source.getLoginTimeout();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        source.setLoginTimeout(seconds);
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return source.getParentLogger();
    }

    /** Returns the pool itself if asked for its type: what is taken from that is not tracked. */
    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this)
                ? type.cast(this)
                : type.isInstance(source) ? type.cast(source) : source.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || type.isInstance(source) || source.isWrapperFor(type);
    }

    /**
     * Closes the gate, waits for the connections that were taken (at most the graceful timeout), closes the pool, and takes
     * the component out of the registry. Closing again does nothing, or tells of the same failure.
     *
     * @throws IllegalStateException if connections were not given back in time: the pool is then left open; or if closing it
     *     failed
     */
    @Override
    public void close() {
        closing.run();
    }

    @Override
    public String toString() {
        return "tracked " + source + " (" + metrics.snapshot() + ")";
    }

    /** The pool, with or without credentials. */
    private interface Pool {
        Connection take() throws SQLException;
    }
}
