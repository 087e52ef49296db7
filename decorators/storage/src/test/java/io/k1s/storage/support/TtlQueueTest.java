package io.k1s.storage.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class TtlQueueTest {

    @Test
    void whatFailsWithAnErrorIsTriedAgain() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch again = new CountDownLatch(1);
        try (TtlQueue queue = new TtlQueue("ttl", lease -> {
            if (calls.incrementAndGet() == 1) {
                throw new OutOfMemoryError("for once");
            }
            again.countDown();
        })) {
            queue.add(queue.prepare("a", Duration.ZERO));
            assertThat(again.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
