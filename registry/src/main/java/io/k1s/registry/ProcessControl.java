package io.k1s.registry;

import java.util.function.IntConsumer;

/** What a shutdown does to the process it runs in. A seam: the real one cannot be tested from inside. */
interface ProcessControl {
    /** What became of an attempt to handle a signal. */
    enum Installed {
        YES,
        /** The process was started with the signal ignored, as {@code nohup} and a shell's {@code &} do. */
        IGNORED_BY_PARENT,
        /** This Java has no {@code sun.misc.Signal}: the JVM exits at the signal, and runs its hooks. */
        LEFT_TO_HOOKS,
        /** The JVM does not let go of it ({@code -Xrs}), or the platform does not have it. */
        UNAVAILABLE
    }

    /** Calls the handler with the signal's number, on a thread of the JVM's, whenever it arrives. */
    Installed onSignal(String name, IntConsumer handler);

    /** Runs the code when the JVM begins to exit. Throws an IllegalStateException if it does already. */
    void onExit(Runnable code);

    /** Begins to exit. Does not return. */
    void exit(int code);

    /** Whether the exit that runs the hooks now is this thread's, and not one that this thread's came too late for. In a hook. */
    boolean isExitedBy(Thread thread);

    /** Ends the process here and now. */
    void halt(int code);
}
