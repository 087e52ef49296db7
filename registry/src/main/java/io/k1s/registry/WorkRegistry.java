package io.k1s.registry;

import io.k1s.metrics.PeakTracking;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is tracked, and their shutdown.
 *
 * <p>A shutdown runs once, whoever asks for it and however often: components stop admitting in the order of their
 * dependencies, callers before what they call, and each has drained before the next closes; independent ones drain side by
 * side. At the soft deadline those who hold it up are named and asked to cancel, at the hard deadline everything closes and
 * waiting ends. Then the resources of drained components are closed, callers first. All of it is to fit into
 * {@link ShutdownConfig#gracefulTimeout()}, by one monotonic clock; what of the second after that a shutdown may use is said
 * there. Components that throw, block or never drain are reported and cannot stop the others.
 *
 * <p>Thread-safe. No callback runs under a lock.
 */
public final class WorkRegistry {
    private final ShutdownConfig config;
    private final Isolation isolation;
    private final ShutdownLog log;
    private final Listeners listeners;
    private final Components components;
    private final OneShutdown shutdown;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by lock. */
    private @Nullable SignalShutdown signals;

    /** For tests that choose where foreign code runs. */
    WorkRegistry(ShutdownConfig config, Isolation isolation) {
        this(config, isolation, new ShutdownLog(isolation));
    }

    WorkRegistry(ShutdownConfig config, Isolation isolation, ShutdownLog log) {
        this.config = Objects.requireNonNull(config, "config");
        this.isolation = isolation;
        this.log = log;
        this.listeners = new Listeners(isolation, log);
        this.components = new Components(listeners);
        this.shutdown = new OneShutdown(config, components, isolation, log, listeners);
    }

    /**
     * Returns an empty registry with {@link ShutdownConfig#defaults()}.
     *
     * @return the registry
     */
    public static WorkRegistry create() {
        return create(ShutdownConfig.defaults());
    }

    /**
     * Returns an empty registry.
     *
     * @param config its time budget and policies
     * @return the registry
     */
    public static WorkRegistry create(ShutdownConfig config) {
        return new WorkRegistry(config, new Isolation());
    }

    /**
     * Returns the configuration.
     *
     * @return the configuration
     */
    public ShutdownConfig config() {
        return config;
    }

    /**
     * Registers a component that depends on nothing.
     *
     * @param name what it is called: 1 to 100 printable characters, unique
     * @return the component, admitting
     * @throws IllegalArgumentException if the name is not allowed or taken
     * @throws IllegalStateException if a shutdown has been requested, or 10,000 components are registered
     */
    public WorkMetrics component(String name) {
        return component(name, ComponentOptions.defaults());
    }

    /**
     * Registers a component.
     *
     * @param name what it is called: 1 to 100 printable characters, unique
     * @param options what it depends on, what it owns, its limit
     * @return the component, admitting
     * @throws IllegalArgumentException if the name is not allowed or taken, the dependencies make a cycle, or the resource is
     *     another component's already
     * @throws IllegalStateException if a shutdown has been requested, or 10,000 components are registered
     */
    public WorkMetrics component(String name, ComponentOptions options) {
        WorkMetrics metrics = WorkMetrics.builder(name)
                .maxConcurrentOps(options.maxConcurrentOps().orElse(config.maxConcurrentOps()))
                .waitAtLimit(config.limitWait())
                .peakTracking(options.peakTracking())
                .sampling(config.detailedMetrics())
                .build();
        components.add(Tracked.of(metrics, options));
        log.registered(metrics);
        return metrics;
    }

    /**
     * Registers a component that counts its own work.
     *
     * @param name what it is called: 1 to 100 printable characters, unique
     * @param component the component
     * @param options what it depends on and what it owns
     * @throws IllegalArgumentException if the name is not allowed or taken, the dependencies make a cycle, the component or the
     *     resource is another component's already, or the options have a limit or an exact peak, which only a component that is
     *     counted here can have
     * @throws IllegalStateException if a shutdown has been requested, or 10,000 components are registered
     */
    public void register(String name, WorkTrackingComponent component, ComponentOptions options) {
        String checked = ComponentOptions.requireName(name);
        if (options.maxConcurrentOps().isPresent() || options.peakTracking() != PeakTracking.OBSERVED) {
            throw new IllegalArgumentException("component \"" + name
                    + "\" counts its own work: maxConcurrentOps and peakTracking have no effect on it");
        }
        components.add(Tracked.of(checked, Objects.requireNonNull(component, "component"), options));
    }

    /**
     * Adds a listener, which is told about the components that are there on this thread before the method returns, and about
     * everything later on a thread of its own. What it throws on this thread passes through: it is added all the same, and is
     * not told about the other components that were there.
     *
     * @param listener the listener; stays as long as the registry
     */
    public void addListener(ShutdownListener listener) {
        components.addListener(listener);
    }

    /**
     * Shuts down one component alone: closes its gate, drains it, closes its resource, removes it. Its watches are asked to
     * cancel after their grace, at the soft timeout at the latest, its other work is not. Blocks for at most the graceful
     * timeout and a tenth of a second, in which what goes fast is done when the time is over. During a shutdown of the whole
     * this is safe too: whoever comes first closes the resource.
     *
     * @param name the component's name
     * @return what became of it; one that has not drained, or whose resource is not closed, stays registered without admitting:
     *     a shutdown waits for it before it closes what it depends on, and reports it
     * @throws IllegalArgumentException if no such component is registered
     * @throws IllegalStateException if called inside work of that component
     * @throws InterruptedException if the thread is interrupted
     */
    public ShutdownReport.Component closeComponent(String name) throws InterruptedException {
        return close(components.get(name));
    }

    /**
     * Like {@link #closeComponent(String)}, for whoever holds a component and does not know what became of its name: does
     * nothing if it was removed before, also when another component has taken the name.
     *
     * @param component from {@link #component}
     * @return what became of it; empty if it is not registered, or not any more
     * @throws IllegalStateException if called inside work of that component
     * @throws InterruptedException if the thread is interrupted
     */
    public Optional<ShutdownReport.Component> closeComponent(WorkMetrics component) throws InterruptedException {
        Optional<Tracked> tracked = components.find(component);
        return tracked.isPresent() ? Optional.of(close(tracked.get())) : Optional.empty();
    }

    private ShutdownReport.Component close(Tracked tracked) throws InterruptedException {
        refuseInsideWork(List.of(tracked));
        if (Thread.interrupted()) {
            // Before anything is begun that could not be waited for.
            throw new InterruptedException("interrupted before component \"" + tracked.name() + "\" was closed");
        }
        ShutdownReport.Component report = new SingleClose(tracked, config, isolation).run();
        if (report.drained() && report.closed()) {
            components.remove(tracked);
        }
        return report;
    }

    /**
     * Tells whether any component has work or watches in flight. Those that count their own work are asked on this thread.
     *
     * @return true while there is, and if one of those throws, which is logged
     */
    public boolean isAnyWorkInProgress() {
        return components.all().stream()
                .anyMatch(each -> answer(each, each::isWorkInProgress).orElse(true));
    }

    /**
     * Counts the works and watches in flight. Those that count their own work are asked on this thread.
     *
     * @return a count per component, in the order of registration, without those that throw, which is logged
     */
    public Map<String, Long> activeWorkCounts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (Tracked component : components.all()) {
            count(component).ifPresent(count -> counts.put(component.name(), count));
        }
        return counts;
    }

    /**
     * Returns the live named works, asynchronous works and watches of all components.
     *
     * @return the works, oldest first
     */
    public List<Work> activeWork() {
        List<Work> all = new ArrayList<>();
        components.all().forEach(component -> all.addAll(component.activeWork()));
        all.sort(Work.OLDEST_FIRST);
        return all;
    }

    /**
     * Tells how far each component has come, at any time: before a shutdown nothing is draining. Those that count their own
     * work are asked on this thread.
     *
     * @return one per component, in the order of registration, without those that throw, which is logged
     */
    public List<DrainProgress> progress() {
        return components.all().stream()
                .flatMap(component -> count(component).map(count -> DrainProgress.of(component, count)).stream())
                .toList();
    }

    /**
     * Reads the ledgers.
     *
     * @return one per component that is a {@link WorkMetrics}, in the order of registration
     */
    public List<WorkSnapshot> snapshots() {
        return components.all().stream()
                .map(Tracked::snapshot)
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Tells where the registry is on its way to the end.
     *
     * @return the state
     */
    public ShutdownState state() {
        return shutdown.state();
    }

    /**
     * Tells whether new work is welcome: what a readiness probe answers. False from the request of a shutdown on, also
     * while {@link ShutdownConfig#drainDelay()} still lets work in.
     *
     * @return true while running
     */
    public boolean isReady() {
        return !components.isSealed();
    }

    /**
     * Tells how much of the graceful timeout is left.
     *
     * @return the time to the hard deadline; the whole timeout before a shutdown, never negative
     */
    public Duration timeLeft() {
        return left(config.gracefulTimeout());
    }

    /**
     * Tells how much is left until those who hold up the shutdown are named and asked to cancel.
     *
     * @return the time to the soft deadline; the whole of it before a shutdown, never negative
     */
    public Duration softTimeLeft() {
        return left(config.softTimeout());
    }

    private Duration left(Duration whole) {
        long end = shutdown.startNanos() + whole.toNanos();
        return isReady() ? whole : Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /**
     * Requests the shutdown and does not wait for it. Never exits the JVM. Further calls join the one that runs.
     *
     * @return the report to come. Waiting for it inside {@link WorkMetrics#run} throws an IllegalStateException, since the
     *     shutdown waits for that work. Its callbacks run on a thread of their own; a process that was asked to stop by a
     *     signal exits after them, or at the hard deadline
     */
    public CompletableFuture<ShutdownReport> shutdown() {
        return shutdown("requested by the program");
    }

    /**
     * Like {@link #shutdown()}.
     *
     * @param reason who asks, for logs and the report
     * @return the report to come
     */
    public CompletableFuture<ShutdownReport> shutdown(String reason) {
        begin(Objects.requireNonNull(reason, "reason"));
        return terminated();
    }

    /**
     * Goes straight to the hard deadline: everything is asked to cancel, every gate closes, what does not end at once is
     * left behind and reported, drained resources are closed.
     *
     * @return the report to come, as from {@link #shutdown()}
     */
    public CompletableFuture<ShutdownReport> shutdownNow() {
        force("requested by the program, at once");
        return terminated();
    }

    /**
     * Waits for the end of a shutdown, whether it has begun or not.
     *
     * @param timeout how long to wait at most
     * @return the report, or nothing if the time passed first
     * @throws InterruptedException if the thread is interrupted
     * @throws IllegalStateException if called inside tracked work, which the shutdown waits for
     */
    public Optional<ShutdownReport> awaitTermination(Duration timeout) throws InterruptedException {
        if (!shutdown.termination.isReported()) {
            refuseInsideWork();
        }
        return shutdown.termination.await(timeout);
    }

    /**
     * Returns a stage that completes with the reason when a shutdown is requested, on a thread of its own. Every call's stage is
     * kept until then: who only looks from time to time asks {@link #isReady()}.
     *
     * @return a stage of its own for this caller
     */
    public CompletionStage<String> shutdownRequested() {
        Executor alone = code -> {
            var unused = isolation.start(code::run);
        };
        return shutdown.started.thenApplyAsync(reason -> reason, alone).minimalCompletionStage();
    }

    /**
     * Returns the report to come, without requesting a shutdown. Every call's future is kept until the end: who only looks from
     * time to time asks for the {@link #state()}.
     *
     * @return a future of its own for this caller, as from {@link #shutdown()}
     */
    public CompletableFuture<ShutdownReport> terminated() {
        return shutdown.termination.future(this);
    }

    /**
     * Has SIGTERM, SIGINT and SIGHUP, and {@code System.exit}, shut this registry down before the process ends. The first
     * signal starts the shutdown, with everything of the JVM still in place, and exits when it is over; another one, a
     * second later or more, goes to the hard deadline at once; a third halts. Whatever hangs, the process ends one second
     * after the hard deadline; if the shutdown was over before somebody asked for the exit, one second and a graceful timeout
     * after that.
     *
     * <p>Exit codes: 0 when complete (or 128 + n for signal n, see {@link ShutdownConfig#signalExitCode()}), 70 when
     * something failed to stop, to cancel or to close, or the shutdown itself failed, 75 after the hard deadline or a second
     * signal, 76 when the shutdown itself or another shutdown hook hung, 128 + n on the third signal. The code of
     * {@code System.exit(n)} stands when the shutdown was complete.
     *
     * <p>Signals that the process inherited as ignored, a JVM that leaves them alone ({@code -Xrs}), and one without the module
     * {@code jdk.unsupported}, where a signal is like {@code System.exit}, are warned about.
     * One registry of a process can do this; further calls on the same one have no effect. In a JVM that is exiting already,
     * the shutdown begins, as by any other thread: soon no more work is admitted, but the JVM does not wait for what is.
     *
     * @throws IllegalStateException if another registry of this process handles signals
     */
    public void shutdownOnSignals() {
        shutdownOnSignals(JvmProcess.INSTANCE);
    }

    void shutdownOnSignals(ProcessControl process) {
        lock.lock();
        try {
            if (signals == null) {
                signals = SignalShutdown.install(this, log, process);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Runs once the report is there and the callers' callbacks have run; at once if that was before. */
    void exitAfterTermination(Runnable exitAction) {
        shutdown.termination.exitAfterwards(exitAction);
    }

    /** Waits for the report; null if the shutdown itself failed. */
    @Nullable
    ShutdownReport awaitReport() {
        return shutdown.termination.awaitReport();
    }

    boolean isReported() {
        return shutdown.termination.isReported();
    }

    void awaitCallbacks(Duration atMost) {
        shutdown.termination.awaitCallbacks(atMost);
    }

    /** Starts the one sequence, or returns the one that was started. */
    ShutdownSequence begin(String reason) {
        return shutdown.begin(reason, false);
    }

    void force(String reason) {
        var unused = shutdown.begin(reason, true);
        shutdown.termination.hurry();
    }

    /** By nanoTime: of the shutdown that runs, or of one that began now. */
    long hardDeadlineNanos() {
        return shutdown.startNanos() + config.gracefulTimeout().toNanos();
    }

    private Optional<Long> count(Tracked component) {
        return answer(component, component::activeCount);
    }

    private <T> Optional<T> answer(Tracked component, Supplier<T> question) {
        try {
            return Optional.of(question.get());
        } catch (Throwable t) {
            log.failed(component.name(), "counting failed", t);
            return Optional.empty();
        }
    }

    void refuseInsideWork() {
        refuseInsideWork(components.all());
    }

    private static void refuseInsideWork(List<Tracked> waitedFor) {
        for (Tracked component : waitedFor) {
            if (component.isInsideWork()) {
                throw new IllegalStateException("a thread inside work of component \"" + component.name()
                        + "\" is about to wait for a shutdown, which waits for that work; use the future's callbacks");
            }
        }
    }
}
