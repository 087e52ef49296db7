package io.k1s.registry;

import java.util.TreeSet;

/** What one thread would see of a registry: names until the shutdown begins, and none that are new afterwards. */
public class RegistrySpecification {
    private final TreeSet<String> names = new TreeSet<>();
    private boolean begun;

    public String register(int number) {
        if (begun) {
            return "too late";
        }
        return names.add("c" + number) ? "registered" : "taken";
    }

    public boolean closeComponent(int number) {
        return names.remove("c" + number);
    }

    public String names() {
        return names.toString();
    }

    public void shutdown() {
        begun = true;
    }

    public void shutdownNow() {
        begun = true;
    }

    public boolean isReady() {
        return !begun;
    }
}
