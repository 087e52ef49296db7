package io.k1s.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BenchTest {
    @Test
    void aWordThatNamesNoDesignIsRefusedAmongOthers() {
        assertThatThrownBy(() -> Bench.checked("bench=core", "rows=Phasr"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"Phasr\"")
                .hasMessageContaining("Phaser");
        assertThatThrownBy(() -> Bench.checked("bench=core", "rows=Semaphore,Phasr"))
                .hasMessageContaining("\"Phasr\"");
    }

    @Test
    void whatIsMeasuredOnNoneOfTheNumbersOfThreadsIsRefused() {
        int more = Runtime.getRuntime().availableProcessors() + 1;

        assertThatThrownBy(() -> Bench.checked("bench=core", "rows=virtual", "threads=" + more))
                .hasMessageContaining("\"virtual\"");
    }

    @Test
    void anOperationThatNoStorageHasIsRefusedBeforeAnythingStarts() {
        assertThatThrownBy(() -> Bench.checked("bench=overhead", "rows=rocksdb:put"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"rocksdb:put\"");
    }

    @Test
    void whatTheDesignsAndOperationsAreCalledIsAccepted() {
        assertThat(Bench.checked("bench=core", "rows=k1s registered,Phaser").rows())
                .containsExactly("k1s registered", "Phaser");
        assertThat(Bench.checked("bench=overhead", "rows=rocksdb:get").rows()).containsExactly("rocksdb:get");
    }
}
