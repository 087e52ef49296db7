package io.k1s.client.fabric8;

import io.fabric8.kubernetes.client.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What the listener of a socket was told. */
final class SocketLog implements WebSocket.Listener {
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Override
    public void onOpen(WebSocket socket) {
        told.add("open");
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
        told.add("text " + text);
        socket.request();
    }

    @Override
    public void onMessage(WebSocket socket, ByteBuffer bytes) {
        told.add("bytes " + StandardCharsets.UTF_8.decode(bytes));
        socket.request();
    }

    @Override
    public void onClose(WebSocket socket, int code, String reason) {
        told.add("close " + code);
        socket.sendClose(code, reason);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        told.add("error " + error.getClass().getSimpleName());
    }

    String next() throws InterruptedException {
        return String.valueOf(told.poll(Program.PATIENCE_SECONDS, TimeUnit.SECONDS));
    }

    boolean isEmpty() {
        return told.isEmpty();
    }
}
