package io.k1s.bench;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.WorkRegistry;
import java.lang.ref.Reference;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.openjdk.jol.vm.VM;

/** The memory of components, in use by a number of threads. */
final class Footprint {
    private static final int MANY = 40;
    private static final int FEW = 20;

    private Footprint() {}

    /** Threads that have used components, and stay alive until closed: what they own of them stays theirs. */
    static final class Users implements AutoCloseable {
        private final CountDownLatch over = new CountDownLatch(1);
        private final List<Thread> threads = new ArrayList<>();

        Users(int count, List<WorkMetrics> components) throws InterruptedException {
            CountDownLatch used = new CountDownLatch(count);
            for (int i = 0; i < count; i++) {
                Thread thread = new Thread(() -> {
                    for (WorkMetrics component : components) {
                        component.end(component.begin(), Outcome.SUCCEEDED);
                    }
                    used.countDown();
                    try {
                        over.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
            used.await();
        }

        @Override
        public void close() throws InterruptedException {
            over.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    /**
     * The bytes of one more component: what 40 of them reach less what 20 of them reach, so that what they share does not
     * count.
     */
    static double bytesPerComponent(int threads, Function<Integer, WorkMetrics> make) throws Exception {
        List<WorkMetrics> components = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            components.add(make.apply(i));
        }
        try (Users users = new Users(threads, components)) {
            return perComponent(bytes(components), bytes(components.subList(0, FEW)));
        }
    }

    /**
     * The bytes of one more component and of what its registry keeps of it: what a registry of 40 reaches less what one of 20
     * reaches.
     */
    static double bytesPerRegistered(int threads) throws Exception {
        List<WorkMetrics> components = new ArrayList<>();
        WorkRegistry many = registry(MANY, components);
        WorkRegistry few = registry(FEW, components);
        try (Users users = new Users(threads, components)) {
            return perComponent(bytes(List.of(many)), bytes(List.of(few)));
        }
    }

    private static WorkRegistry registry(int size, List<WorkMetrics> components) {
        WorkRegistry registry = WorkRegistry.create();
        for (int i = 0; i < size; i++) {
            components.add(registry.component("component " + i));
        }
        return registry;
    }

    private static double perComponent(long many, long few) {
        return (double) (many - few) / (MANY - FEW);
    }

    /** What objects reach, by JOL's sizes. Not through threads and classes, nor through what they only refer to. */
    private static long bytes(List<?> roots) throws IllegalAccessException {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> left = new ArrayDeque<>(roots);
        long bytes = 0;
        while (!left.isEmpty()) {
            Object object = left.pop();
            if (object instanceof Thread || object instanceof Class || !seen.add(object)) {
                continue;
            }
            bytes += VM.current().sizeOf(object);
            if (object instanceof Object[] array) {
                Arrays.stream(array).filter(Objects::nonNull).forEach(left::push);
            }
            for (Class<?> type = object.getClass();
                    type != null && type != Reference.class;
                    type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    if (!Modifier.isStatic(field.getModifiers())
                            && !field.getType().isPrimitive()) {
                        field.setAccessible(true);
                        Object value = field.get(object);
                        if (value != null) {
                            left.push(value);
                        }
                    }
                }
            }
        }
        return bytes;
    }
}
