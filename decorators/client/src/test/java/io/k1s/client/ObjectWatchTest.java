package io.k1s.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.k1s.storage.CompactedException;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ObjectWatchTest {
    private final MemoryStorage storage = new MemoryStorage("memory", 10_000);
    private final StorageClient client = StorageClient.of(storage);
    private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();

    private Watch watch(ObjectQuery query, String resourceVersion) {
        return client.watch(
                Gadget.TYPE,
                query,
                resourceVersion,
                event -> seen.add(event.type() + " " + event.object().key() + " "
                        + event.object().getMetadata().getResourceVersion()));
    }

    private List<String> drained(Watch watch) throws Exception {
        watch.drain();
        assertThat(end(watch).reason()).isEqualTo(WatchEnded.Reason.CLOSING);
        return List.copyOf(seen);
    }

    private static WatchEnded end(Watch watch) throws Exception {
        return watch.ended().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private ObjectKey create(String namespace, String name, String tier) {
        Gadget gadget = Gadget.of(namespace, name);
        return client.create(Gadget.TYPE, tier.isEmpty() ? gadget : gadget.labelled(Map.of("tier", tier)))
                .key();
    }

    private void label(ObjectKey key, String tier) {
        client.edit(Gadget.TYPE, key, gadget -> gadget.labelled(Map.of("tier", tier)));
    }

    @Test
    void everyChangeIsAnEventWithItsResourceVersion() throws Exception {
        Watch watch = watch(ObjectQuery.all(), "");
        ObjectKey a = create("shop", "a", "");
        label(a, "web");
        client.delete(Gadget.TYPE, a, DeleteOptions.none());
        assertThat(drained(watch)).containsExactly("ADDED shop/a 1", "MODIFIED shop/a 2", "DELETED shop/a 3");
    }

    @Test
    void watchFromAListMissesNothingAndRepeatsNothing() throws Exception {
        Watch fromTheStart = watch(ObjectQuery.all(), "0");
        create("shop", "a", "");
        String listed = client.list(Gadget.TYPE, ObjectQuery.all()).resourceVersion();
        create("shop", "b", "");
        assertThat(drained(fromTheStart)).containsExactly("ADDED shop/a 1", "ADDED shop/b 2");
        seen.clear();
        assertThat(drained(watch(ObjectQuery.all(), listed))).containsExactly("ADDED shop/b 2");
    }

    @Test
    void namespaceAndNameFilter() throws Exception {
        Watch watch = watch(ObjectQuery.inNamespace("shop").fields("metadata.name!=b"), "");
        label(create("shop", "a", ""), "web");
        label(create("shop", "b", ""), "web");
        create("shop-2", "a", "");
        client.delete(Gadget.TYPE, ObjectKey.of("shop", "b"), DeleteOptions.none());
        assertThat(drained(watch)).containsExactly("ADDED shop/a 1", "MODIFIED shop/a 2");
    }

    @Test
    void watchFromNowWithASelectorOpensAlsoIfNowIsHistoryAlready() {
        Counting counting = new Counting();
        StorageClient counted = StorageClient.of(counting.backend);
        counting.beforeNext("watch", () -> {
            counted.create(Gadget.TYPE, Gadget.of("shop", "a"));
            counted.create(Gadget.TYPE, Gadget.of("shop", "b"));
            counting.storage.compact(counting.storage.revision());
        });

        Watch watch = counted.watch(Gadget.TYPE, ObjectQuery.all().labels("tier=web"), "", event -> {});
        assertThat(watch.ended().toCompletableFuture()).isNotDone();
        watch.cancel();
        counting.storage.close();
    }

    @Test
    void objectThatBeginsToMatchIsAddedAndOneThatCeasesIsDeleted() throws Exception {
        ObjectKey there = create("shop", "there", "web");
        ObjectKey coming = create("shop", "coming", "db");
        Watch watch = watch(ObjectQuery.all().labels("tier=web"), "");
        label(coming, "web");
        label(there, "db");
        label(there, "cache");
        label(coming, "web-2");
        ObjectKey fresh = create("shop", "fresh", "db");
        label(fresh, "web");
        client.edit(Gadget.TYPE, fresh, gadget -> gadget.coloured("red"));
        client.delete(Gadget.TYPE, there, DeleteOptions.none());
        client.delete(Gadget.TYPE, fresh, DeleteOptions.none());
        create("shop", "more", "web");
        assertThat(drained(watch))
                .containsExactly(
                        "ADDED shop/coming 3",
                        "DELETED shop/there 4",
                        "DELETED shop/coming 6",
                        "ADDED shop/fresh 8",
                        "MODIFIED shop/fresh 9",
                        "DELETED shop/fresh 11",
                        "ADDED shop/more 12");
    }

    @Test
    void whatIsNotKnownToHaveMatchedIsTakenToHaveDone() throws Exception {
        ObjectKey a = create("shop", "a", "web");
        label(a, "db");
        label(a, "web");
        assertThat(drained(watch(ObjectQuery.all().labels("tier=web"), "1")))
                .containsExactly("DELETED shop/a 2", "ADDED shop/a 3");
    }

    @Test
    void changesOfFieldsThatAreWatchedCount() throws Exception {
        ObjectKey a = create("shop", "a", "");
        Watch watch = watch(ObjectQuery.all().fields("spec.colour=red,metadata.name=a"), "");
        client.edit(Gadget.TYPE, a, gadget -> gadget.coloured("red"));
        client.edit(Gadget.TYPE, create("shop", "b", ""), gadget -> gadget.coloured("red"));
        client.edit(Gadget.TYPE, a, gadget -> gadget.coloured("blue"));
        assertThat(drained(watch)).containsExactly("ADDED shop/a 2", "DELETED shop/a 5");
    }

    @Test
    void watchEndsAsThatOfTheStorageEnds() throws Exception {
        Watch cancelled = watch(ObjectQuery.all(), "");
        cancelled.cancel();
        assertThat(end(cancelled).reason()).isEqualTo(WatchEnded.Reason.CANCELLED);
        Watch failing = client.watch(Gadget.TYPE, ObjectQuery.all(), "", event -> {
            throw new IllegalStateException("mine");
        });
        create("shop", "a", "");
        assertThat(end(failing).reason()).isEqualTo(WatchEnded.Reason.FAILED);
        assertThat(end(failing).cause()).hasMessage("mine");
        Watch closing = watch(ObjectQuery.all(), "");
        storage.close();
        assertThat(end(closing)).isEqualTo(new WatchEnded(WatchEnded.Reason.CLOSING, 1, null));
    }

    @Test
    void watchFromCompactedHistoryIsATypedError() {
        create("shop", "a", "");
        create("shop", "b", "");
        storage.compact(2);
        assertThatExceptionOfType(CompactedException.class).isThrownBy(() -> watch(ObjectQuery.all(), "1"));
    }

    @Test
    void whatIsNoResourceVersionIsRefused() {
        for (String wrong : List.of("x", "-1", "9223372036854775807", "99999999999999999999")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> watch(ObjectQuery.all(), wrong))
                    .withMessageContaining("resourceVersion is \"" + wrong + "\"");
        }
    }
}
