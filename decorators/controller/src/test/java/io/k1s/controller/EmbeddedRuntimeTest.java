package io.k1s.controller;

import static io.k1s.controller.Layers.MAP;
import static io.k1s.controller.Layers.get;
import static io.k1s.controller.Layers.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.k1s.client.DeleteOptions;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectQuery;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.rocksdb.RocksDbStorage;
import io.kubernetes.client.extended.controller.reconciler.Result;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class EmbeddedRuntimeTest {
    private final Set<String> reconciled = ConcurrentHashMap.newKeySet();

    private ObjectCache<ConfigMap> recordingController(Layers layers) {
        ObjectCache<ConfigMap> cache = layers.cache();
        layers.runtime
                .controller("Map", 2, request -> {
                    reconciled.add(cache.get(Requests.key(request))
                            .map(map -> request.getName() + "=" + Layers.category(map))
                            .orElse(request.getName() + " is gone"));
                    return new Result(false);
                })
                .on(cache, Layers.itself());
        return cache;
    }

    @Test
    void whatIsThereAtTheStartAndWhatChangesAfterwardsIsReconciled() {
        Layers layers = Layers.inMemory();
        layers.create("old", Map.of("category", "toys"));
        ObjectCache<ConfigMap> cache = recordingController(layers);
        layers.runtime.start();
        layers.create("new");
        until(() -> reconciled.containsAll(Set.of("old=toys", "new=")));
        layers.write("new", "category", "toys");
        layers.client.delete(MAP, ObjectKey.of("shop", "old"), DeleteOptions.none());
        until(() -> reconciled.containsAll(Set.of("new=toys", "old is gone")));
        assertThat(cache.indexed("toys"))
                .extracting(map -> map.getMetadata().getName())
                .containsExactly("new");
        assertThat(cache.indexed("")).isEmpty();
        assertThat(cache).hasToString("1 configmaps");
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
        assertThat(layers.runtime.events().snapshot().operations())
                .as("a list and three events")
                .isEqualTo(4);
    }

    /** The list and the watch are two calls: what is written between them is in neither, unless the watch begins at the list. */
    @Test
    void changeBetweenListAndWatchIsReconciled() {
        Layers[] layers = new Layers[1];
        layers[0] = new Layers(Layers.patient(), beforeFirstWatch(() -> {
            layers[0].create("between");
            layers[0].write("old", "category", "toys");
        }));
        layers[0].create("old");
        recordingController(layers[0]);
        layers[0].runtime.start();
        until(() -> reconciled.containsAll(Set.of("old=toys", "between=")));
        assertThat(get(layers[0].registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void historyCompactedBetweenListAndWatchIsListedAgain() {
        Layers[] layers = new Layers[1];
        layers[0] = new Layers(Layers.patient(), beforeFirstWatch(() -> {
            layers[0].create("between");
            layers[0].client.delete(MAP, ObjectKey.of("shop", "old"), DeleteOptions.none());
            layers[0].storage.compact(layers[0].storage.revision());
        }));
        layers[0].create("old");
        ObjectCache<ConfigMap> cache = recordingController(layers[0]);
        layers[0].runtime.start();
        until(() -> reconciled.contains("between="));
        until(() -> reconciled.contains("old is gone"));
        assertThat(cache.size()).isEqualTo(1);
        assertThat(get(layers[0].registry.shutdown()).isComplete()).isTrue();
    }

    /** Runs something between the first list and the watch that begins where it ended. */
    private static StorageBackend beforeFirstWatch(Runnable change) {
        return before("watch", 1, change);
    }

    /** Runs something before the nth call of a method. */
    private static StorageBackend before(String name, int nth, Runnable change) {
        StorageBackend backend = new MemoryStorage();
        AtomicInteger calls = new AtomicInteger();
        return (StorageBackend) Proxy.newProxyInstance(
                StorageBackend.class.getClassLoader(), new Class<?>[] {StorageBackend.class}, (proxy, method, args) -> {
                    if (method.getName().equals(name) && calls.incrementAndGet() == nth) {
                        change.run();
                    }
                    try {
                        return method.invoke(backend, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void watchThatFellBehindIsListedAgainAndNothingIsMissed() {
        Layers layers = new Layers(Layers.patient(), new MemoryStorage("small", 4));
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        layers.create("doomed");
        layers.create("kept");
        ObjectCache<ConfigMap> cache = recordingController(layers);
        layers.runtime.controller("Slow", 1, request -> new Result(false)).on(cache, (before, now) -> {
            if (now != null && now.getMetadata().getName().equals("slow")) {
                blocked.countDown();
                Layers.await(goOn);
            }
            return List.of();
        });
        layers.runtime.start();
        layers.create("slow");
        Layers.await(blocked);
        // None of these waits for the watch, and it can be told of none of the first ones any more.
        layers.client.delete(MAP, ObjectKey.of("shop", "doomed"), DeleteOptions.none());
        layers.write("kept", "category", "toys");
        for (int i = 0; i < 20; i++) {
            layers.create("later-" + i);
        }
        goOn.countDown();
        until(() -> reconciled.containsAll(Set.of("doomed is gone", "kept=toys", "slow=", "later-0=", "later-19=")));
        assertThat(cache.size()).isEqualTo(22);
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void objectsThatCannotBeReadAreTriedAgainUntilTheyCan() {
        Layers layers = Layers.inMemory();
        layers.runtime.retry(Duration.ofMillis(10));
        recordingController(layers);
        layers.runtime.start();
        String key = MAP.keyPrefix() + "shop/broken";
        layers.storage.create(key, "no object".getBytes(StandardCharsets.UTF_8), Duration.ZERO);
        layers.create("behind");
        layers.storage.delete(key, Preconditions.none());
        until(() -> reconciled.contains("behind="));
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void runtimeThatWaitsToTryAgainDrainsAtOnce() {
        Layers layers = Layers.inMemory();
        layers.runtime.retry(Duration.ofHours(1));
        recordingController(layers);
        layers.runtime.start();
        layers.storage.create(
                MAP.keyPrefix() + "shop/broken", "no object".getBytes(StandardCharsets.UTF_8), Duration.ZERO);
        until(() -> layers.client.metrics().snapshot().watchers() == 0);
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void retryAfterTheDrainDoesNothing() {
        Layers layers = Layers.inMemory();
        layers.runtime.retry(Duration.ofMillis(500));
        recordingController(layers);
        layers.runtime.start();
        breakTheWatch(layers);
        until(() -> layers.client.metrics().snapshot().watchers() == 0);
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
        // The timer runs what is due in order.
        get(CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(600, TimeUnit.MILLISECONDS)));
        assertThat(layers.client.metrics().snapshot().rejected()).isZero();
        assertThat(layers.runtime.events().snapshot().repeatedEnds()).isZero();
    }

    @Test
    void listThatFailsDuringTheDrainEndsIt() {
        Layers[] layers = new Layers[1];
        CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
        // The first list is of the start.
        layers[0] = new Layers(Layers.patient(), before("list", 2, () -> {
            CountDownLatch draining = new CountDownLatch(1);
            layers[0].runtime.events().activeWork().forEach(work -> work.onDrain(draining::countDown));
            var unused = layers[0].registry.shutdown().thenAccept(report::complete);
            Layers.await(draining);
            throw new IllegalStateException("the disk is gone");
        }));
        layers[0].runtime.retry(Duration.ofMillis(1));
        recordingController(layers[0]);
        layers[0].runtime.start();
        breakTheWatch(layers[0]);
        assertThat(get(report).isComplete()).isTrue();
        assertThat(layers[0].runtime.events().snapshot().repeatedEnds()).isZero();
    }

    @Test
    void shutdownBetweenListAndWatchDrainsTheWatch() {
        Layers[] layers = new Layers[1];
        CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
        layers[0] = new Layers(
                Layers.registry(ShutdownConfig.builder()
                        .gracefulTimeout(Duration.ofMinutes(10))
                        .watchGrace(Duration.ZERO)),
                beforeFirstWatch(() -> {
                    var unused = layers[0].registry.shutdown().thenAccept(report::complete);
                    until(() -> Layers.wasAskedToCancel(layers[0].runtime.events()));
                }));
        recordingController(layers[0]);
        assertThatThrownBy(layers[0].runtime::start).isInstanceOf(WorkRejectedException.class);
        assertThat(get(report).isComplete()).isTrue();
    }

    @Test
    void clientThatIsClosedAloneEndsTheEvents() throws InterruptedException {
        Layers layers = Layers.inMemory();
        recordingController(layers);
        layers.runtime.start();
        assertThat(layers.registry.closeComponent("client").drained()).isTrue();
        until(() -> layers.runtime.events().snapshot().watchers() == 0);
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
    }

    private static void breakTheWatch(Layers layers) {
        layers.storage.create(
                MAP.keyPrefix() + "shop/broken", "no object".getBytes(StandardCharsets.UTF_8), Duration.ZERO);
    }

    @Test
    void objectsThatCannotBeReadAtTheStartAreRefused() {
        Layers layers = Layers.inMemory();
        recordingController(layers);
        layers.storage.create(
                MAP.keyPrefix() + "shop/broken", "no object".getBytes(StandardCharsets.UTF_8), Duration.ZERO);
        assertThatThrownBy(layers.runtime::start).hasMessageContaining("shop/broken");
        assertThat(layers.runtime.events().snapshot().watchers()).isZero();
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
    }

    private void noteReconciles(Layers layers, ObjectCache<ConfigMap> cache) {
        layers.runtime
                .controller("Map", 1, request -> {
                    reconciled.add(request.getName());
                    return new Result(false);
                })
                .on(cache, Layers.itself());
    }

    @Test
    void indexThatThrowsAnErrorIsTriedAgainUntilItDoesNot() {
        Layers layers = Layers.inMemory();
        layers.runtime.retry(Duration.ofMillis(10));
        AtomicInteger calls = new AtomicInteger();
        // The first call is of the event, the second of the list after it.
        ObjectCache<ConfigMap> cache = layers.runtime.cache(MAP, ObjectQuery.all(), map -> {
            if (calls.incrementAndGet() <= 2) {
                throw new StackOverflowError();
            }
            return "";
        });
        noteReconciles(layers, cache);
        layers.runtime.start();
        layers.create("deep");
        until(() -> reconciled.contains("deep"));
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void changeWhoseIndexThrewIsToldAsTheChangeThatItWas() {
        Layers layers = Layers.inMemory();
        layers.runtime.retry(Duration.ofMillis(10));
        AtomicBoolean thrown = new AtomicBoolean();
        ObjectCache<ConfigMap> cache = layers.runtime.cache(MAP, ObjectQuery.all(), map -> {
            String category = Layers.category(map);
            if (category.equals("b") && thrown.compareAndSet(false, true)) {
                throw new IllegalStateException("once");
            }
            return category;
        });
        layers.runtime
                .controller("Category", 1, request -> {
                    reconciled.add(request.getName());
                    return new Result(false);
                })
                .on(
                        cache,
                        (before, now) -> Stream.of(before, now)
                                .filter(Objects::nonNull)
                                .map(map -> Requests.to(ObjectKey.of("shop", Layers.category(map))))
                                .toList());
        layers.create("x", Map.of("category", "a"));
        layers.runtime.start();
        until(() -> reconciled.remove("a"));
        layers.write("x", "category", "b");
        until(() -> reconciled.containsAll(Set.of("a", "b")));
        assertThat(thrown).isTrue();
        assertThat(cache.indexed("a")).isEmpty();
        assertThat(cache.indexed("b")).hasSize(1);
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void mappingThatThrowsLosesItsOwnRequestAlone() {
        requireLostAlone((before, now) -> {
            throw new IllegalStateException("broken mapping");
        });
    }

    @Test
    void mappingThatThrowsAnErrorLosesItsOwnRequestAlone() {
        requireLostAlone((before, now) -> {
            throw new NoClassDefFoundError("broken mapping");
        });
    }

    @Test
    void mappingThatThrowsIsLoggedWithTheNameOfTheObjectAndNotItsData() {
        Logger log = (Logger) LoggerFactory.getLogger(EmbeddedController.class);
        var events = new ListAppender<ILoggingEvent>();
        events.start();
        log.addAppender(events);
        log.setLevel(Level.ERROR);
        try {
            Layers layers = Layers.inMemory();
            layers.runtime.controller("Broken", 1, request -> new Result(false)).on(layers.cache(), (before, now) -> {
                throw new IllegalStateException("broken mapping");
            });
            layers.create("a", Map.of("password", "hunter2"));
            layers.runtime.start();
            assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
        } finally {
            log.setLevel(null);
            log.detachAppender(events);
        }
        assertThat(events.list)
                .singleElement()
                .satisfies(event -> assertThat(event.getKeyValuePairs())
                        .extracting(pair -> pair.key + "=" + pair.value)
                        .contains("object=shop/a")
                        .noneMatch(pair -> pair.contains("hunter2")));
    }

    private void requireLostAlone(Requests<ConfigMap> broken) {
        Layers layers = Layers.inMemory();
        ObjectCache<ConfigMap> cache = layers.cache();
        layers.runtime.controller("Broken", 1, request -> new Result(false)).on(cache, broken);
        noteReconciles(layers, cache);
        layers.runtime.start();
        layers.create("a");
        layers.client.delete(MAP, ObjectKey.of("shop", "a"), DeleteOptions.none());
        until(() -> reconciled.contains("a"));
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
        assertThat(layers.runtime.events().snapshot().errors()).isZero();
    }

    @Test
    void failedReconcileIsTriedAgain() {
        Layers layers = Layers.inMemory();
        AtomicInteger attempts = new AtomicInteger();
        CompletableFuture<Integer> done = new CompletableFuture<>();
        layers.runtime
                .controller("Map", 1, request -> {
                    if (attempts.incrementAndGet() < 3) {
                        throw new IllegalStateException("not yet");
                    }
                    done.complete(attempts.get());
                    return new Result(false);
                })
                .on(layers.cache(), Layers.itself());
        layers.create("a");
        layers.runtime.start();
        assertThat(get(done)).isEqualTo(3);
        assertThat(get(layers.registry.shutdown()).isComplete()).isTrue();
        assertThat(layers.runtime.metrics().snapshot().errors()).isEqualTo(2);
    }

    @Test
    void wrongSetUpIsRefused() {
        Layers layers = Layers.inMemory();
        layers.cache();
        ObjectCache<ConfigMap> foreign = Layers.inMemory().cache();
        EmbeddedController controller = layers.runtime.controller("Map", 1, request -> new Result(false));
        assertThatThrownBy(() -> controller.on(foreign, Layers.itself()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("configmaps")
                .hasMessageContaining("controllers");
        assertThatThrownBy(() -> layers.runtime.controller("Map", 0, request -> new Result(false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"Map\"")
                .hasMessageContaining("1 or more");
    }

    @Test
    void requestNamesItsObject() {
        assertThat(Requests.key(Requests.to(ObjectKey.of("shop", "a")))).isEqualTo(ObjectKey.of("shop", "a"));
        assertThat(Requests.key(Requests.to(ObjectKey.of("a")))).isEqualTo(ObjectKey.of("a"));
    }

    @Test
    void whatWasLeftUnprocessedOnRocksDbIsReconciledByTheNextStart(@TempDir Path folder) {
        Layers first = new Layers(Layers.patient(), RocksDbStorage.open(folder.resolve("store")));
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        first.create("a");
        first.create("b");
        first.runtime
                .controller("Map", 1, request -> {
                    entered.countDown();
                    Layers.await(goOn);
                    return new Result(false);
                })
                .on(first.cache(), Layers.itself());
        first.runtime.start();
        Layers.await(entered);
        var report = first.registry.shutdown();
        until(first.runtime.metrics()::isClosed);
        goOn.countDown();
        assertThat(get(report).isComplete()).isTrue();
        assertThat(first.runtime.queuedUnprocessed()).isEqualTo(1);

        Layers second = new Layers(Layers.patient(), RocksDbStorage.open(folder.resolve("store")));
        recordingController(second);
        second.runtime.start();
        until(() -> reconciled.containsAll(Set.of("a=", "b=")));
        assertThat(get(second.registry.shutdown()).isComplete()).isTrue();
    }

    @Test
    void reconcilesRunOnVirtualThreads() throws ReflectiveOperationException {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads need JDK 21");
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        ThreadFactory virtual = (ThreadFactory)
                Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
        Layers layers = new Layers(Layers.brief(), new MemoryStorage());
        CountDownLatch entered = new CountDownLatch(1);
        ObjectCache<ConfigMap> cache = layers.runtime.threads(virtual).cache(MAP, ObjectQuery.all(), Layers::category);
        layers.runtime
                .controller("Map", 4, request -> {
                    reconciled.add(Thread.currentThread().isDaemon()
                            + Thread.currentThread().toString());
                    if (request.getName().equals("slow")) {
                        entered.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException("cut", e);
                        }
                    }
                    return new Result(false);
                })
                .on(cache, Layers.itself());
        layers.create("quick");
        layers.create("slow");
        layers.runtime.start();
        Layers.await(entered);
        until(() -> reconciled.size() >= 1);
        var report = get(layers.registry.shutdown());
        assertThat(reconciled).allMatch(thread -> thread.contains("VirtualThread"));
        assertThat(report.isComplete()).as(report.describe()).isTrue();
        assertThat(layers.runtime.metrics().snapshot().cancelled()).isEqualTo(1);
    }
}
