package io.k1s.metrics;

import org.junit.jupiter.api.Test;

/** Lincheck on the shipped component with one word, and with a limit, against {@link ComponentSpecification}. */
class CountedLinearizabilityTest {
    @Test
    void countedComponentIsLinearizable() {
        Lincheck.modelChecking(ComponentSpecification.class).check(Counted.class);
    }

    @Test
    void countedComponentIsLinearizableUnderStress() {
        Lincheck.stress(ComponentSpecification.class).check(Counted.class);
    }

    @Test
    void limitIsNeitherExceededNorUndershot() {
        Lincheck.modelChecking(ComponentSpecification.LimitTwo.class).check(LimitTwo.class);
    }

    @Test
    void limitIsNeitherExceededNorUndershotUnderStress() {
        Lincheck.stress(ComponentSpecification.LimitTwo.class).check(LimitTwo.class);
    }

    public static final class Counted extends LinearizabilityTest.ParentOperations {
        public Counted() {
            super(new CountedGate(new Ledger(2, 1, false, false), OneWordGate.UNLIMITED));
        }
    }

    /** Without ends of the shared work: a second end can return before the first one has left its place to others. */
    public static final class LimitTwo extends LinearizabilityTest.RootOperations {
        public LimitTwo() {
            super(new CountedGate(new Ledger(2, 1, false, false), 2));
        }
    }
}
