package io.k1s.registry;

import io.k1s.registry.ShutdownReport.ThreadSample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Puts together what is at the same place, so that a hundred works behind one lock are shown with one stack. */
final class StackGroups {
    private StackGroups() {}

    /** Those without a stack stay alone. In the order of the first of each group. */
    static <T> List<List<T>> of(List<T> all, Function<T, ThreadSample> thread) {
        Map<Object, List<T>> groups = new LinkedHashMap<>();
        for (T each : all) {
            List<StackTraceElement> stack = thread.apply(each).stack();
            groups.computeIfAbsent(stack.isEmpty() ? new Object() : stack, place -> new ArrayList<>())
                    .add(each);
        }
        return List.copyOf(groups.values());
    }
}
