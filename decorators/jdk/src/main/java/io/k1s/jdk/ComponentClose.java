package io.k1s.jdk;

import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.util.concurrent.locks.ReentrantLock;

/** The close of one component by its user: drains it, closes what it owns, once, and takes it out of the registry. */
final class ComponentClose {
    private final WorkRegistry registry;
    private final String component;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by lock. */
    private boolean closed;

    ComponentClose(WorkRegistry registry, String component) {
        this.registry = registry;
        this.component = component;
    }

    /** A second caller waits for the first, and then has nothing to do. */
    void run() {
        try {
            lock.lockInterruptibly();
            try {
                if (!closed) {
                    ShutdownReport.Component report = registry.closeComponent(component);
                    closed = report.drained();
                    requireClosed(report);
                }
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "interrupted while component \"" + component + "\" was draining; it is left open", e);
        }
    }

    private void requireClosed(ShutdownReport.Component report) {
        if (report.drained() && report.errors().isEmpty()) {
            return;
        }
        IllegalStateException failure = new IllegalStateException("component \"" + component + "\" is "
                + (report.drained()
                        ? "drained, but closing it failed"
                        : "left open: " + report.left() + " works did not end in time " + report.stragglers()));
        report.errors().forEach(failure::addSuppressed);
        throw failure;
    }
}
