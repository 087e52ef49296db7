package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HandlersTest {
    @ParameterizedTest
    @EnumSource
    void closeTellsOpenWorkOnce(Kind kind) {
        WorkMetrics metrics = kind.create();
        AtomicInteger told = new AtomicInteger();
        Work work = metrics.startWork("work").onDrain(told::incrementAndGet);
        Work watch = metrics.startWatch("watch").onDrain(told::incrementAndGet);
        metrics.close();
        assertThat(told).hasValue(2);
        metrics.close();
        assertThat(told).hasValue(2);
        work.succeed();
        watch.succeed();
        Checks.drained(metrics, 1);
    }

    @Test
    void closeNowTellsNobody() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        AtomicInteger told = new AtomicInteger();
        metrics.startWork("work").onDrain(told::incrementAndGet);
        metrics.closeNow();
        assertThat(told).hasValue(0);
    }

    @Test
    void drainHandlerRegisteredAfterCloseNowAloneWaitsForTheClose() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work work = metrics.startWork("work");
        metrics.closeNow();
        AtomicInteger told = new AtomicInteger();
        work.onDrain(told::incrementAndGet);
        assertThat(told).hasValue(0);
        metrics.close();
        assertThat(told).hasValue(1);
    }

    @Test
    void drainHandlerRegisteredAfterTheCloseRunsAtOnce() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work work = metrics.startWork("work");
        metrics.close();
        AtomicInteger told = new AtomicInteger();
        work.onDrain(told::incrementAndGet);
        assertThat(told).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource
    void childStartedAfterTheCloseIsToldAtOnce(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork("parent");
        metrics.close();
        AtomicInteger told = new AtomicInteger();
        parent.startChild("child").onDrain(told::incrementAndGet);
        assertThat(told).hasValue(1);
    }

    @Test
    void endedWorkIsNotTold() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        AtomicInteger told = new AtomicInteger();
        Work work = metrics.startWork("work").onDrain(told::incrementAndGet).onCancel(told::incrementAndGet);
        work.succeed();
        work.requestDrain();
        work.requestCancel();
        metrics.close();
        assertThat(told).hasValue(0);
    }

    /** Admission and close race; the watch is told by close() or told at once, never neither, never twice. */
    @ParameterizedTest
    @EnumSource
    void everyAdmittedWatchIsToldExactlyOnce(Kind kind) throws Exception {
        for (int i = 0; i < 1_000; i++) {
            WorkMetrics metrics = kind.create();
            AtomicInteger told = new AtomicInteger();
            AtomicInteger admitted = new AtomicInteger();
            Threads.together(metrics::close, () -> {
                try {
                    Work watch = metrics.startWatch("watch").onDrain(told::incrementAndGet);
                    admitted.incrementAndGet();
                    metrics.close();
                    watch.succeed();
                } catch (WorkRejectedException e) {
                    // closed first
                }
            });
            assertThat(told).hasValue(admitted.get());
            Checks.drained(metrics, 0);
        }
    }

    @Test
    void requestCancelRunsEveryCancelHandlerOnce() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        AtomicInteger told = new AtomicInteger();
        Work work = metrics.startWork("work").onCancel(told::incrementAndGet).onCancel(told::incrementAndGet);
        work.requestCancel();
        work.requestCancel();
        assertThat(told).hasValue(2);
        work.onCancel(told::incrementAndGet);
        assertThat(told).hasValue(3);
        assertThat(work.isEnded()).isFalse();
    }

    @Test
    void failingHandlerStopsNeitherItsSiblingsNorTheOtherWorks() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        AtomicInteger told = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            metrics.startWork("work " + i)
                    .onDrain(() -> {
                        throw new IllegalStateException("handler");
                    })
                    .onDrain(told::incrementAndGet);
        }
        assertThatThrownBy(metrics::close)
                .isInstanceOf(IllegalStateException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(2));
        assertThat(told).hasValue(3);
        assertThat(metrics.isClosed()).isTrue();
    }

    @Test
    void errorOfAHandlerIsRethrownAfterTheOthersRan() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        AtomicInteger told = new AtomicInteger();
        AssertionError error = new AssertionError("handler");
        Work work = metrics.startWork("work")
                .onCancel(() -> {
                    throw error;
                })
                .onCancel(told::incrementAndGet)
                .onCancel(() -> {
                    throw error;
                });
        assertThatThrownBy(work::requestCancel).isSameAs(error);
        assertThat(error.getSuppressed()).isEmpty();
        assertThat(told).hasValue(1);
    }

    @Test
    void checkedExceptionThatSlippedThroughAHandlerIsNotSwallowed() {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        IOException io = new IOException("disk");
        metrics.startWork("work").onDrain(() -> HandlersTest.<RuntimeException>sneak(io));
        assertThatThrownBy(metrics::close).isSameAs(io);
    }

    @Test
    void handlersRunUnderNoLock() throws Exception {
        WorkMetrics metrics = WorkMetrics.create("jobs");
        Work work = metrics.startWork("work");
        AtomicInteger told = new AtomicInteger();
        work.onDrain(() -> {
            try {
                Threads.together(
                        metrics::close,
                        () -> work.onDrain(told::incrementAndGet),
                        () -> work.onCancel(told::incrementAndGet),
                        metrics::snapshot,
                        work::succeed);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        metrics.close();
        assertThat(told).hasValue(1);
        Checks.drained(metrics, 1);
    }

    @Test
    void concurrentRequestsRunAHandlerOnce() throws Exception {
        for (int i = 0; i < 500; i++) {
            Work work = WorkMetrics.create("jobs").startWork("work");
            AtomicInteger told = new AtomicInteger();
            work.onCancel(told::incrementAndGet);
            Threads.together(work::requestCancel, work::requestCancel, () -> work.onCancel(told::incrementAndGet));
            assertThat(told).hasValue(2);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable t) throws T {
        throw (T) t;
    }
}
