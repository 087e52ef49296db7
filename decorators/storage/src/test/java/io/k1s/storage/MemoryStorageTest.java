package io.k1s.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.k1s.storage.WatchEnded.Reason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class MemoryStorageTest extends StorageBackendContract {

    @Override
    protected StorageBackend newStore(int historyLimit) {
        return new MemoryStorage("memory", historyLimit);
    }

    @Test
    void threadsExistOnlyWhenNeededAndNoneAfterClose() throws Exception {
        List<Thread> busy;
        try (MemoryStorage threaded = new MemoryStorage("threaded", 10)) {
            assertThat(StoreThreads.named("k1s-threaded")).isEmpty();
            WatchLog log = new WatchLog();
            threaded.watch("", 0, log);
            threaded.create("a", bytes("1"), Duration.ofDays(1));
            log.next();
            busy = StoreThreads.named("k1s-threaded");
            assertThat(busy).hasSize(2);
        }
        StoreThreads.assertEnded(busy);
    }

    @Test
    void aListenerThatNeverReturnsIsCancelledByClose() throws Exception {
        MemoryStorage impatient = new MemoryStorage("impatient", 10, 1 << 20, Duration.ofMillis(50));
        CountDownLatch entered = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Watch stuck = impatient.watch("", 0, event -> {
            entered.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        });
        impatient.create("a", bytes("1"), Duration.ZERO);
        await(entered);
        impatient.close();
        assertThat(WatchLog.end(stuck)).isEqualTo(new WatchEnded(Reason.CANCELLED, 1, null));
        assertThat(interrupted).isTrue();
    }

    @Test
    void aListenerMayCloseTheStore() throws Exception {
        MemoryStorage closing = new MemoryStorage("closing", 10);
        Watch watch = closing.watch("", 0, event -> closing.close());
        closing.create("a", bytes("1"), Duration.ZERO);
        assertThat(WatchLog.end(watch)).isEqualTo(new WatchEnded(Reason.CLOSING, 1, null));
    }

    @Test
    void anInterruptedCloseKeepsTheInterrupt() throws Exception {
        MemoryStorage closing = new MemoryStorage("closing", 10);
        closing.create("a", bytes("1"), Duration.ofDays(1));
        Watch watch = closing.watch("", 0, event -> {});
        List<Thread> timer = StoreThreads.named("k1s-closing-ttl");
        Thread.currentThread().interrupt();
        closing.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(timer).hasSize(1);
        StoreThreads.assertEnded(timer);
        assertThat(watch.ended()).isNotNull();
    }

    @Test
    void theHistoryIsBoundedInBytesToo() throws Exception {
        MemoryStorage small = new MemoryStorage("small", 1_000, 100_000, Duration.ofSeconds(5));
        for (int i = 0; i < 20; i++) {
            small.create("k" + i, new byte[10_000], Duration.ZERO);
        }
        org.assertj.core.api.Assertions.assertThatExceptionOfType(CompactedException.class)
                .isThrownBy(() -> small.watch("", 10, new WatchLog()));
        WatchLog log = new WatchLog();
        small.watch("", 13, log);
        assertThat(log.next().revision()).isEqualTo(13);
        small.close();
    }

    @Test
    void aWrongHistoryLimitOrNameIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MemoryStorage("m", 0))
                .withMessage("history limit is 0; 1 to 10000000 is allowed");
        assertThatIllegalArgumentException().isThrownBy(() -> new MemoryStorage(" ", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new MemoryStorage("a\nb", 1));
    }
}
