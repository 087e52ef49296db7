package io.k1s.registry;

import io.k1s.metrics.PeakTracking;
import io.k1s.metrics.WorkMetrics;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a component takes part in a {@link WorkRegistry}. Immutable: each method returns changed options. */
public final class ComponentOptions {
    private static final ComponentOptions DEFAULTS = new ComponentOptions(Set.of(), null, null, PeakTracking.OBSERVED);

    private final Set<String> dependencies;
    private final @Nullable Resource resource;
    private final @Nullable Long maxConcurrentOps;
    private final PeakTracking peakTracking;

    private ComponentOptions(
            Set<String> dependencies,
            @Nullable Resource resource,
            @Nullable Long maxConcurrentOps,
            PeakTracking peakTracking) {
        this.dependencies = dependencies;
        this.resource = resource;
        this.maxConcurrentOps = maxConcurrentOps;
        this.peakTracking = peakTracking;
    }

    /**
     * Depends on nothing, owns nothing, has the limit of the {@link ShutdownConfig}.
     *
     * @return the defaults
     */
    public static ComponentOptions defaults() {
        return DEFAULTS;
    }

    /**
     * The defaults, for a component that calls the named ones: it stops admitting and is drained before they do. A name may
     * be registered later.
     *
     * @param components names of components
     * @return the options
     * @throws IllegalArgumentException if no component can have one of the names
     */
    public static ComponentOptions dependsOn(String... components) {
        return DEFAULTS.dependingOn(components);
    }

    /**
     * Adds components that this one calls.
     *
     * @param components names of components
     * @return the options
     * @throws IllegalArgumentException if no component can have one of the names
     */
    public ComponentOptions dependingOn(String... components) {
        Set<String> all = new LinkedHashSet<>(dependencies);
        for (String component : components) {
            all.add(requireName(component));
        }
        return new ComponentOptions(Collections.unmodifiableSet(all), resource, maxConcurrentOps, peakTracking);
    }

    /**
     * Hands over a resource: the registry closes it, once, after the component has drained, and never while work of the
     * component runs. So it cannot be another component's too: registering that is refused.
     *
     * @param owned what is closed
     * @return the options
     * @throws IllegalStateException if there is one already
     */
    public ComponentOptions closing(AutoCloseable owned) {
        return closing(owned, owned);
    }

    /**
     * As {@link #closing(AutoCloseable)}, for a resource whose own {@code close} is not what the registry is to call, or that
     * has none. A method reference alone would not say whose it is.
     *
     * @param owned what cannot be another component's too
     * @param how closes it
     * @return the options
     * @throws IllegalStateException if there is one already
     */
    public ComponentOptions closing(Object owned, AutoCloseable how) {
        if (resource != null) {
            throw new IllegalStateException("a component owns one resource, and this one has a "
                    + Texts.printable(resource.owned().getClass().getName())
                    + " already; register another component for the "
                    + Texts.printable(owned.getClass().getName()));
        }
        Resource added = new Resource(
                Objects.requireNonNull(owned, "resource"), Objects.requireNonNull(how, "how it is closed"));
        return new ComponentOptions(dependencies, added, maxConcurrentOps, peakTracking);
    }

    /**
     * Limits how many works of the component may be in flight, instead of {@link ShutdownConfig#maxConcurrentOps()}.
     *
     * @param max 1 to 1,000,000,000
     * @return the options
     * @throws IllegalArgumentException if it is out of range
     */
    public ComponentOptions maxConcurrentOps(long max) {
        var unused = ConfigKey.MAX_CONCURRENT_OPS.checked(max, "the options of a component");
        return new ComponentOptions(dependencies, resource, max, peakTracking);
    }

    /**
     * Chooses how closely the component's peak is followed.
     *
     * @param tracking the way; the default is {@link PeakTracking#OBSERVED}
     * @return the options
     */
    public ComponentOptions peakTracking(PeakTracking tracking) {
        return new ComponentOptions(
                dependencies, resource, maxConcurrentOps, Objects.requireNonNull(tracking, "tracking"));
    }

    /** Returns the name, checked where every name is. */
    static String requireName(String component) {
        var unused = WorkMetrics.builder(component);
        return component;
    }

    Set<String> dependencies() {
        return dependencies;
    }

    /** What cannot be another component's too. */
    @Nullable
    Object owned() {
        return resource == null ? null : resource.owned();
    }

    /** What closes it. */
    @Nullable
    AutoCloseable resource() {
        return resource == null ? null : resource.how();
    }

    OptionalLong maxConcurrentOps() {
        return maxConcurrentOps == null ? OptionalLong.empty() : OptionalLong.of(maxConcurrentOps);
    }

    PeakTracking peakTracking() {
        return peakTracking;
    }

    private record Resource(Object owned, AutoCloseable how) {}
}
