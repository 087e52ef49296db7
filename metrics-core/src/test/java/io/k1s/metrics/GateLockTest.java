package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a stack that has room for less and less: the JVM itself throws in every place where it can. */
@Timeout(120)
class GateLockTest {
    private static final long SMALL_STACK = 256 * 1024;

    private final GateLock lock = new GateLock();

    @Test
    void whoGetsAnErrorFromItDoesNotHaveIt() throws Exception {
        AtomicInteger overflows = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        onASmallStack(() -> atEveryDepth(() -> {
            try {
                lock.lock();
            } catch (StackOverflowError e) {
                overflows.incrementAndGet();
                return;
            }
            taken.incrementAndGet();
            lock.unlock();
        }));
        assertThat(overflows).as("locks that overflowed").hasPositiveValue();
        assertThat(taken).as("locks that did not").hasPositiveValue();
        assertThat(lock.isLocked()).isFalse();
    }

    @Test
    void whoGetsAnErrorFromTryingDoesNotHaveIt() throws Exception {
        onASmallStack(() -> atEveryDepth(() -> {
            if (lock.tryLock()) {
                lock.unlock();
            }
        }));
        assertThat(lock.isLocked()).isFalse();
    }

    private static void onASmallStack(Runnable body) throws Exception {
        for (int i = 0; i < 50; i++) {
            Thread thread = new Thread(null, body, "small stack", SMALL_STACK);
            thread.setDaemon(true);
            thread.start();
            Threads.join(thread);
        }
    }

    /** Recurses to the end of the stack, and tries the body on the way back, with a frame more left each time. */
    private static void atEveryDepth(Runnable body) {
        try {
            atEveryDepth(body);
        } catch (StackOverflowError e) {
            // This is the end.
        }
        try {
            body.run();
        } catch (StackOverflowError e) {
            // Not yet.
        }
    }
}
