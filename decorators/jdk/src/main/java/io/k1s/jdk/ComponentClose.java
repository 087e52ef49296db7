package io.k1s.jdk;

import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;

/** The close of one component by its user: drains it, closes what it owns, once, and takes it out of the registry. */
final class ComponentClose {
    private final WorkRegistry registry;
    private final WorkMetrics component;

    ComponentClose(WorkRegistry registry, WorkMetrics component) {
        this.registry = registry;
        this.component = component;
    }

    /** Who comes while another one closes it waits too; who comes later has nothing to do, or is told of the same failure. */
    void run() {
        try {
            registry.closeComponent(component).ifPresent(this::requireClosed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "interrupted while component \"" + component.name() + "\" was draining; it is left open", e);
        }
    }

    private void requireClosed(ShutdownReport.Component report) {
        if (report.drained() && report.errors().isEmpty()) {
            return;
        }
        IllegalStateException failure = new IllegalStateException("component \"" + component.name() + "\" is "
                + (report.drained()
                        ? "drained, but closing it failed"
                        : "left open: " + report.left() + " works did not end in time " + report.stragglers()));
        report.errors().forEach(failure::addSuppressed);
        throw failure;
    }
}
