package io.k1s.controller.josdk;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** One execution of the SDK, admitted when it begins, and the one place where its work ends. */
final class Reconcile implements Runnable {
    private static final ThreadLocal<@Nullable Reconcile> CURRENT = new ThreadLocal<>();

    private final WorkMetrics metrics;
    private final String name;
    private final Runnable execution;
    /** Written and read by the thread that executes, as are the next two. */
    private boolean begun;

    private boolean failed;
    private @Nullable Throwable thrown;

    Reconcile(WorkMetrics metrics, String name, Runnable execution) {
        this.metrics = metrics;
        this.name = name;
        this.execution = execution;
    }

    /** The execution on this thread has failed, which the SDK keeps to itself. */
    static void markFailed() {
        Reconcile current = CURRENT.get();
        if (current != null) {
            current.failed = true;
        }
    }

    @Override
    public void run() {
        Work work;
        try {
            work = metrics.startWork(name);
        } catch (WorkRejectedException e) {
            // Unprocessed, and counted as that. To the SDK it stays under way, so that nothing comes after it.
            return;
        }
        run(work);
    }

    /** The work can have been asked to cancel before it comes here: then nothing is executed, as when it is not admitted. */
    void run(Work work) {
        // Without an end of its own, for want of memory, it has failed.
        try (work) {
            // Interrupts this thread while it executes, and at no other time.
            FutureTask<?> interruptible = new FutureTask<>(this::execute, null);
            work.runsHere().onCancel(() -> interruptible.cancel(true));
            CURRENT.set(this);
            try {
                interruptible.run();
            } finally {
                CURRENT.remove();
                end(work, interruptible.isCancelled());
            }
        }
        if (thrown != null) {
            Reconcile.<RuntimeException>rethrow(thrown);
        }
    }

    private void execute() {
        begun = true;
        try {
            execution.run();
        } catch (Throwable t) {
            failed = true;
            thrown = t;
        }
    }

    /** One that went on to its end in spite of the interrupt has succeeded. */
    private void end(Work work, boolean cut) {
        boolean done = begun && !failed;
        var unused = done ? work.succeed() : cut ? work.cancel() : work.fail();
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void rethrow(Throwable t) throws E {
        throw (E) t;
    }

    @Override
    public String toString() {
        return name;
    }
}
