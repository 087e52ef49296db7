package io.k1s.metrics;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class VirtualThreadTest {
    @ParameterizedTest
    @EnumSource
    void virtualThreadsBeginAndEndExactly(Kind kind) throws Exception {
        requireVirtualThreads();
        WorkMetrics metrics = kind.create();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 100; t++) {
            threads.add(startVirtual(() -> {
                for (int i = 0; i < 200; i++) {
                    long ticket = metrics.begin();
                    Thread.yield();
                    metrics.end(ticket, Outcome.SUCCEEDED);
                }
            }));
        }
        for (Thread thread : threads) {
            Threads.join(thread);
        }
        metrics.close();
        Checks.drained(metrics, 20_000);
    }

    @ParameterizedTest
    @EnumSource
    void workOfAPlatformThreadEndsOnAVirtualOneAndWakesAVirtualDrainer(Kind kind) throws Exception {
        requireVirtualThreads();
        WorkMetrics metrics = kind.create();
        Work work = metrics.startWork("handed over");
        metrics.close();
        boolean[] drained = new boolean[1];
        Thread drainer = startVirtual(() -> {
            try {
                drained[0] = metrics.awaitQuiescence(java.time.Duration.ofSeconds(Threads.PATIENCE_SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Threads.awaitWaiting(drainer);
        Threads.join(startVirtual(work::succeed));
        Threads.join(drainer);
        org.assertj.core.api.Assertions.assertThat(drained[0]).isTrue();
        Checks.drained(metrics, 1);
    }

    private static void requireVirtualThreads() {
        if (Runtime.version().feature() < 21) {
            String notice = "NOT RUN: virtual threads need JDK 21, this is " + Runtime.version();
            System.out.println("VirtualThreadTest " + notice);
            Assumptions.abort(notice);
        }
    }

    /** {@code Thread.ofVirtual().start(body)}, which the source level 17 does not know. */
    private static Thread startVirtual(Runnable body) throws ReflectiveOperationException {
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        return (Thread) Class.forName("java.lang.Thread$Builder")
                .getMethod("start", Runnable.class)
                .invoke(builder, body);
    }
}
