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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.openjdk.jol.vm.VM;

/** The memory of components, in use by a number of threads. */
final class Footprint {
    private static final int MANY = 40;
    private static final int FEW = 20;

    private Footprint() {}

    /** Threads that have used components, and stay alive until closed: what they own of them stays theirs. */
    static final class Users implements AutoCloseable {
        private final List<ExecutorService> threads = new ArrayList<>();

        Users(int count, List<WorkMetrics> components, Consumer<WorkMetrics> use) throws Exception {
            List<Future<?>> used = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ExecutorService thread = Executors.newSingleThreadExecutor(Users::daemon);
                threads.add(thread);
                used.add(thread.submit(() -> components.forEach(use)));
            }
            for (Future<?> one : used) {
                one.get();
            }
        }

        private static Thread daemon(Runnable body) {
            Thread thread = new Thread(body);
            thread.setDaemon(true);
            return thread;
        }

        /**
         * The time of a start and an end, with the clock that is read around them, in ns: each thread does one, after the one
         * before it has, and the mean of such a round is taken; the median of the rounds.
         */
        double inTurn(WorkMetrics component, int rounds) throws Exception {
            double[] means = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                long nanos = 0;
                for (ExecutorService thread : threads) {
                    nanos += thread.submit(() -> {
                                long begin = System.nanoTime();
                                count(component);
                                return System.nanoTime() - begin;
                            })
                            .get();
                }
                means[round] = (double) nanos / threads.size();
            }
            return Estimate.median(means);
        }

        @Override
        public void close() throws InterruptedException {
            for (ExecutorService thread : threads) {
                thread.shutdown();
                if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("a user did not end");
                }
            }
        }
    }

    /** A work without a name. */
    static void count(WorkMetrics component) {
        component.end(component.begin(), Outcome.SUCCEEDED);
    }

    /** A work with one. */
    static void name(WorkMetrics component) {
        component.startWork("named").succeed();
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
        try (Users users = new Users(threads, components, Footprint::count)) {
            return perComponent(bytes(components), bytes(components.subList(0, FEW)));
        }
    }

    /**
     * The bytes of one more component and of what its registry keeps of it: what a registry of 40 reaches less what one of 20
     * reaches.
     */
    static double bytesPerRegistered(int threads, Consumer<WorkMetrics> use) throws Exception {
        List<WorkMetrics> components = new ArrayList<>();
        WorkRegistry many = registry(MANY, components);
        WorkRegistry few = registry(FEW, components);
        try (Users users = new Users(threads, components, use)) {
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
