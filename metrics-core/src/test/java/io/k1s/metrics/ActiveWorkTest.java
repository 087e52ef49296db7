package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ActiveWorkTest {
    private static final int MORE_THAN_A_STRIPE_HOLDS = 100;

    private final WorkMetrics owner = WorkMetrics.create("jobs");
    private final ActiveWork active = new ActiveWork(4);

    @Test
    void whatIsListedIsThereUntilItIsUnlistedWhateverTheOrder() {
        List<Work> listed = new ArrayList<>();
        for (int i = 0; i < MORE_THAN_A_STRIPE_HOLDS; i++) {
            listed.add(list());
        }
        Collections.shuffle(listed, new Random(42));
        while (!listed.isEmpty()) {
            assertThat(active.all()).containsExactlyInAnyOrderElementsOf(listed);
            active.remove(listed.remove(0));
        }
        assertThat(active.all()).isEmpty();
    }

    @Test
    void aFreedSlotIsTakenAgain() {
        list();
        Work second = list();
        list();
        active.remove(second);
        assertThat(list().slot).isEqualTo(second.slot);
    }

    @Test
    void aThreadThatFindsNoSlotDoesNotTakeThoseOfOthers() throws Exception {
        int[] slots = new int[2];
        List<Thread> neighbours = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int number = i;
            neighbours.add(new Thread(() -> {
                slots[number] = list().slot;
                for (int more = 1; more < MORE_THAN_A_STRIPE_HOLDS; more++) {
                    list();
                }
            }));
        }
        for (Thread neighbour : neighbours) {
            neighbour.start();
            neighbour.join();
        }
        // Numbered one after the other, so on stripes of their own: each had its first slot.
        assertThat(slots[0]).isNotEqualTo(slots[1]).isPositive();
        assertThat(slots[1]).isPositive();
        assertThat(active.all()).hasSize(2 * MORE_THAN_A_STRIPE_HOLDS);
    }

    @Test
    void threadsThatShareAStripeKeepTheirSlotsApart() throws Exception {
        ActiveWork oneStripe = new ActiveWork(1);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> bodies = Collections.nCopies(4, () -> {
                for (int i = 0; i < 20_000; i++) {
                    Work work = new Work(owner, false, "work", false);
                    oneStripe.add(work);
                    assertThat(oneStripe.all().contains(work)).isTrue();
                    oneStripe.remove(work);
                }
                return null;
            });
            for (Future<Void> done : threads.invokeAll(bodies)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(oneStripe.all()).isEmpty();
    }

    private Work list() {
        Work work = new Work(owner, false, "work", false);
        active.add(work);
        return work;
    }
}
