package io.k1s.registry;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownReport.Straggler;
import io.k1s.registry.ShutdownReport.ThreadSample;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who holds up a shutdown, and whether they move: named works, and the threads behind those without a name. Looked at first
 * at the soft deadline, then a second later, and once more when waiting ends. The looking is done elsewhere; no deadline
 * waits for it.
 */
final class Forensics {
    static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Isolation isolation;
    private final ShutdownLog log;
    private final Listeners listeners;
    private final Map<Work, Evidence> works = new ConcurrentHashMap<>();
    private final Map<Thread, Evidence> threads = new ConcurrentHashMap<>();
    private final Map<String, List<Thread>> suspects = new ConcurrentHashMap<>();
    private final Set<Work> told = ConcurrentHashMap.newKeySet();

    Forensics(Isolation isolation, ShutdownLog log, Listeners listeners) {
        this.isolation = isolation;
        this.log = log;
        this.listeners = listeners;
    }

    /** The works are those of this moment: who is asked to cancel next is named all the same. */
    void firstLook(Tracked tracked) {
        List<Work> active = listed(tracked);
        var unused = isolation.start(() -> {
            look(tracked, active);
            log.holdsUp(tracked, stragglers(tracked, active), suspects(tracked));
        });
    }

    void secondLook(Tracked tracked) {
        var unused = isolation.start(() -> {
            List<Work> active = listed(tracked);
            look(tracked, active);
            tell(tracked, active);
            log.stillHoldsUp(tracked, stragglers(tracked, active), suspects(tracked));
        });
    }

    /** What the report is to say. Completes when it is known. */
    CompletableFuture<Void> lastLook(Collection<Tracked> left) {
        return isolation.start(() -> {
            for (Tracked tracked : left) {
                List<Work> active = listed(tracked);
                look(tracked, active);
                tell(tracked, active);
            }
        });
    }

    /** As far as was seen: looks at nothing. */
    List<Straggler> stragglers(Tracked tracked, List<Work> active) {
        return active.stream().map(work -> straggler(tracked, work)).toList();
    }

    /** As far as was seen: looks at nothing. */
    List<ThreadSample> suspects(Tracked tracked) {
        return suspects.getOrDefault(tracked.name(), List.of()).stream()
                .map(thread -> latest(threads.get(thread), thread))
                .toList();
    }

    /** One look, here and now. */
    static Straggler lookAt(Tracked tracked, Work work) {
        // First: it is bound to the thread that was set before that.
        boolean bound = work.isBound();
        Evidence evidence = new Evidence(work.thread());
        if (bound) {
            evidence.look();
        }
        return straggler(tracked, work, evidence.latest());
    }

    /** One look, for so long at most: who is not seen by then is named all the same. */
    static List<Straggler> lookAt(Tracked tracked, Isolation isolation, Duration atMost) throws InterruptedException {
        List<Work> active = listed(tracked);
        Map<Work, Straggler> seen = new ConcurrentHashMap<>();
        CompletableFuture<Void> looked =
                isolation.start(() -> active.forEach(work -> seen.put(work, lookAt(tracked, work))));
        try {
            looked.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException asFarAsWasSeen) {
            // The rest is shown as it is known without a look.
        }
        return active.stream()
                .map(work -> Objects.requireNonNullElseGet(
                        seen.get(work), () -> straggler(tracked, work, Evidence.notLookedAt(work.thread()))))
                .toList();
    }

    static List<Work> listed(Tracked tracked) {
        return tracked.activeWork().stream().limit(ComponentRun.MOST_LISTED).toList();
    }

    private void look(Tracked tracked, List<Work> active) {
        for (Work work : active) {
            if (work.isBound()) {
                works.computeIfAbsent(work, bound -> new Evidence(bound.thread()))
                        .look();
            }
        }
        List<Thread> behind = hasUnnamedWork(tracked, active) ? threadsBehind(tracked, active) : List.of();
        for (Thread thread : behind) {
            threads.computeIfAbsent(thread, Evidence::new).look();
        }
        suspects.put(tracked.name(), behind);
    }

    private void tell(Tracked tracked, List<Work> active) {
        for (Work work : active) {
            if (told.add(work)) {
                Straggler straggler = straggler(tracked, work);
                listeners.tell(listener -> listener.straggler(tracked.name(), straggler));
            }
        }
    }

    private Straggler straggler(Tracked tracked, Work work) {
        return straggler(tracked, work, latest(works.get(work), work.thread()));
    }

    private static ThreadSample latest(@Nullable Evidence evidence, Thread thread) {
        return evidence == null ? Evidence.notLookedAt(thread) : evidence.latest();
    }

    private static Straggler straggler(Tracked tracked, Work work, ThreadSample thread) {
        return new Straggler(
                work.description(),
                work.isWatch(),
                work.isCancellable(),
                tracked.hasAskedToCancel(work),
                work.age(),
                thread);
    }

    private static boolean hasUnnamedWork(Tracked tracked, List<Work> active) {
        Optional<WorkSnapshot> ledger = tracked.snapshot();
        return ledger.isEmpty() || ledger.get().inFlight() + ledger.get().watchers() > active.size();
    }

    /** Whose counters say that work of theirs is in flight, then who is inside the resource. */
    private static List<Thread> threadsBehind(Tracked tracked, List<Work> active) {
        Set<Thread> named =
                active.stream().filter(Work::isBound).map(Work::thread).collect(Collectors.toSet());
        Stream<Thread> busy = tracked.metrics().map(WorkMetrics::busyThreads).orElse(List.of()).stream()
                .filter(thread -> thread.isAlive() && !named.contains(thread));
        return Stream.concat(busy, threadsInside(tracked))
                .distinct()
                .limit(ComponentRun.MOST_LISTED)
                .toList();
    }

    /** Virtual threads are not among them: the JVM keeps no list of those. */
    private static Stream<Thread> threadsInside(Tracked tracked) {
        Set<String> types = typesOf(tracked.options().owned());
        if (types.isEmpty()) {
            return Stream.of();
        }
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry ->
                        Arrays.stream(entry.getValue()).anyMatch(frame -> types.contains(frame.getClassName())))
                .map(Map.Entry::getKey);
    }

    /** What its frames are called. Those of a lambda are its author's, who may be anywhere. */
    private static Set<String> typesOf(@Nullable Object resource) {
        Set<String> names = new HashSet<>();
        Class<?> type = resource == null || resource.getClass().isHidden() ? null : resource.getClass();
        while (type != null && type.getClassLoader() != null) {
            names.add(type.getName());
            type = type.getSuperclass();
        }
        return names;
    }
}
