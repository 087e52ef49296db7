package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.k1s.metrics.Work;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.StorageException;
import io.k1s.storage.TrackedStorage;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class StoreSocketTest {
    @TempDir
    Path folder;

    private final WorkRegistry registry = WorkRegistry.create();

    private TrackedStorage serve(Path store) {
        TrackedStorage storage = TrackedStorage.register(registry, "storage", StorePath.open(store, false));
        StorageServer.start(registry, store, storage);
        return storage;
    }

    @Test
    void commandsReachTheStoreThatAnotherProcessHolds() throws Exception {
        Path store = folder.resolve("store");
        TrackedStorage storage = serve(store);
        Commands k1s = new Commands(store);
        assertThat(k1s.out("kv", "put", "a", "one")).isEqualTo("revision 1\n");
        Path file = Files.writeString(
                folder.resolve("a.yaml"),
                "{apiVersion: k1s.io/v1, kind: Category, metadata: {name: books}, spec: {title: Books}}");
        assertThat(k1s.out("apply", "-f" + file)).isEqualTo("category.k1s.io/books created\n");
        assertThat(k1s.out("get", "categories", "-oname")).isEqualTo("category.k1s.io/books\n");
        assertThat(storage.revision()).isEqualTo(2);
        assertThat(registry.snapshots())
                .filteredOn(each -> each.component().equals("socket"))
                .singleElement()
                .satisfies(ledger -> assertThat(ledger.totalStarted()).isGreaterThan(5));
        assertThat(registry.shutdown().join().isComplete()).isTrue();
        assertThat(SocketPath.of(store)).doesNotExist();
        assertThat(k1s.out("get", "categories", "-oname")).isEqualTo("category.k1s.io/books\n");
    }

    @Test
    void socketIsItsOwnersAlone() throws Exception {
        Path store = folder.resolve("store");
        serve(store);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(SocketPath.of(store))))
                .isEqualTo("rw-------");
        registry.shutdown().join();
    }

    @Test
    void socketOfADeadProcessIsNoObstacle() throws Exception {
        Path store = folder.resolve("store");
        Commands k1s = new Commands(store);
        k1s.out("kv", "put", "a", "one");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(SocketPath.of(store)));
        }
        assertThat(SocketPath.of(store)).exists();
        assertThat(k1s.out("kv", "put", "a", "two")).isEqualTo("revision 2\n");
        serve(store);
        assertThat(k1s.out("kv", "put", "a", "three")).isEqualTo("revision 3\n");
        registry.shutdown().join();
    }

    @Test
    void pathThatIsTooLongForASocketIsSaidAndTheStoreStillWorks() {
        Path store = folder.resolve("x".repeat(120)).resolve("store");
        TrackedStorage storage = serve(store);
        storage.create("a", new byte[1], Duration.ZERO);
        Commands.Result result = new Commands(store).run("kv", "get", "a");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("is in use", "too long for a socket", "at most 107");
        registry.shutdown().join();
    }

    @Test
    void longPathIsReachedFromNearby() {
        Path store = Path.of("/" + "y".repeat(120), "store");
        assertThat(SocketPath.address(store, Path.of("/"))).isEmpty();
        assertThat(SocketPath.address(store, store.getParent()).orElseThrow().getPath())
                .isEqualTo(Path.of("store", "k1s.sock"));
    }

    @Test
    void callThatIsAdmittedIsAnsweredBeforeTheStoreCloses() throws Exception {
        Path store = folder.resolve("store");
        TrackedStorage storage = serve(store);
        storage.create("a", "1".getBytes(StandardCharsets.UTF_8), Duration.ZERO);
        StorageBackend remote = Stores.open(store);
        CountDownLatch seen = new CountDownLatch(1);
        Watch watch = remote.watch("", 1, event -> seen.countDown());
        assertThat(seen.await(30, TimeUnit.SECONDS)).isTrue();
        ShutdownReport report = registry.shutdown().join();
        assertThat(report.isComplete()).as(report.describe()).isTrue();
        WatchEnded end = watch.ended().toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertThat(end).isEqualTo(new WatchEnded(WatchEnded.Reason.CLOSING, 1, null));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> remote.get("a"))
                .withMessageContaining("gone");
        remote.close();
    }

    @Test
    void callAfterTheGateIsClosedIsRefusedWithTheReason() {
        Path store = folder.resolve("store");
        TrackedStorage storage = serve(store);
        Work holdsItUp = storage.startWork("something long");
        StorageBackend remote = Stores.open(store);
        Work probe = registry.component("probe").startWatch("probe");
        CountDownLatch closing = new CountDownLatch(1);
        probe.onDrain(closing::countDown);
        var shutdown = registry.shutdown();
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> {
            while (true) {
                remote.revision();
            }
        });
        probe.succeed();
        holdsItUp.succeed();
        assertThat(shutdown.join().isComplete()).isTrue();
    }

    @Test
    void callAtTheLimitIsNotToldThatTheProcessShutsDown() throws Exception {
        WorkRegistry limited =
                WorkRegistry.create(ShutdownConfig.builder().maxConcurrentOps(1).build());
        Path store = Files.createDirectory(folder.resolve("store"));
        TrackedStorage storage = TrackedStorage.register(limited, "storage", new MemoryStorage());
        StorageServer.start(limited, store, storage);
        StorageBackend remote = RemoteStorage.connect(SocketPath.address(store).orElseThrow());
        try (Work holdsTheOnlyPlace = storage.startWork("something long")) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(remote::revision)
                    .withMessageContainingAll("is busy", "\"storage\"", "its limit of concurrent work is reached");
            holdsTheOnlyPlace.succeed();
        }
        assertThat(limited.shutdown().join().isComplete()).isTrue();
    }

    @Test
    void whatIsNoRequestEndsItsConnectionOnly() throws Exception {
        Path store = folder.resolve("store");
        serve(store);
        for (String nonsense : List.of("nonsense\n", "{\"operation\":\"JUMP\"}\n", "half a li")) {
            try (SocketChannel channel =
                    SocketChannel.open(SocketPath.address(store).orElseThrow())) {
                channel.write(ByteBuffer.wrap(nonsense.getBytes(StandardCharsets.US_ASCII)));
                channel.shutdownOutput();
                assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(-1);
            }
        }
        assertThat(new Commands(store).out("kv", "put", "a", "one")).isEqualTo("revision 1\n");
        assertThat(registry.shutdown().join().isComplete()).isTrue();
    }

    @Test
    void connectionThatGetsNoThreadIsClosedAndTheNextIsServed() throws Exception {
        Path store = folder.resolve("store");
        TrackedStorage storage = TrackedStorage.register(registry, "storage", StorePath.open(store, false));
        AtomicBoolean exhausted = new AtomicBoolean(true);
        StorageServer.start(registry, store, storage, call -> {
            if (exhausted.getAndSet(false)) {
                throw new OutOfMemoryError("unable to create native thread, on purpose");
            }
            new Thread(call).start();
        });
        try (SocketChannel channel =
                SocketChannel.open(SocketPath.address(store).orElseThrow())) {
            assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(-1);
        }
        assertThat(new Commands(store).out("kv", "put", "a", "one")).isEqualTo("revision 1\n");
        assertThat(registry.shutdown().join().isComplete()).isTrue();
    }

    @Test
    void watchThatHasEndedBeforeItIsAnsweredIsToldSo() throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        MemoryStorage memory = new MemoryStorage();
        StorageBackend endsAtOnce = (StorageBackend) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StorageBackend.class}, (self, method, arguments) -> {
                    Object result = method.invoke(memory, arguments);
                    if (result instanceof Watch watch) {
                        watch.cancel();
                        watch.ended().toCompletableFuture().get(60, TimeUnit.SECONDS);
                    }
                    return result;
                });
        StorageServer.start(registry, store, TrackedStorage.register(registry, "storage", endsAtOnce));
        try (SocketChannel channel =
                SocketChannel.open(SocketPath.address(store).orElseThrow())) {
            Lines lines = new Lines(channel);
            lines.write(Wire.line(Wire.Request.of(Wire.Operation.WATCH, "", 0)));
            assertThat(Wire.parse(lines.read(), Wire.Answer.class).number()).isZero();
            assertThat(lines.read()).contains("CANCELLED");
        }
        ShutdownReport report = registry.shutdown().join();
        assertThat(report.isComplete()).as(report.describe()).isTrue();
    }

    @Test
    void putOfANewKeyThatAnotherPutOvertakesReplacesWhatThatOnePut() throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        MemoryStorage memory = new MemoryStorage();
        StorageBackend overtaking = (StorageBackend) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StorageBackend.class}, (self, method, arguments) -> {
                    if (method.getName().equals("create") && memory.count("") == 0) {
                        memory.create("a", "one".getBytes(StandardCharsets.UTF_8), Duration.ZERO);
                    }
                    try {
                        return method.invoke(memory, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        StorageServer.start(registry, store, TrackedStorage.register(registry, "storage", overtaking));
        assertThat(new Commands(store).out("kv", "put", "a", "two")).isEqualTo("revision 2\n");
        assertThat(memory.get("a").value()).asString(StandardCharsets.UTF_8).isEqualTo("two");
        registry.shutdown().join();
    }

    @Test
    void timeToLiveIsForANewKey() throws Exception {
        Path store = folder.resolve("store");
        serve(store);
        Commands k1s = new Commands(store);
        k1s.out("kv", "put", "a", "one");
        Commands.Result result = k1s.run("kv", "put", "a", "two", "--ttl=1h");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("k1s kv put: key \"a\" exists, at revision 1; a time to live is for a new key\n");
        registry.shutdown().join();
    }

    @Test
    void watcherThatGoesAwayIsNotWaitedFor() throws Exception {
        Path store = folder.resolve("store");
        TrackedStorage storage = serve(store);
        try (SocketChannel channel =
                SocketChannel.open(SocketPath.address(store).orElseThrow())) {
            Lines lines = new Lines(channel);
            lines.write(Wire.line(Wire.Request.of(Wire.Operation.WATCH, "", 0)));
            assertThat(Wire.parse(lines.read(), Wire.Answer.class).number()).isZero();
            storage.create("a", new byte[1], Duration.ZERO);
            assertThat(lines.read()).contains("CREATED");
        }
        ShutdownReport report = registry.shutdown().join();
        assertThat(report.isComplete()).as(report.describe()).isTrue();
    }
}
