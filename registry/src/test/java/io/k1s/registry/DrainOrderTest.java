package io.k1s.registry;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static io.k1s.testing.Patience.get;
import static io.k1s.testing.Patience.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.testing.Patience;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DrainOrderTest {
    private final WorkRegistry registry = Registries.patient();

    @Test
    void aComponentGoesOnAdmittingUntilItsCallersHaveDrained() {
        WorkMetrics storage = registry.component("storage");
        WorkMetrics client = registry.component("client", dependsOn("storage"));
        Work request = client.startWork("request");

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(client::isClosed);
        storage.startWork("still admitted").succeed();
        request.succeed();

        assertThat(get(report).isComplete()).isTrue();
        assertThat(storage.isClosed()).isTrue();
    }

    /** Work that hops between components is seen by neither of two looks that come one after the other. */
    @Test
    void workThatHopsBetweenComponentsIsNotTakenForIdle() {
        WorkMetrics storage = registry.component("storage");
        WorkMetrics client = registry.component("client", dependsOn("storage"));
        Work outer = client.startWork("outer");
        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(client::isClosed);

        for (int hop = 0; hop < 100; hop++) {
            storage.startWork("hop " + hop).succeed();
            assertThat(report).isNotDone();
        }
        outer.succeed();

        assertThat(Patience.component(get(report), "storage")
                        .ledger()
                        .orElseThrow()
                        .totalStarted())
                .isEqualTo(100);
    }

    @Test
    void independentBranchesDrainSideBySide() {
        WorkMetrics left = registry.component("left");
        WorkMetrics right = registry.component("right");
        Work slow = left.startWork("slow");
        Work other = right.startWork("other");

        CompletableFuture<ShutdownReport> report = registry.shutdown();

        until(left::isClosed);
        until(right::isClosed);
        slow.succeed();
        other.succeed();
        assertThat(get(report).isComplete()).isTrue();
    }

    @Test
    void theBottomOfADiamondWaitsForBothSides() {
        WorkMetrics bottom = registry.component("bottom");
        WorkMetrics belowRight = registry.component("below right");
        registry.component("beside", dependsOn("below right"));
        WorkMetrics left = registry.component("left", dependsOn("bottom"));
        WorkMetrics right = registry.component("right", dependsOn("bottom", "beside"));
        WorkMetrics top = registry.component("top", dependsOn("left", "right"));
        Work onTop = top.startWork("on top");
        Work onLeft = left.startWork("on the left");

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(top::isClosed);
        assertThat(left.isClosed() || right.isClosed() || bottom.isClosed()).isFalse();
        onTop.succeed();
        until(left::isClosed);
        // Two steps after the end of the right side, which would have closed the bottom in the first.
        until(belowRight::isClosed);
        assertThat(right.isQuiescent()).isTrue();
        assertThat(bottom.isClosed()).isFalse();
        onLeft.succeed();

        assertThat(get(report).isComplete()).isTrue();
        assertThat(names(get(report))).startsWith("top").endsWith("bottom");
    }

    @Test
    void aNameCanBeDependedOnBeforeItIsRegistered() {
        WorkMetrics client = registry.component("client", dependsOn("storage"));
        WorkMetrics storage = registry.component("storage");
        Work request = client.startWork("request");

        CompletableFuture<ShutdownReport> report = registry.shutdown();
        until(client::isClosed);
        assertThat(storage.isClosed()).isFalse();
        request.succeed();

        assertThat(names(get(report))).containsExactly("client", "storage");
        assertThat(get(report).unknownDependencies()).isEmpty();
    }

    @Test
    void anUnknownDependencyIsReportedAndMakesNoEdge() {
        registry.component("client", dependsOn("storrage"));

        ShutdownReport report = Registries.shutDown(registry);

        assertThat(report.isComplete()).isTrue();
        assertThat(report.unknownDependencies()).containsExactly("storrage");
        assertThat(report.describe()).contains("dependsOn names \"storrage\", which is not registered");
    }

    @Test
    void aCycleIsRefusedAndShown() {
        registry.component("a", dependsOn("b"));
        registry.component("b", dependsOn("c"));

        assertThatThrownBy(() -> registry.component("c", dependsOn("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("c -> a -> b -> c");
        assertThat(registry.activeWorkCounts()).containsOnlyKeys("a", "b");
    }

    @Test
    void aDiamondIsNoCycle() {
        registry.component("top", dependsOn("left", "right"));
        registry.component("left", dependsOn("bottom"));
        registry.component("right", dependsOn("bottom"));

        registry.component("caller", dependsOn("top"));

        assertThat(registry.activeWorkCounts()).hasSize(4);
    }

    @Test
    void aComponentThatDependsOnItselfIsRefused() {
        assertThatThrownBy(() -> registry.component("a", dependsOn("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a -> a");
    }

    @Test
    void aDuplicateNameIsRefusedAndTheFirstOneStays() {
        WorkMetrics first = registry.component("storage");
        Work work = first.startWork("of the first");

        assertThatThrownBy(() -> registry.component("storage"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"storage\" is registered already");

        assertThat(registry.activeWork()).containsExactly(work);
    }

    @Test
    void registrationDuringAShutdownIsRefused() {
        Work work = registry.component("busy").startWork("running");
        registry.shutdown();

        assertThatThrownBy(() -> registry.component("late"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("\"late\" comes too late");
        work.succeed();
    }

    @Test
    void moreComponentsThanAProgramHasAreRefused() {
        for (int i = 0; i < 10_000; i++) {
            registry.component("component " + i);
        }
        assertThatThrownBy(() -> registry.component("one more"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("allowed are 10000");
    }

    @Test
    void aNameWithControlCharactersIsRefused() {
        assertThatThrownBy(() -> registry.component("evil\r\nname")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> registry.register("\u001b[2J", new Foreign(), ComponentOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\\u001b[2J");
    }

    @Test
    void aDependencyThatNoComponentCanBeIsRefused() {
        for (String name : List.of("storage ", "", "evil\r\nname", "no\u202esuch", "x".repeat(101))) {
            assertThatThrownBy(() -> dependsOn(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is not allowed: 1 to 100 printable characters");
        }
    }

    @Test
    void aChainOfThousandsIsDrainedFromItsTop() {
        List<String> closed = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 4000; i++) {
            String name = "link " + i;
            ComponentOptions options = ComponentOptions.defaults().closing(() -> closed.add(name));
            registry.component(name, i == 0 ? options : options.dependingOn("link " + (i - 1)));
        }

        ShutdownReport report = Registries.shutDown(registry);

        assertThat(report.isComplete()).isTrue();
        assertThat(closed).hasSize(4000).startsWith("link 3999", "link 3998").endsWith("link 0");
    }

    @Test
    void amongEqualsTheLastRegisteredClosesFirst() {
        registry.component("first");
        registry.component("second");

        assertThat(names(Registries.shutDown(registry))).containsExactly("second", "first");
    }

    @Test
    void amongEqualsTheLastRegisteredClosesFirstAlsoBelowACallerOfEarlier() {
        registry.component("caller", dependsOn("first", "second"));
        registry.component("first");
        registry.component("second");

        assertThat(names(Registries.shutDown(registry))).containsExactly("caller", "second", "first");
    }

    @Test
    void aComponentThatWasClosedLeavesNoDependencies() throws InterruptedException {
        registry.component("first", dependsOn("second"));
        registry.closeComponent("first");
        registry.component("second", dependsOn("first"));

        assertThat(names(Registries.shutDown(registry))).containsExactly("second");
    }

    @Test
    void anEmptyRegistryShutsDownCompletely() {
        assertThat(Registries.shutDown(registry).isComplete()).isTrue();
    }

    private static List<String> names(ShutdownReport report) {
        return report.components().stream().map(ShutdownReport.Component::name).toList();
    }
}
