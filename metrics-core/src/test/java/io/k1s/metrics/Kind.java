package io.k1s.metrics;

/** The ways a component admits work. Every promise that does not name one is tested with each. */
enum Kind {
    STRIPED,
    LIMITED,
    /** As LIMITED, with its only slot taken: all threads share stripes. */
    SHARED,
    EXACT;

    /** A limit that no test reaches by accident. */
    static final long WIDE = 1_000_000;

    WorkMetrics create() {
        return create("jobs");
    }

    WorkMetrics create(String name) {
        WorkMetrics.Builder builder = WorkMetrics.builder(name);
        return switch (this) {
            case STRIPED -> builder.build();
            case LIMITED -> builder.maxConcurrentOps(WIDE).build();
            case SHARED -> new WorkMetrics(builder.maxConcurrentOps(WIDE), new StripedGate(withoutASlot(), WIDE));
            case EXACT -> builder.peakTracking(PeakTracking.EXACT).build();
        };
    }

    private static Ledger withoutASlot() {
        Ledger ledger = new Ledger(1, 2, true, true);
        ledger.claim(0, Threads.somebodyElse());
        return ledger;
    }
}
