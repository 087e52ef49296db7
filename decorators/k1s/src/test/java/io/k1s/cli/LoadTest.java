package io.k1s.cli;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.k1s.client.StorageClient;
import io.k1s.client.TrackedClient;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.registry.ShutdownConfig;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.MemoryStorage;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.TrackedStorage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(120)
class LoadTest {
    private static final String REASON = "broken on purpose";

    @TempDir
    Path folder;

    private final WorkRegistry registry = WorkRegistry.create();
    private final CompletableFuture<Void> writing = new CompletableFuture<>();
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final CompletableFuture<ILoggingEvent> logged = new CompletableFuture<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Load.class);
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel() == Level.ERROR) {
                logged.complete(event);
            }
        }
    };

    @BeforeEach
    void listen() {
        logger.setLevel(Level.ERROR);
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(appender);
        logger.setLevel(null);
    }

    @Test
    void failureAfterTheShutdownHasBegunIsLogged() throws Exception {
        StorageBackend storage = TrackedStorage.register(registry, "storage", new MemoryStorage());
        StorageClient breaking = StorageClient.builder(storage)
                .validation(Kinds.ITEM, (item, before) -> {
                    writing.complete(null);
                    begun.join();
                    throw new IllegalStateException(REASON);
                })
                .build();
        TrackedClient client = TrackedClient.register(registry, "client", breaking, dependsOn("storage"));
        // Of no writers and no readers: there is the import of the catalogue alone.
        Load load = new Load(
                registry,
                registry.component("jobs", dependsOn("client")),
                client,
                0,
                Journal.nowhere(),
                new LoadOptions());
        load.start();
        writing.join();
        var shutdown = registry.shutdown("SIGTERM");
        begun.complete(null);
        ILoggingEvent event = logged.get(60, TimeUnit.SECONDS);
        assertThat(event.getFormattedMessage()).isEqualTo("the load failed");
        assertThat(event.getThrowableProxy().getMessage()).isEqualTo(REASON);
        assertThat(shutdown.join().isComplete()).isTrue();
    }

    @Test
    void rejectionAtALimitIsAFailureAndNotTheEnd() throws Exception {
        WorkRegistry limited =
                WorkRegistry.create(ShutdownConfig.builder().maxConcurrentOps(1).build());
        StorageBackend storage = TrackedStorage.register(limited, "storage", new MemoryStorage());
        TrackedClient client =
                TrackedClient.register(limited, "client", StorageClient.of(storage), dependsOn("storage"));
        WorkMetrics jobs = limited.component("jobs", dependsOn("client"));
        Load load = new Load(limited, jobs, client, 0, Journal.nowhere(), new LoadOptions());
        try (Work holdsTheOnlyPlace = jobs.startWork("something else")) {
            load.start();
            assertThat(logged.get(60, TimeUnit.SECONDS).getThrowableProxy().getMessage())
                    .contains("its limit of concurrent work is reached");
            holdsTheOnlyPlace.succeed();
        }
        assertThat(load.failure()).isInstanceOf(WorkRejectedException.class);
        assertThat(limited.terminated().get(60, TimeUnit.SECONDS).reason()).startsWith("the load failed");
    }

    @Test
    void importedItemThatIsGoneIsLost() throws Exception {
        MemoryStorage memory = new MemoryStorage();
        StorageBackend storage = TrackedStorage.register(registry, "storage", memory);
        AtomicInteger items = new AtomicInteger();
        StorageClient noticing = StorageClient.builder(storage)
                .validation(Kinds.ITEM, (item, before) -> {
                    if (items.incrementAndGet() == 2) {
                        writing.complete(null);
                    }
                    return List.of();
                })
                .build();
        TrackedClient client = TrackedClient.register(registry, "client", noticing, dependsOn("storage"));
        Path file = folder.resolve("journal");
        Journal journal = Journal.create(file);
        journal.opened(1);
        new Load(registry, registry.component("jobs", dependsOn("client")), client, 0, journal, new LoadOptions())
                .start();
        writing.get(60, TimeUnit.SECONDS);
        Oracle oracle = Oracle.read(file);
        assertThat(Comparison.of(oracle, memory, false).lost()).isZero();
        String item = oracle.keys().entrySet().stream()
                .filter(each -> each.getKey().startsWith(Kinds.ITEM.keyPrefix() + "shop/"))
                .filter(each -> each.getValue().isAcknowledged())
                .findFirst()
                .orElseThrow()
                .getKey();
        memory.delete(item, Preconditions.none());
        assertThat(Comparison.of(oracle, memory, false))
                .satisfies(compared -> assertThat(compared.lost()).isEqualTo(1))
                .satisfies(compared -> assertThat(compared.findings())
                        .singleElement()
                        .asString()
                        .contains(item));
        assertThat(registry.shutdown().join().isComplete()).isTrue();
    }
}
