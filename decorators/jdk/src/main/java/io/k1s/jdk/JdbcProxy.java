package io.k1s.jdk;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Wrapper;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A connection, or something that leads back to it. Every method goes to the target, with its exceptions unchanged; what it
 * returns is made to lead back too. The close of the connection goes to its {@link Holding}.
 */
final class JdbcProxy implements InvocationHandler {
    /** What has a way back to its connection. */
    private static final Set<Class<?>> LEADING_BACK = Set.of(
            Statement.class, PreparedStatement.class, CallableStatement.class, DatabaseMetaData.class, ResultSet.class);

    private final Wrapper target;
    private final Holding holding;
    /** The statement that a result set came from. */
    private final @Nullable Object statement;

    private JdbcProxy(Wrapper target, Holding holding, @Nullable Object statement) {
        this.target = target;
        this.holding = holding;
        this.statement = statement;
    }

    static <T> T of(Class<T> type, Object target, Holding holding, @Nullable Object statement) {
        return type.cast(Proxy.newProxyInstance(
                JdbcProxy.class.getClassLoader(),
                new Class<?>[] {type},
                new JdbcProxy((Wrapper) target, holding, statement)));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] args) throws Throwable {
        String name = method.getName();
        if (method.getDeclaringClass() == Object.class) {
            return ofObject(proxy, name, args);
        }
        if (!(target instanceof Statement && name.equals("cancel"))) {
            // A cancel comes from elsewhere by its nature, and its thread does not go on with the connection.
            holding.used();
        }
        if (method.getDeclaringClass() == Wrapper.class) {
            Class<?> type = (Class<?>) Objects.requireNonNull(first(args));
            return name.equals("unwrap") ? unwrap(proxy, type) : isWrapperFor(proxy, type);
        }
        if (target instanceof Connection) {
            if (name.equals("close")) {
                holding.close();
                return null;
            }
            if (name.equals("abort")) {
                holding.abort((Executor) Objects.requireNonNull(first(args)));
                return null;
            }
        }
        if (target instanceof Statement running && name.startsWith("execute")) {
            Object execution = holding.runs(running);
            try {
                return leadingBack(proxy, method, call(method, args));
            } finally {
                holding.hasRun(execution);
            }
        }
        return leadingBack(proxy, method, call(method, args));
    }

    private static @Nullable Object first(@Nullable Object @Nullable [] args) {
        return Objects.requireNonNull(args)[0];
    }

    private Object ofObject(Object proxy, String name, @Nullable Object @Nullable [] args) {
        return switch (name) {
            case "equals" -> proxy == first(args);
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "tracked " + target;
        };
    }

    private Object unwrap(Object proxy, Class<?> type) throws SQLException {
        return type.isInstance(proxy) ? proxy : type.isInstance(target) ? target : target.unwrap(type);
    }

    private boolean isWrapperFor(Object proxy, Class<?> type) throws SQLException {
        return type.isInstance(proxy) || type.isInstance(target) || target.isWrapperFor(type);
    }

    private @Nullable Object call(Method method, @Nullable Object @Nullable [] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw Objects.requireNonNullElse(e.getCause(), e);
        }
    }

    private @Nullable Object leadingBack(Object proxy, Method method, @Nullable Object result) {
        Class<?> type = method.getReturnType();
        if (result == null) {
            return null;
        }
        if (type == Connection.class) {
            return holding.tracked();
        }
        if (type == Statement.class && statement != null) {
            return statement;
        }
        if (LEADING_BACK.contains(type)) {
            return of(type, result, holding, target instanceof Statement ? proxy : null);
        }
        return result;
    }
}
