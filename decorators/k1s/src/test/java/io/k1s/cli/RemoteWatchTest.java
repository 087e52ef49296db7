package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.storage.KeyValue;
import io.k1s.storage.Watch;
import io.k1s.storage.WatchEnded;
import io.k1s.storage.WatchEvent;
import io.k1s.storage.WatchListener;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tests are the other side of the socket as well, which answers when they do. */
@Timeout(60)
class RemoteWatchTest {
    @TempDir
    Path folder;

    private ServerSocketChannel server;
    private RemoteStorage storage;
    /** The other side of the watch. */
    private Lines other;

    @BeforeEach
    void connect() throws Exception {
        UnixDomainSocketAddress address = SocketPath.address(folder).orElseThrow();
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(address);
        storage = RemoteStorage.connect(address);
        server.accept().close();
    }

    @AfterEach
    void disconnect() throws Exception {
        other.close();
        server.close();
    }

    private Watch open(WatchListener listener) throws Exception {
        CompletableFuture<Watch> opening = CompletableFuture.supplyAsync(() -> storage.watch("", 1, listener));
        other = new Lines(server.accept());
        assertThat(other.read()).contains("WATCH");
        other.write(Wire.line(Wire.Answer.of(0)));
        return opening.get(30, TimeUnit.SECONDS);
    }

    private void deliver(long revision) throws Exception {
        KeyValue value = new KeyValue("a", new byte[0], revision);
        other.write(Wire.line(Wire.Notice.of(new WatchEvent(WatchEvent.Type.UPDATED, value))));
        assertThat(other.read()).isEqualTo(Wire.NEXT);
    }

    private static WatchEnded end(Watch watch) throws Exception {
        return watch.ended().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void cancelledWatchEndsAndItsStorageClosesAlthoughTheOtherSideNeverAnswers() throws Exception {
        Watch watch = open(event -> {});
        deliver(1);
        watch.drain();
        watch.cancel();
        assertThat(end(watch)).isEqualTo(new WatchEnded(WatchEnded.Reason.CANCELLED, 1, null));
        storage.close();
    }

    @Test
    void drainIsUpToARevisionThatItDoesNotWaitFor() throws Exception {
        List<Long> delivered = new CopyOnWriteArrayList<>();
        Watch watch = open(event -> delivered.add(event.revision()));
        watch.drain();
        try (Lines asked = new Lines(server.accept())) {
            assertThat(asked.read()).contains("REVISION");
            asked.write(Wire.line(Wire.Answer.of(1)));
        }
        assertThat(other.read()).isEqualTo(Wire.DRAIN);
        deliver(1);
        deliver(2);
        other.write(Wire.line(Wire.Notice.of(new WatchEnded(WatchEnded.Reason.CLOSING, 2, null))));
        assertThat(end(watch)).isEqualTo(new WatchEnded(WatchEnded.Reason.CLOSING, 1, null));
        assertThat(delivered).containsExactly(1L);
    }
}
