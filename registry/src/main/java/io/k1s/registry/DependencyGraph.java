package io.k1s.registry;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Who calls whom, by name. Names may be mentioned before they are registered. Free of cycles. Not thread-safe. */
final class DependencyGraph {
    private final Map<String, Set<String>> dependencies = new LinkedHashMap<>();

    /** Adds a component, or throws an IllegalArgumentException that shows the cycle it would make. */
    void add(String name, Set<String> dependsOn) {
        for (String dependency : dependsOn) {
            List<String> path = path(dependency, name);
            if (path != null) {
                throw new IllegalArgumentException("component \"" + name + "\" cannot depend on \"" + dependency
                        + "\": that makes the cycle " + name + " -> " + String.join(" -> ", path)
                        + "; the order of closing must be free of cycles");
            }
        }
        dependencies.put(name, dependsOn);
    }

    void remove(String name) {
        dependencies.remove(name);
    }

    DependencyGraph copy() {
        DependencyGraph copy = new DependencyGraph();
        copy.dependencies.putAll(dependencies);
        return copy;
    }

    /** For each name that somebody calls, the registered components that do. */
    Map<String, Set<String>> callers() {
        Map<String, Set<String>> callers = new LinkedHashMap<>();
        dependencies.forEach((caller, called) -> called.forEach(name ->
                callers.computeIfAbsent(name, any -> new LinkedHashSet<>()).add(caller)));
        return callers;
    }

    /** Names that are depended on and not registered. */
    List<String> unknown() {
        Set<String> unknown = new TreeSet<>();
        dependencies.values().forEach(unknown::addAll);
        unknown.removeAll(dependencies.keySet());
        return List.copyOf(unknown);
    }

    /** All components, each before everything it calls; among equals the last registered first. */
    List<String> callersFirst() {
        Set<String> placed = new LinkedHashSet<>();
        Set<String> entered = new HashSet<>();
        // An explicit stack: a chain of thousands would overflow the thread's.
        Deque<String> open = new ArrayDeque<>();
        for (String root : dependencies.keySet()) {
            open.push(root);
            while (!open.isEmpty()) {
                String name = open.getFirst();
                if (!placed.contains(name) && entered.add(name)) {
                    pushCalled(name, placed, open);
                } else {
                    placed.add(open.pop());
                }
            }
        }
        List<String> order = new ArrayList<>(placed);
        Collections.reverse(order);
        return order;
    }

    private void pushCalled(String name, Set<String> placed, Deque<String> open) {
        List<String> called = new ArrayList<>(dependencies.getOrDefault(name, Set.of()));
        Collections.reverse(called);
        for (String next : called) {
            if (dependencies.containsKey(next) && !placed.contains(next)) {
                open.push(next);
            }
        }
    }

    private @Nullable List<String> path(String from, String to) {
        Map<String, String> reachedFrom = new LinkedHashMap<>();
        Deque<String> open = new ArrayDeque<>(List.of(from));
        reachedFrom.put(from, from);
        while (!open.isEmpty()) {
            String at = open.remove();
            if (at.equals(to)) {
                return walkBack(reachedFrom, from, to);
            }
            for (String next : dependencies.getOrDefault(at, Set.of())) {
                if (reachedFrom.putIfAbsent(next, at) == null) {
                    open.add(next);
                }
            }
        }
        return null;
    }

    private static List<String> walkBack(Map<String, String> reachedFrom, String from, String to) {
        Deque<String> path = new ArrayDeque<>(List.of(to));
        while (!path.getFirst().equals(from)) {
            path.addFirst(reachedFrom.getOrDefault(path.getFirst(), from));
        }
        return List.copyOf(path);
    }
}
