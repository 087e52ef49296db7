package io.k1s.controller;

import static io.k1s.controller.Layers.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestQueueTest {
    private final ExecutorService delays = Executors.newSingleThreadExecutor(new Daemons("test"));
    private final RequestQueue queue = new RequestQueue(delays);

    @AfterEach
    void stop() {
        delays.shutdownNow();
    }

    @Test
    void requestIsUnprocessedUntilItIsHandedOut() throws InterruptedException {
        queue.add(request("a"));
        queue.add(request("a"));
        queue.addAfter(request("b"), Duration.ofHours(1));
        assertThat(queue.unprocessed()).isEqualTo(2);
        assertThat(queue.get()).isEqualTo(request("a"));
        assertThat(queue.unprocessed()).isEqualTo(1);
    }

    @Test
    void requestForWhatIsBeingProcessedIsUnprocessedAgain() throws InterruptedException {
        queue.add(request("a"));
        queue.get();
        queue.add(request("a"));
        assertThat(queue.unprocessed()).isEqualTo(1);
        queue.done(request("a"));
        assertThat(queue.get()).isEqualTo(request("a"));
        assertThat(queue.unprocessed()).isZero();
    }

    @Test
    void nothingIsHandedOutAfterTheShutdownAndWhatComesLateIsCounted() throws InterruptedException {
        queue.add(request("a"));
        queue.shutDown();
        assertThat(queue.get()).isNull();
        queue.add(request("late"));
        queue.addRateLimited(request("later"));
        assertThat(queue.get()).isNull();
        assertThat(queue.unprocessed()).isEqualTo(3);
    }

    @Test
    void delayedRequestsAreHandedOut() throws InterruptedException {
        queue.addRateLimited(request("a"));
        queue.addAfter(request("b"), Duration.ZERO);
        assertThat(queue.get()).isIn(request("a"), request("b"));
        assertThat(queue.get()).isIn(request("a"), request("b"));
        assertThat(queue.unprocessed()).isZero();
    }

    /** The library's queue of delays has 1,000 places, and drops what finds none. */
    @Test
    void noRequestIsDroppedWhenThereIsNoPlaceToDelayIt() throws InterruptedException {
        delays.shutdownNow();
        RequestQueue full = new RequestQueue(Executors.newCachedThreadPool(task -> new Thread(() -> {})));
        for (int i = 0; i < 1_000; i++) {
            full.addAfter(request("r" + i), Duration.ofHours(1));
        }
        assertThat(full.length()).isZero();
        full.addAfter(request("one more"), Duration.ofHours(1));
        assertThat(full.get()).isEqualTo(request("one more"));
    }
}
