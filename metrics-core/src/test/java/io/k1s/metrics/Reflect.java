package io.k1s.metrics;

import java.lang.reflect.Field;

/** Reaches into a component for states that take centuries to come about, or an Error at the right moment. */
final class Reflect {
    private Reflect() {}

    static Gate gate(WorkMetrics metrics) throws ReflectiveOperationException {
        return (Gate) field(WorkMetrics.class, "gate").get(metrics);
    }

    static Ledger ledger(WorkMetrics metrics) throws ReflectiveOperationException {
        return gate(metrics).ledger;
    }

    static ActiveWork tokens(WorkMetrics metrics) throws ReflectiveOperationException {
        return (ActiveWork) field(WorkMetrics.class, "tokens").get(metrics);
    }

    static long available(StripedGate gate) throws ReflectiveOperationException {
        return field(StripedGate.class, "available").getLong(gate);
    }

    static Object get(Object target, Class<?> owner, String name) throws ReflectiveOperationException {
        return field(owner, name).get(target);
    }

    static void set(Object target, Class<?> owner, String name, Object value) throws ReflectiveOperationException {
        field(owner, name).set(target, value);
    }

    private static Field field(Class<?> owner, String name) throws ReflectiveOperationException {
        Field field = owner.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }
}
