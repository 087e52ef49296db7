package io.k1s.registry;

import io.k1s.metrics.Work;

/**
 * Recognizes threads that called {@code System.exit}: that call never returns, so neither does the work around it, and a
 * shutdown that waited for it would wait for itself.
 */
final class ExitingThreads {
    private ExitingThreads() {}

    /** Whether the work is bound to a thread that sits in Runtime.exit. */
    static boolean runs(Work work) {
        return work.isBound() && isExiting(work.thread());
    }

    /** Works for virtual threads too. */
    static boolean isExiting(Thread thread) {
        return isIn(thread, "java.lang.Runtime", "exit");
    }

    /** Of several threads that exit, one runs the hooks, and it is its code that the process ends with. The others wait. */
    static boolean runsHooks(Thread thread) {
        return isIn(thread, "java.lang.ApplicationShutdownHooks", "runHooks");
    }

    private static boolean isIn(Thread thread, String className, String method) {
        for (StackTraceElement frame : StackSampler.stack(thread)) {
            if (frame.getClassName().equals(className) && frame.getMethodName().equals(method)) {
                return true;
            }
        }
        return false;
    }
}
