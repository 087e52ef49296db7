package io.k1s.controller;

import io.kubernetes.client.extended.controller.Controller;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads on which controllers run, which are not those that reconcile. Thread-safe. */
final class ControllerThreads {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerThreads.class);
    /** What a controller gets to return once it was shut down and its reconciles have ended. */
    private static final long RETURN_MILLIS = TimeUnit.SECONDS.toMillis(1);

    private final String component;
    private final Daemons factory;
    private final Collection<Thread> threads = new ConcurrentLinkedQueue<>();

    ControllerThreads(String component) {
        this.component = component;
        this.factory = new Daemons(component + "-run");
    }

    void run(Controller controller) {
        Thread thread = factory.newThread(() -> guarded(controller));
        threads.add(thread);
        thread.start();
    }

    private void guarded(Controller controller) {
        try {
            controller.run();
        } catch (RejectedExecutionException e) {
            // It was shut down before it had started its workers.
            LOG.atDebug().addKeyValue("component", component).setCause(e).log("controller was shut down before it ran");
        } catch (RuntimeException | Error e) {
            LOG.atError().addKeyValue("component", component).setCause(e).log("controller failed");
        }
    }

    /**
     * Waits until the controllers have returned. One that was shut down before its workers ran waits for them for ever, unless
     * it is interrupted.
     */
    void join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join(RETURN_MILLIS);
            thread.interrupt();
        }
    }
}
