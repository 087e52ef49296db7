package io.k1s.jdk;

import static io.k1s.testing.Patience.await;
import static io.k1s.testing.Patience.component;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.testing.Patience;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbc.JdbcResultSet;
import org.h2.jdbc.JdbcSQLSyntaxErrorException;
import org.h2.jdbc.JdbcStatement;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** On a real pool over a real database. */
@Timeout(60)
final class TrackedDataSourceTest {
    private static final String ENDLESS =
            "SELECT COUNT(*) FROM SYSTEM_RANGE(1, 1000000) A, SYSTEM_RANGE(1, 1000000) B WHERE A.X + B.X = -1";

    private final WorkRegistry registry = Patience.patient();
    private final AtomicInteger closes = new AtomicInteger();
    private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    private final HikariDataSource pool = pool();
    private final TrackedDataSource database = TrackedDataSource.register(registry, "database", pool);

    private HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(4);
        return new HikariDataSource(config) {
            @Override
            public void close() {
                closes.incrementAndGet();
                super.close();
            }
        };
    }

    @BeforeEach
    void createTable() throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE item (name VARCHAR PRIMARY KEY)");
        }
    }

    @AfterEach
    void closePool() {
        pool.close();
    }

    private long items() throws SQLException {
        try (Connection connection = plainSource().getConnection();
                ResultSet rows = connection.createStatement().executeQuery("SELECT COUNT(*) FROM item")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** The database itself, which outlives the pool. */
    private JdbcDataSource plainSource() {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(url);
        return source;
    }

    private boolean isEndlessRunning() {
        try (Connection connection = plainSource().getConnection();
                ResultSet rows = connection
                        .createStatement()
                        .executeQuery("SELECT COUNT(*) FROM INFORMATION_SCHEMA.SESSIONS"
                                + " WHERE EXECUTING_STATEMENT LIKE '%SYSTEM_RANGE(1, 1000000)%'"
                                + " AND SESSION_ID <> SESSION_ID()")) {
            rows.next();
            return rows.getLong(1) == 1;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private WorkSnapshot ledger() {
        return database.metrics().snapshot();
    }

    @Test
    void aConnectionIsWorkUntilItIsClosed() throws SQLException {
        Connection connection = database.getConnection();
        assertThat(ledger().inFlight()).isEqualTo(1);
        connection.close();
        assertThat(ledger().inFlight()).isZero();
        assertThat(ledger().operations()).isEqualTo(1);
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }

    @Test
    void aTransactionInProgressIsCommittedAndThePoolClosedAfterItOnce() throws Exception {
        CompletableFuture<ShutdownReport> report;
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            insert(connection, "first");
            report = registry.shutdown();
            until(database.metrics()::isClosed);
            insert(connection, "second");
            connection.commit();
            assertThat(pool.isClosed()).isFalse();
        }
        assertThat(get(report).isComplete()).as(get(report).describe()).isTrue();
        assertThat(closes).hasValue(1);
        assertThat(items()).isEqualTo(2);
    }

    private static void insert(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO item VALUES (?)")) {
            statement.setString(1, name);
            statement.executeUpdate();
        }
    }

    @Test
    void aConnectionAfterTheCloseIsRefusedInTheWayOfJdbc() {
        database.metrics().close();
        assertThatExceptionOfType(SQLTransientConnectionException.class)
                .isThrownBy(database::getConnection)
                .withMessageContaining("database")
                .withCauseInstanceOf(WorkRejectedException.class)
                .satisfies(refusal -> assertThat(refusal.getSQLState()).isEqualTo("08004"));
        assertThat(ledger().rejected()).isEqualTo(1);
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }

    @Test
    void aLeakedConnectionIsNamedWithWhereItWasTakenAndThePoolLeftOpen() throws SQLException {
        WorkRegistry brief = Patience.brief();
        HikariDataSource leaking = pool();
        TrackedDataSource tracked = TrackedDataSource.register(brief, "leaking", leaking);
        Connection leaked = tracked.getConnection();

        ShutdownReport.Component report = component(get(brief.shutdown()), "leaking");

        assertThat(report.drained()).isFalse();
        assertThat(leaking.isClosed()).isFalse();
        assertThat(report.stragglers())
                .singleElement()
                .satisfies(
                        straggler -> assertThat(straggler.description())
                                .startsWith(
                                        "connection taken at " + TrackedDataSourceTest.class.getName()
                                                + ".aLeakedConnectionIsNamedWithWhereItWasTakenAndThePoolLeftOpen(TrackedDataSourceTest.java:"));
        leaked.close();
        leaking.close();
    }

    @Test
    void whereItWasTakenLeavesTheJdkOut() throws Exception {
        Connection connection =
                Optional.of(database).map(TrackedDataSourceTest::take).orElseThrow();
        assertThat(database.metrics().activeWork())
                .singleElement()
                .satisfies(work -> assertThat(work.description())
                        .contains("TrackedDataSourceTest.take(", " < ", "whereItWasTakenLeavesTheJdkOut")
                        .doesNotContain("java.util"));
        connection.close();
    }

    private static Connection take(DataSource source) {
        try {
            return source.getConnection();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSourceOfSourcesLeadsToTheLast() throws SQLException {
        TrackedDataSource outer =
                TrackedDataSource.register(registry, "outer", database, ComponentOptions.dependsOn("database"));
        assertThat(outer.unwrap(HikariDataSource.class)).isSameAs(pool);
        assertThat(outer.isWrapperFor(HikariDataSource.class)).isTrue();
        try (Connection connection = outer.getConnection()) {
            assertThat(connection.isWrapperFor(JdbcConnection.class)).isTrue();
            assertThat(registry.activeWorkCounts()).containsEntry("outer", 1L).containsEntry("database", 1L);
        }
        assertThat(get(registry.shutdown()).isComplete()).isTrue();
        assertThat(closes).hasValue(1);
    }

    @Test
    void aConnectionTakenWhileHoldingOneIsAPartOfThatWork() throws SQLException {
        TrackedDataSource limited = TrackedDataSource.register(
                registry, "limited", plainSource(), ComponentOptions.defaults().maxConcurrentOps(1));
        Connection outer = limited.getConnection();
        Connection inner = limited.getConnection();
        limited.metrics().close();
        inner.close();
        Connection again = limited.getConnection();
        again.close();
        outer.close();
        assertThatExceptionOfType(SQLException.class).isThrownBy(limited::getConnection);
        assertThat(limited.metrics().snapshot().operations()).isEqualTo(3);
        assertThat(limited.metrics().isQuiescent()).isTrue();
    }

    @Test
    void aConnectionThatWasClosedOnAnotherThreadIsNoLongerHeld() throws Exception {
        Connection outer = database.getConnection();
        Connection inner = database.getConnection();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> close(inner));
        get(closed);
        CompletableFuture<Void> both = CompletableFuture.runAsync(() -> close(outer));
        get(both);
        // Admitted for itself, and not as a part of one of those.
        database.getConnection().close();
        database.metrics().close();
        assertThatExceptionOfType(SQLException.class).isThrownBy(database::getConnection);
        assertThat(database.metrics().isQuiescent()).isTrue();
    }

    @Test
    void aConnectionThatAnotherThreadUsesIsNoLongerHeldByItsTaker() throws Exception {
        TrackedDataSource limited = TrackedDataSource.register(
                registry, "limited", plainSource(), ComponentOptions.defaults().maxConcurrentOps(2));
        Connection first = limited.getConnection();
        elsewhere(first::createStatement);
        Connection second = limited.getConnection();
        elsewhere(second::getAutoCommit);
        requireRefusal(limited, WorkRejectedException.Reason.LIMIT);
        close(first);
        Connection third = limited.getConnection();
        elsewhere(third::getAutoCommit);
        limited.metrics().close();
        requireRefusal(limited, WorkRejectedException.Reason.CLOSED);
        close(second);
        close(third);
        assertThat(limited.metrics().isQuiescent()).isTrue();
    }

    @Test
    void aStatementOrAResultSetThatAnotherThreadUsesHandsItsConnectionOver() throws Exception {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 1")) {
            database.metrics().close();
            database.getConnection().close();
            elsewhere(rows::next);
            requireRefusal(database, WorkRejectedException.Reason.CLOSED);
        }
    }

    @Test
    void aHandedOverConnectionLeavesTheOneBelowItHeld() throws Exception {
        try (Connection outer = database.getConnection();
                Connection inner = database.getConnection()) {
            elsewhere(inner::getAutoCommit);
            database.metrics().close();
            database.getConnection().close();
            assertThat(outer.isClosed()).isFalse();
        }
        requireRefusal(database, WorkRejectedException.Reason.CLOSED);
    }

    @Test
    void aConnectionThatAnotherThreadCancelsOrShowsIsStillHeld() throws Exception {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            elsewhere(() -> {
                statement.cancel();
                return connection.toString();
            });
            database.metrics().close();
            database.getConnection().close();
        }
        requireRefusal(database, WorkRejectedException.Reason.CLOSED);
    }

    private static void elsewhere(Callable<?> use) {
        FutureTask<?> used = new FutureTask<>(use);
        new Thread(used).start();
        get(used);
    }

    private static void requireRefusal(TrackedDataSource source, WorkRejectedException.Reason reason) {
        assertThatExceptionOfType(SQLException.class)
                .isThrownBy(source::getConnection)
                .havingCause()
                .isInstanceOfSatisfying(
                        WorkRejectedException.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(reason));
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void closingAgainHasNoEffect() throws SQLException {
        Connection connection = database.getConnection();
        connection.close();
        connection.close();
        assertThat(connection.isClosed()).isTrue();
        assertThat(ledger().operations()).isEqualTo(1);
        assertThat(ledger().repeatedEnds()).isZero();
    }

    @Test
    void everyWayBackLeadsToTheTrackedConnection() throws SQLException {
        Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        assertThat(statement.getConnection()).isSameAs(connection);
        assertThat(connection.prepareStatement("SELECT 1").getConnection()).isSameAs(connection);
        assertThat(connection.prepareCall("SELECT 1").getConnection()).isSameAs(connection);
        assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
        ResultSet rows = statement.executeQuery("SELECT 1");
        assertThat(rows.getStatement()).isSameAs(statement);
        ResultSet schemas = connection.getMetaData().getSchemas();
        Statement ofMetadata = schemas.getStatement();
        if (ofMetadata != null) {
            assertThat(ofMetadata.getConnection()).isSameAs(connection);
        }
        rows.getStatement().getConnection().close();
        assertThat(ledger().inFlight()).isZero();
    }

    @Test
    void aResultSetOfNoStatementHasNoneAndOneOfTheDriverLeadsBack() throws SQLException {
        Statement driver = plain(Statement.class, (method, args) -> null);
        for (Statement given : Arrays.asList(null, driver)) {
            ResultSet rows = plain(ResultSet.class, (method, args) -> given);
            Connection raw = plain(
                    Connection.class, (method, args) -> plain(java.sql.DatabaseMetaData.class, (of, none) -> rows));
            try (Connection connection = tracked(raw).getConnection()) {
                Statement statement = connection.getMetaData().getSchemas().getStatement();
                assertThat(statement == null).isEqualTo(given == null);
            }
        }
    }

    @Test
    void whatItWrapsCanBeReached() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 1")) {
            assertThat(connection.unwrap(Connection.class)).isSameAs(connection);
            assertThat(connection.unwrap(JdbcConnection.class)).isInstanceOf(JdbcConnection.class);
            assertThat(connection.isWrapperFor(Connection.class)).isTrue();
            assertThat(connection.isWrapperFor(JdbcConnection.class)).isTrue();
            assertThat(connection.isWrapperFor(String.class)).isFalse();
            assertThat(statement.unwrap(JdbcStatement.class)).isInstanceOf(JdbcStatement.class);
            assertThat(rows.unwrap(JdbcResultSet.class)).isInstanceOf(JdbcResultSet.class);
            assertThat(connection.unwrap(com.zaxxer.hikari.pool.ProxyConnection.class))
                    .isNotSameAs(connection);
            assertThat(connection.isWrapperFor(com.zaxxer.hikari.pool.ProxyConnection.class))
                    .isTrue();
        }
        assertThat(database.unwrap(HikariDataSource.class)).isSameAs(pool);
        assertThat(database.unwrap(TrackedDataSource.class)).isSameAs(database);
        assertThat(database.isWrapperFor(HikariDataSource.class)).isTrue();
        assertThat(database.isWrapperFor(DataSource.class)).isTrue();
        assertThat(database.isWrapperFor(String.class)).isFalse();
        assertThatExceptionOfType(SQLException.class).isThrownBy(() -> database.unwrap(String.class));
    }

    @Test
    void aConnectionIsEqualToItselfAlone() throws SQLException {
        try (Connection one = database.getConnection();
                Connection other = database.getConnection()) {
            assertThat(one).isEqualTo(one).isNotEqualTo(other).hasSameHashCodeAs(one);
            assertThat(one).asString().startsWith("tracked ");
        }
        assertThat(database).asString().startsWith("tracked ").contains("database");
    }

    @Test
    void whatTheDriverThrowsIsUnchanged() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            assertThatExceptionOfType(JdbcSQLSyntaxErrorException.class)
                    .isThrownBy(() -> statement.executeQuery("SELECT * FROM absent"));
        }
        assertThat(ledger().operations()).isEqualTo(1);
    }

    static List<Method> connectionMethods() {
        return Arrays.stream(Connection.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .filter(method ->
                        !List.of("close", "abort", "unwrap", "isWrapperFor").contains(method.getName()))
                .toList();
    }

    /** What a later JDBC adds is passed on too. */
    @ParameterizedTest
    @MethodSource("connectionMethods")
    void everyMethodOfAConnectionReachesTheDriver(Method expected) throws Exception {
        List<Method> arrived = new ArrayList<>();
        Connection raw = plain(Connection.class, (method, args) -> {
            arrived.add(method);
            return zero(method.getReturnType());
        });
        Connection connection = tracked(raw).getConnection();
        Object[] arguments = Arrays.stream(expected.getParameterTypes())
                .map(TrackedDataSourceTest::zero)
                .toArray();
        expected.invoke(connection, arguments);
        assertThat(arrived).containsExactly(expected);
    }

    static List<Method> dataSourceMethods() {
        return Arrays.stream(DataSource.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("dataSourceMethods")
    void noMethodOfADataSourceGoesPastTheGate(Method method) throws Exception {
        boolean refused =
                List.of("createConnectionBuilder", "createShardingKeyBuilder").contains(method.getName());
        Class<?> declaring = TrackedDataSource.class
                .getMethod(method.getName(), method.getParameterTypes())
                .getDeclaringClass();
        assertThat(declaring == TrackedDataSource.class).isEqualTo(!refused);
        if (refused) {
            // The JDK's default, which throws.
            assertThatExceptionOfType(InvocationTargetException.class)
                    .isThrownBy(() -> method.invoke(database))
                    .withCauseInstanceOf(java.sql.SQLFeatureNotSupportedException.class);
        }
    }

    @Test
    void settingsReachThePool() throws SQLException {
        JdbcDataSource plain = plainSource();
        plain.setUser("sa");
        TrackedDataSource tracked = TrackedDataSource.register(registry, "plain", plain);
        PrintWriter log = new PrintWriter(System.out);
        tracked.setLogWriter(log);
        assertThat(tracked.getLogWriter()).isSameAs(log);
        tracked.setLoginTimeout(7);
        assertThat(plain.getLoginTimeout()).isEqualTo(7);
        assertThat(tracked.getLoginTimeout()).isEqualTo(7);
        assertThatExceptionOfType(SQLException.class).isThrownBy(() -> database.getParentLogger());
        try (Connection connection = tracked.getConnection("", "")) {
            assertThat(connection.isValid(1)).isTrue();
            assertThat(tracked.metrics().snapshot().inFlight()).isEqualTo(1);
        }
    }

    @Test
    void aPoolThatGivesNoConnectionIsAnErrorAndItsExceptionUnchanged() {
        pool.close();
        assertThatExceptionOfType(SQLException.class)
                .isThrownBy(database::getConnection)
                .withMessageContaining("has been closed");
        assertThat(ledger().errors()).isEqualTo(1);
        assertThat(ledger().inFlight()).isZero();
    }

    @Test
    void aConnectionThatCannotBeGivenBackIsAnErrorAndNoLongerInFlight() throws SQLException {
        SQLException failure = new SQLException("broken");
        TrackedDataSource tracked = tracked(plain(Connection.class, (method, args) -> {
            throw failure;
        }));
        Connection connection = tracked.getConnection();
        assertThatExceptionOfType(SQLException.class)
                .isThrownBy(connection::close)
                .isSameAs(failure);
        assertThat(tracked.metrics().snapshot().errors()).isEqualTo(1);
        assertThat(tracked.metrics().snapshot().inFlight()).isZero();
    }

    @Test
    void anAbortedConnectionIsCancelledWorkOnce() throws SQLException {
        Connection connection = database.getConnection();
        connection.abort(Runnable::run);
        connection.abort(Runnable::run);
        connection.close();
        assertThat(ledger().cancelled()).isEqualTo(1);
        assertThat(ledger().repeatedEnds()).isZero();
    }

    @Test
    void theSoftDeadlineCancelsTheStatementThatRuns() throws SQLException {
        WorkRegistry soon = Patience.softPassesSoon();
        TrackedDataSource tracked = TrackedDataSource.register(soon, "database", pool);
        CompletableFuture<ShutdownReport> report;
        try (Connection connection = tracked.getConnection();
                Statement statement = connection.createStatement()) {
            CompletableFuture<Void> cancelled = CompletableFuture.runAsync(() -> assertThatExceptionOfType(
                            SQLException.class)
                    .isThrownBy(() -> statement.executeQuery(ENDLESS))
                    .satisfies(failure -> assertThat(failure.getSQLState()).isEqualTo("57014")));
            // A cancel that comes before the statement is one of nothing.
            until(this::isEndlessRunning);
            report = soon.shutdown();
            get(cancelled);
        }
        assertThat(get(report).isComplete()).as(get(report).describe()).isTrue();
    }

    @Test
    void aConnectionThatRunsNothingIsLeftAloneAtTheSoftDeadline() throws Exception {
        WorkRegistry soon = Patience.softPassesSoon();
        TrackedDataSource tracked = TrackedDataSource.register(soon, "database", pool);
        CountDownLatch cancelling = new CountDownLatch(1);
        try (Connection connection = tracked.getConnection()) {
            tracked.metrics().activeWork().get(0).onCancel(cancelling::countDown);
            var unused = soon.shutdown();
            await(cancelling);
            insert(connection, "late");
        }
        assertThat(get(soon.terminated()).isComplete()).isTrue();
        assertThat(items()).isEqualTo(1);
    }

    @Test
    void theSoftDeadlineCancelsTheStatementBesideWhichAnotherHasEnded() throws Exception {
        CountDownLatch executing = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        WorkRegistry soon = Patience.softPassesSoon();
        TrackedDataSource tracked = TrackedDataSource.register(soon, "database", running(method -> {
            if (method.getName().equals("cancel")) {
                cancelled.countDown();
            } else if (method.getName().equals("executeUpdate")) {
                executing.countDown();
                await(cancelled);
            }
        }));
        CompletableFuture<ShutdownReport> report;
        try (Connection connection = tracked.getConnection()) {
            FutureTask<Integer> slow =
                    new FutureTask<>(() -> connection.createStatement().executeUpdate("slow"));
            new Thread(slow).start();
            await(executing);
            connection.createStatement().execute("quick");
            report = soon.shutdown();
            assertThat(get(slow)).isZero();
        }
        assertThat(get(report).isComplete()).as(get(report).describe()).isTrue();
    }

    @Test
    void everyStatementIsCancelledThoughNoneOfThemCanBe() throws Exception {
        CountDownLatch executing = new CountDownLatch(2);
        CountDownLatch cancelled = new CountDownLatch(2);
        WorkRegistry soon = Patience.softPassesSoon();
        TrackedDataSource tracked = TrackedDataSource.register(soon, "database", running(method -> {
            if (method.getName().equals("cancel")) {
                cancelled.countDown();
                throw new SQLException("cannot cancel");
            }
            executing.countDown();
            await(cancelled);
        }));
        CompletableFuture<ShutdownReport> report;
        try (Connection connection = tracked.getConnection()) {
            List<FutureTask<Boolean>> both = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                both.add(new FutureTask<>(() -> connection.createStatement().execute("anything")));
                new Thread(both.get(i)).start();
            }
            await(executing);
            report = soon.shutdown();
            assertThat(both).allSatisfy(executed -> assertThat(get(executed)).isFalse());
        }
        assertThat(component(get(report), "database").errors())
                .singleElement()
                .satisfies(error -> assertThat(error.getSuppressed()).hasSize(1));
    }

    /** A source whose statements do this, whatever they are asked. */
    private static DataSource running(Statements statements) {
        return plain(
                DataSource.class,
                (method, args) -> plain(
                        Connection.class,
                        (of, none) -> of.getName().equals("createStatement")
                                ? plain(Statement.class, (asked, arguments) -> {
                                    statements.asked(asked);
                                    return zero(asked.getReturnType());
                                })
                                : null));
    }

    private interface Statements {
        void asked(Method method) throws SQLException;
    }

    @Test
    void aStatementThatCannotBeCancelledIsReported() throws Exception {
        CountDownLatch executing = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Statement uncancellable = plain(Statement.class, (method, args) -> {
            if (method.getName().equals("cancel")) {
                cancelled.countDown();
                throw new SQLException("cannot cancel");
            }
            executing.countDown();
            await(cancelled);
            return true;
        });
        WorkRegistry soon = Patience.softPassesSoon();
        DataSource source = plain(
                DataSource.class,
                (method, args) -> plain(
                        Connection.class, (of, none) -> of.getName().equals("createStatement") ? uncancellable : null));
        TrackedDataSource tracked = TrackedDataSource.register(soon, "database", source);
        CompletableFuture<ShutdownReport> report;
        try (Connection connection = tracked.getConnection()) {
            FutureTask<Boolean> executed =
                    new FutureTask<>(() -> connection.createStatement().execute("anything"));
            new Thread(executed).start();
            await(executing);
            report = soon.shutdown();
            assertThat(get(executed)).isTrue();
        }
        assertThat(component(get(report), "database").errors())
                .singleElement()
                .satisfies(error -> assertThat(error).hasMessageContaining("connection taken at"));
    }

    @Test
    void closeDrainsThenClosesThePoolOnceAndLeavesTheRegistry() throws SQLException {
        Connection connection = database.getConnection();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(database::close);
        until(database.metrics()::isClosed);
        assertThat(pool.isClosed()).isFalse();
        connection.close();
        get(closing);
        assertThat(pool.isClosed()).isTrue();
        database.close();
        assertThat(closes).hasValue(1);
        assertThat(registry.activeWorkCounts()).doesNotContainKey("database");
    }

    @Test
    void closeThatCannotDrainSaysWhoHoldsItUp() throws SQLException {
        TrackedDataSource tracked = TrackedDataSource.register(Patience.brief(), "leaking", pool);
        Connection leaked = tracked.getConnection();
        assertThatIllegalStateException()
                .isThrownBy(tracked::close)
                .withMessageContaining("left open: 1")
                .withMessageContaining("closeThatCannotDrainSaysWhoHoldsItUp");
        leaked.close();
    }

    private TrackedDataSource tracked(Connection raw) {
        return TrackedDataSource.register(
                registry, "subject " + UUID.randomUUID(), plain(DataSource.class, (method, args) -> raw));
    }

    private interface Behaviour {
        Object invoke(Method method, Object[] args) throws Throwable;
    }

    /** A driver's object, for what no driver at hand does. */
    private static <T> T plain(Class<T> type, Behaviour behaviour) {
        return type.cast(Proxy.newProxyInstance(
                TrackedDataSourceTest.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, args) ->
                        method.getDeclaringClass() == Object.class ? "plain" : behaviour.invoke(method, args)));
    }

    private static Object zero(Class<?> type) {
        return type == boolean.class ? Boolean.FALSE : type == int.class ? (Object) 0 : null;
    }
}
