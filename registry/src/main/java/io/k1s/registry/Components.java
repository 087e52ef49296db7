package io.k1s.registry;

import io.k1s.metrics.WorkMetrics;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** The registered components, their dependencies, and who is told about them. Thread-safe; foreign code runs under no lock. */
final class Components {
    /** More components than any program has; a loop that registers one per request is found out here. */
    private static final int MAX_COMPONENTS = 10_000;

    private final Listeners listeners;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by lock, as is the next. */
    private final Map<String, Tracked> byName = new LinkedHashMap<>();

    private final DependencyGraph graph = new DependencyGraph();
    /** The names of the components that have these objects for themselves. Guarded by lock. */
    private final IdentityHashMap<Object, String> owners = new IdentityHashMap<>();
    /** Written under the lock. The one flag for both: whoever was refused finds that the registry is not ready, and the reverse. */
    private volatile boolean sealed;

    Components(Listeners listeners) {
        this.listeners = listeners;
    }

    void add(Tracked tracked) {
        lock.lock();
        try {
            if (sealed) {
                throw new IllegalStateException("component \"" + tracked.name()
                        + "\" comes too late: the shutdown has begun, and nobody would drain it");
            }
            if (byName.size() >= MAX_COMPONENTS) {
                throw new IllegalStateException("component \"" + tracked.name() + "\" would be number "
                        + (MAX_COMPONENTS + 1) + "; allowed are " + MAX_COMPONENTS
                        + ". Register components, not the single works they do");
            }
            if (byName.containsKey(tracked.name())) {
                throw new IllegalArgumentException(
                        "component \"" + tracked.name() + "\" is registered already; names are unique");
            }
            tracked.owned().forEach(owned -> refuseSecondOwner(owned, tracked.name()));
            graph.add(tracked.name(), tracked.options().dependencies());
            tracked.owned().forEach(owned -> owners.put(owned, tracked.name()));
            byName.put(tracked.name(), tracked);
            listeners.note(Listeners.registered(tracked));
        } finally {
            lock.unlock();
        }
        listeners.tell();
    }

    private void refuseSecondOwner(Object owned, String name) {
        String owner = owners.get(owned);
        if (owner != null) {
            throw new IllegalArgumentException("the "
                    + Texts.printable(owned.getClass().getName()) + " of component \""
                    + name + "\" is that of component \"" + owner
                    + "\" already, and would be stopped or closed under its work; let \"" + name + "\" depend on \""
                    + owner + "\" instead");
        }
    }

    void addListener(ShutdownListener listener) {
        Listeners.Lane lane;
        List<Tracked> present;
        lock.lock();
        try {
            lane = listeners.add(listener);
            present = List.copyOf(byName.values());
        } finally {
            lock.unlock();
        }
        lane.open(present);
    }

    Tracked get(String name) {
        lock.lock();
        try {
            Tracked tracked = byName.get(name);
            if (tracked == null) {
                throw new IllegalArgumentException(
                        "no component \"" + Texts.printable(name) + "\" is registered; there are " + byName.keySet());
            }
            return tracked;
        } finally {
            lock.unlock();
        }
    }

    /** The one that counts by these metrics, whoever else has its name. */
    Optional<Tracked> find(WorkMetrics metrics) {
        lock.lock();
        try {
            return Optional.ofNullable(byName.get(metrics.name())).filter(tracked -> tracked.isCountedBy(metrics));
        } finally {
            lock.unlock();
        }
    }

    void remove(Tracked tracked) {
        lock.lock();
        try {
            // By identity: another close may have removed it before, and somebody taken the name.
            if (byName.remove(tracked.name(), tracked)) {
                graph.remove(tracked.name());
                tracked.owned().forEach(owners::remove);
                listeners.note(listener -> listener.componentRemoved(tracked.name()));
            }
        } finally {
            lock.unlock();
        }
        listeners.tell();
    }

    /** In the order of registration. */
    List<Tracked> all() {
        lock.lock();
        try {
            return List.copyOf(byName.values());
        } finally {
            lock.unlock();
        }
    }

    /** Those that take part in the shutdown: from now on none is added. */
    Sealed seal() {
        lock.lock();
        try {
            sealed = true;
            return new Sealed(Map.copyOf(byName), graph.copy());
        } finally {
            lock.unlock();
        }
    }

    boolean isSealed() {
        return sealed;
    }

    /** What a shutdown works on. */
    record Sealed(Map<String, Tracked> byName, DependencyGraph graph) {}
}
