package io.k1s.metrics;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/** What newer JDKs tell of a thread, from Java 17 source. */
final class ThreadFacts {
    private static final @Nullable MethodHandle IS_VIRTUAL = method("isVirtual", boolean.class);
    private static final @Nullable MethodHandle ID = method("threadId", long.class);

    /** Whether {@link #id} tells threads apart: since 19. Before, only {@code getId} was there, which a subclass can override. */
    static final boolean HAVE_ID = ID != null;

    private ThreadFacts() {}

    static boolean isVirtual(Thread thread) {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(thread);
        } catch (Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("Thread.isVirtual declares nothing", t);
        }
    }

    /** A number that no other thread has, or will have: the JDK counts them up. 0 without {@link #HAVE_ID}. */
    static long id(Thread thread) {
        try {
            return ID == null ? 0 : (long) ID.invokeExact(thread);
        } catch (Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("Thread.threadId declares nothing", t);
        }
    }

    /** A number by which threads can be spread, never more: on 17 it can be any thread's. */
    static long hint(Thread thread) {
        return HAVE_ID ? id(thread) : thread.getId();
    }

    private static @Nullable MethodHandle method(String name, Class<?> returned) {
        try {
            return MethodHandles.publicLookup().findVirtual(Thread.class, name, MethodType.methodType(returned));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        }
    }
}
