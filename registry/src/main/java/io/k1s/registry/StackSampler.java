package io.k1s.registry;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks at threads: their frames, and what they wait for. Names of classes, methods and threads only; a lock is shown by its
 * class and identity, and none of its methods is called.
 */
final class StackSampler {
    private static final @Nullable MethodHandle IS_VIRTUAL = isVirtualHandle();
    /** An application of modules may leave it out; then nobody knows who holds a lock. */
    private static final boolean HAS_MANAGEMENT =
            ModuleLayer.boot().findModule("java.management").isPresent();

    private StackSampler() {}

    /** Empty if the thread has ended, or its class does not let itself be looked at. */
    static List<StackTraceElement> stack(Thread thread) {
        try {
            return List.of(thread.getStackTrace());
        } catch (Throwable t) {
            return List.of();
        }
    }

    /** Virtual threads are newer than the oldest JDK that this runs on. */
    static boolean isVirtual(Thread thread) {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(thread);
        } catch (Throwable t) {
            return false;
        }
    }

    /**
     * The lock, and who holds it if the JVM tells: it does not for virtual threads. Empty if the thread does not wait, or its
     * class does not let itself be looked at.
     */
    static String waitsFor(Thread thread) {
        try {
            return HAS_MANAGEMENT && !isVirtual(thread) ? Management.waitsFor(thread) : parkedOn(thread);
        } catch (Throwable t) {
            return "";
        }
    }

    static String parkedOn(Thread thread) {
        Object blocker = LockSupport.getBlocker(thread);
        return blocker == null ? "" : lock(blocker.getClass().getName(), System.identityHashCode(blocker));
    }

    private static String lock(String type, int identity) {
        return Texts.printable(type) + "@" + Integer.toHexString(identity);
    }

    private static @Nullable MethodHandle isVirtualHandle() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException olderJdk) {
            return null;
        }
    }

    /** Loaded only where its module is. */
    private static final class Management {
        static String waitsFor(Thread thread) {
            ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
            LockInfo lock = info == null ? null : info.getLockInfo();
            // The id of a thread can be overridden: then this is another's.
            if (info == null || lock == null || !info.getThreadName().equals(thread.getName())) {
                return "";
            }
            String shown = lock(lock.getClassName(), lock.getIdentityHashCode());
            String owner = info.getLockOwnerName();
            return owner == null ? shown : shown + ", held by thread \"" + Texts.printable(owner) + "\"";
        }
    }
}
