package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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
                drained[0] = metrics.awaitQuiescence(Duration.ofSeconds(Threads.PATIENCE_SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Threads.awaitWaiting(drainer);
        Threads.join(startVirtual(work::succeed));
        Threads.join(drainer);
        assertThat(drained[0]).isTrue();
        Checks.drained(metrics, 1);
    }

    /** A limit of one takes the one-word gate, a limit of 65 the striped one. */
    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void virtualThreadsWaitAtTheLimitUntilThereIsRoomOrTheyAreInterrupted(int limit) throws Exception {
        requireVirtualThreads();
        WorkMetrics metrics = waiting(limit);
        List<Work> open = fill(metrics, limit);
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        Thread first = waiter(metrics, told);
        Thread second = waiter(metrics, told);
        Thread third = waiter(metrics, told);
        second.interrupt();
        Threads.join(second);
        assertThat(told).containsExactly("LIMIT, interrupted");
        open.remove(0).succeed();
        Threads.join(first);
        Threads.join(third);
        assertThat(told).containsExactly("LIMIT, interrupted", "admitted", "admitted");
        open.forEach(Work::succeed);
        metrics.close();
        Checks.drained(metrics, limit + 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65})
    void closeRejectsVirtualThreadsThatWaitAtTheLimit(int limit) throws Exception {
        requireVirtualThreads();
        WorkMetrics metrics = waiting(limit);
        List<Work> open = fill(metrics, limit);
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        Thread first = waiter(metrics, told);
        Thread second = waiter(metrics, told);
        metrics.close();
        Threads.join(first);
        Threads.join(second);
        assertThat(told).containsExactly("CLOSED", "CLOSED");
        open.forEach(Work::succeed);
        Checks.drained(metrics, limit);
    }

    private static WorkMetrics waiting(int limit) {
        return WorkMetrics.builder("jobs")
                .maxConcurrentOps(limit)
                .waitAtLimit(Duration.ofHours(1))
                .build();
    }

    private static List<Work> fill(WorkMetrics metrics, int works) {
        List<Work> open = new ArrayList<>();
        for (int i = 0; i < works; i++) {
            open.add(metrics.startWork());
        }
        return open;
    }

    /** A virtual thread that begins and ends one work, says how that went, and is known to wait. */
    private static Thread waiter(WorkMetrics metrics, List<String> told) throws ReflectiveOperationException {
        Thread waiter = startVirtual(() -> {
            try {
                long ticket = metrics.begin();
                told.add("admitted");
                metrics.end(ticket, Outcome.SUCCEEDED);
            } catch (WorkRejectedException e) {
                told.add(e.reason() + (Thread.currentThread().isInterrupted() ? ", interrupted" : ""));
            }
        });
        Threads.awaitWaiting(waiter);
        return waiter;
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
