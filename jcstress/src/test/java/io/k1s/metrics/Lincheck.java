package io.k1s.metrics;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * How much Lincheck does: 25 scenarios of 400 runs, or with {@code -Dstress=full} 100 of 1000.
 *
 * <p>Nothing runs before and after the concurrent part: with Lincheck's defaults a gate that is closed too late was not
 * found out.
 */
public final class Lincheck {
    private static final boolean FULL = "full".equals(System.getProperty("stress"));

    /** Whether what is checked runs on the real memory, where an owner's end can be missed in fenced mode. One check at a time. */
    private static volatile boolean onRealMemory;

    private Lincheck() {}

    /** Schedules chosen by Lincheck, switching at every shared access, as if memory were sequentially consistent. */
    public static ModelCheckingOptions modelChecking(Class<?> specification) {
        onRealMemory = false;
        // Two operations per thread: every access of a third one multiplies the schedules, of which it tries 400.
        return sized(new ModelCheckingOptions(), specification).actorsPerThread(2);
    }

    /** Real threads on the real memory. */
    public static StressOptions stress(Class<?> specification) {
        onRealMemory = true;
        return sized(new StressOptions(), specification).actorsPerThread(3);
    }

    static boolean isOnRealMemory() {
        return onRealMemory;
    }

    private static <T extends Options<T, ?>> T sized(T options, Class<?> specification) {
        return options.iterations(FULL ? 100 : 25)
                .invocationsPerIteration(FULL ? 1000 : 400)
                .threads(3)
                .actorsBefore(0)
                .actorsAfter(0)
                .minimizeFailedScenario(false)
                .sequentialSpecification(specification);
    }
}
