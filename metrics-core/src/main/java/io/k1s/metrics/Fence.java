package io.k1s.metrics;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Array;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The fence between a start's count and its look at the gate, which {@link StripedGate} needs in store-load order, and the
 * fence of whoever closes the gate. Chosen once for the process:
 *
 * <ul>
 *   <li><em>asymmetric</em>: the start pays nothing, and the closer has the kernel run a full fence on every processor that
 *       runs a thread of this process: Linux's {@code membarrier(2)}, private expedited. Needs JDK 22, where foreign functions
 *       are final, and native access that the user has enabled, because anything else would print a warning.
 *   <li><em>fenced</em>: every start pays a full fence. Also chosen by {@code -Dk1s.fenced=true}, for short programs: linking a
 *       foreign function takes the JVM longer than they save.
 * </ul>
 */
final class Fence {
    /** Whether starts are spared the fence. Constant, so that a compiler drops the other branch. */
    static final boolean ASYMMETRIC;

    private static final @Nullable MethodHandle BARRIER;

    /* From linux/membarrier.h. */
    private static final int PRIVATE_EXPEDITED = 1 << 3;
    private static final int REGISTER_PRIVATE_EXPEDITED = 1 << 4;

    static {
        BARRIER = Boolean.getBoolean("k1s.fenced")
                ? null
                : registeredBarrier(
                        Runtime.version().feature(),
                        System.getProperty("os.name"),
                        systemCall(System.getProperty("os.arch")));
        ASYMMETRIC = BARRIER != null;
    }

    private Fence() {}

    /** What was chosen: "asymmetric" or "fenced". */
    static String mode() {
        return ASYMMETRIC ? "asymmetric" : "fenced";
    }

    /**
     * Puts a full fence into every thread of the process: what any of them did before is seen by the caller from now on, and
     * what the caller did before is seen by all that any of them does after. A full fence of the caller alone in fenced mode.
     */
    static void heavy() {
        VarHandle.fullFence();
        if (BARRIER != null && !succeeds(BARRIER, PRIVATE_EXPEDITED)) {
            // Registered, so it cannot fail by the manual. A safepoint stops every thread, and is all that is left.
            Thread.getAllStackTraces();
        }
    }

    /** The system call once it has proved to work; null if it is not to be had here. Open to tests. */
    static @Nullable MethodHandle registeredBarrier(int feature, String os, @Nullable Integer number) {
        if (feature < 22 || !os.equals("Linux") || number == null) {
            return null;
        }
        try {
            if (!(boolean) Module.class.getMethod("isNativeAccessEnabled").invoke(Fence.class.getModule())) {
                return null;
            }
            MethodHandle call = membarrier(number);
            return succeeds(call, REGISTER_PRIVATE_EXPEDITED) && succeeds(call, PRIVATE_EXPEDITED) ? call : null;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            // Not to be had here, for whatever reason: the other mode needs nothing.
            return null;
        }
    }

    /** The number of the system call, which differs by architecture; null where it is not known. Open to tests. */
    static @Nullable Integer systemCall(String architecture) {
        return switch (architecture.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> 324;
            case "aarch64" -> 283;
            default -> null;
        };
    }

    private static boolean succeeds(MethodHandle barrier, int command) {
        try {
            return (long) barrier.invokeExact(command) == 0;
        } catch (Throwable t) {
            return false;
        }
    }

    /*
     * (int command) -> long, as syscall(number, command, 0, 0) of the C library. By reflection, since the source level is 17:
     * Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(long, long, int, int, int), firstVariadicArg(1))
     */
    private static MethodHandle membarrier(long number) throws ReflectiveOperationException {
        Class<?> linkers = Class.forName("java.lang.foreign.Linker");
        Class<?> options = Class.forName("java.lang.foreign.Linker$Option");
        Class<?> layouts = Class.forName("java.lang.foreign.MemoryLayout");
        Class<?> values = Class.forName("java.lang.foreign.ValueLayout");
        Class<?> segments = Class.forName("java.lang.foreign.MemorySegment");
        Class<?> descriptors = Class.forName("java.lang.foreign.FunctionDescriptor");
        Class<?> lookups = Class.forName("java.lang.foreign.SymbolLookup");
        Object linker = linkers.getMethod("nativeLinker").invoke(null);
        Object lookup = linkers.getMethod("defaultLookup").invoke(linker);
        Object symbol = ((Optional<?>) lookups.getMethod("find", String.class).invoke(lookup, "syscall")).orElseThrow();
        Object ints = values.getField("JAVA_INT").get(null);
        Object longs = values.getField("JAVA_LONG").get(null);
        Object descriptor = descriptors
                .getMethod("of", layouts, layouts.arrayType())
                .invoke(null, longs, arrayOf(layouts, longs, ints, ints, ints));
        Object variadic = options.getMethod("firstVariadicArg", int.class).invoke(null, 1);
        MethodHandle call =
                (MethodHandle) linkers.getMethod("downcallHandle", segments, descriptors, options.arrayType())
                        .invoke(linker, symbol, descriptor, arrayOf(options, variadic));
        return MethodHandles.insertArguments(
                MethodHandles.insertArguments(call, 2, 0, 0)
                        .asType(MethodType.methodType(long.class, long.class, int.class)),
                0,
                number);
    }

    private static Object arrayOf(Class<?> type, Object... elements) {
        Object array = Array.newInstance(type, elements.length);
        for (int i = 0; i < elements.length; i++) {
            Array.set(array, i, elements[i]);
        }
        return array;
    }
}
