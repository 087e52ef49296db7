package io.k1s.observe;

import io.k1s.metrics.Printable;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownState;
import io.k1s.registry.WorkRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** What a registry is doing at one moment, for the endpoint. */
record WorkView(
        ShutdownState state,
        boolean ready,
        Duration timeLeft,
        List<WorkSnapshot> components,
        Map<String, Latency> latencies,
        List<Active> oldest,
        int active) {
    /** Of more than so many works only the oldest are shown; they are what one looks for. */
    static final int MOST_SHOWN = 100;

    /** A named work or watch in flight. */
    record Active(String component, String description, boolean watch, Duration age, String thread) {
        static Active of(Work work) {
            return new Active(
                    work.component(),
                    work.description(),
                    work.isWatch(),
                    work.age(),
                    Printable.masked(work.thread().getName()));
        }
    }

    static WorkView of(WorkRegistry registry, Function<String, Optional<Latency>> latencies) {
        List<WorkSnapshot> components = registry.snapshots();
        Map<String, Latency> timed = new TreeMap<>();
        for (WorkSnapshot component : components) {
            latencies.apply(component.component()).ifPresent(latency -> timed.put(component.component(), latency));
        }
        List<Work> works = registry.activeWork();
        List<Active> oldest = works.stream().limit(MOST_SHOWN).map(Active::of).toList();
        return new WorkView(
                registry.state(), registry.isReady(), registry.timeLeft(), components, timed, oldest, works.size());
    }
}
