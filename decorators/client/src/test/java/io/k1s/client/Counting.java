package io.k1s.client;

import io.k1s.storage.MemoryStorage;
import io.k1s.storage.StorageBackend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A memory storage that writes down its calls, and lets something happen before one. */
final class Counting {
    final List<String> calls = new ArrayList<>();
    final MemoryStorage storage = new MemoryStorage("memory", 10_000);
    /** Gets the name of a call before it is made. */
    Consumer<String> before = name -> {};

    final StorageBackend backend = (StorageBackend) Proxy.newProxyInstance(
            Counting.class.getClassLoader(), new Class<?>[] {StorageBackend.class}, (self, method, args) -> {
                calls.add(method.getName());
                before.accept(method.getName());
                try {
                    return method.invoke(storage, args);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });

    /** Once, before the next call of this name. */
    void beforeNext(String name, Runnable interference) {
        before = called -> {
            if (called.equals(name)) {
                before = ignored -> {};
                interference.run();
            }
        };
    }
}
