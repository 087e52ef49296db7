package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * StartWork and EndWork as the document has them that the project started from: six adjacent words, in its order of updates.
 * The baseline of what tracking used to cost.
 */
public final class SixAtomics {
    private static final VarHandle TOTAL_STARTED = word("totalStarted");
    private static final VarHandle OPERATIONS = word("operations");
    private static final VarHandle ERRORS = word("errors");
    private static final VarHandle IN_FLIGHT = word("inFlight");
    private static final VarHandle IN_FLIGHT_PEAK = word("inFlightPeak");

    private volatile long totalStarted;
    private volatile long operations;
    private volatile long errors;
    private volatile long inFlight;
    private volatile long inFlightPeak;

    @SuppressWarnings("unused") // the sixth, never updated there either
    private volatile long watchers;

    /** Counts a start. */
    public long begin() {
        long id = (long) TOTAL_STARTED.getAndAdd(this, 1L) + 1;
        long current = (long) IN_FLIGHT.getAndAdd(this, 1L) + 1;
        for (; ; ) {
            long peak = inFlightPeak;
            if (current <= peak || IN_FLIGHT_PEAK.compareAndSet(this, peak, current)) {
                return id;
            }
        }
    }

    /** Counts an end. */
    public void end(boolean success) {
        long unused = (long) IN_FLIGHT.getAndAdd(this, -1L);
        if (success) {
            unused = (long) OPERATIONS.getAndAdd(this, 1L);
        } else {
            unused = (long) ERRORS.getAndAdd(this, 1L);
        }
    }

    private static VarHandle word(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(SixAtomics.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
