package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/** Lincheck on the shipped component with stripes, and with watches, against {@link ComponentSpecification}. */
class LinearizabilityTest {
    @Test
    void stripedComponentIsLinearizable() {
        Lincheck.modelChecking(ComponentSpecification.class).check(Striped.class);
    }

    @Test
    void stripedComponentIsLinearizableUnderStress() {
        Lincheck.stress(ComponentSpecification.class).check(Striped.class);
    }

    @Test
    void stripedLimitIsNeitherExceededNorUndershot() {
        Lincheck.modelChecking(ComponentSpecification.LimitTwo.class).check(StripedLimitTwo.class);
    }

    @Test
    void stripedLimitIsNeitherExceededNorUndershotUnderStress() {
        Lincheck.stress(ComponentSpecification.LimitTwo.class).check(StripedLimitTwo.class);
    }

    @Test
    void watchesAreLinearizableUnderStress() {
        Lincheck.stress(ComponentSpecification.class).check(Watches.class);
    }

    /** That Lincheck can tell: the seed's order, which looks at the gate and then counts. */
    @Test
    void checkThenCountIsFoundOut() {
        assertThatThrownBy(() ->
                        Lincheck.modelChecking(ComponentSpecification.class).check(CheckThenCount.class))
                .isInstanceOf(LincheckAssertionError.class)
                .hasMessageContaining("Invalid execution results");
    }

    /** Roots, children and ends of the shared work; two slots, one of which is taken, so that of three threads two share a stripe. */
    public static final class Striped extends ParentOperations {
        public Striped() {
            super(new StripedGate(new Ledger(2, 1, true, true), OneWordGate.UNLIMITED));
        }
    }

    /** Allowances of one and recalls; the shared work has one of the two places. */
    public static final class StripedLimitTwo extends RootOperations {
        public StripedLimitTwo() {
            super(new StripedGate(new Ledger(2, 1, true, false), 2));
        }
    }

    public abstract static class RootOperations extends ComponentOperations {
        RootOperations(Gate gate) {
            super(gate, false);
        }

        @Override
        @Operation
        public String begin(@Param(gen = ThreadIdGen.class) int thread) {
            return super.begin(thread);
        }

        @Override
        @Operation
        public boolean end(@Param(gen = ThreadIdGen.class) int thread) {
            return super.end(thread);
        }

        @Operation
        public void closeNow() {
            shut(true);
        }
    }

    public abstract static class ParentOperations extends RootOperations {
        ParentOperations(Gate gate) {
            super(gate);
        }

        @Override
        @Operation
        public boolean beginChild(@Param(gen = ThreadIdGen.class) int thread) {
            return super.beginChild(thread);
        }

        @Override
        @Operation
        public boolean endChild(@Param(gen = ThreadIdGen.class) int thread) {
            return super.endChild(thread);
        }

        @Operation
        public boolean endShared() {
            return shared.succeed();
        }
    }

    /**
     * Watches, and children of one. Without roots and closeNow: a component closes its two gates one after the other, so a
     * refused watch does not say that works are refused already.
     */
    public static final class Watches extends ComponentOperations {
        private final List<Deque<Work>> held = new ArrayList<>();

        public Watches() {
            super(new StripedGate(new Ledger(2, 1, true, true), OneWordGate.UNLIMITED), true);
            for (int i = 0; i < 8; i++) {
                held.add(new ArrayDeque<>());
            }
        }

        @Operation
        public boolean startWatch(@Param(gen = ThreadIdGen.class) int thread) {
            try {
                held.get(thread).push(metrics.startWatch("watch"));
                return true;
            } catch (WorkRejectedException e) {
                return false;
            }
        }

        @Operation
        public boolean endWatch(@Param(gen = ThreadIdGen.class) int thread) {
            Work watch = held.get(thread).poll();
            return watch != null && watch.succeed();
        }

        @Override
        @Operation
        public boolean beginChild(@Param(gen = ThreadIdGen.class) int thread) {
            return super.beginChild(thread);
        }

        @Override
        @Operation
        public boolean endChild(@Param(gen = ThreadIdGen.class) int thread) {
            return super.endChild(thread);
        }

        @Operation
        public boolean endShared() {
            return shared.succeed();
        }
    }

    /** Looks whether it is closed, and then counts: what is admitted in between is missed by the look. */
    public static final class CheckThenCount {
        private final Ledger ledger = new Ledger(2, 1, true, false);
        private final AtomicBoolean sharedEnded = new AtomicBoolean();
        private volatile boolean closed;

        @Operation
        public String begin(@Param(gen = ThreadIdGen.class) int thread) {
            if (closed) {
                return "CLOSED";
            }
            ledger.ofChildren(thread).startShared();
            return "admitted";
        }

        @Operation
        public boolean endShared() {
            return sharedEnded.compareAndSet(false, true);
        }

        @Operation
        public void close() {
            closed = true;
        }

        @Operation
        public Quiet isQuiescent() {
            return Quiet.of(closed && sharedEnded.get() && ledger.starts() == ledger.ends());
        }
    }
}
