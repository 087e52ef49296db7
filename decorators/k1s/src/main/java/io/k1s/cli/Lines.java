package io.k1s.cli;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A socket that lines of ASCII go through. One thread reads, any thread writes or closes it. (Not the streams of {@code
 * Channels}: on JDK 17, a thread that reads from one blocks those that write to the other.)
 */
final class Lines implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    private final SocketChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).flip();

    private volatile boolean writing;

    Lines(SocketChannel channel) {
        this.channel = channel;
    }

    /** Returns the next line; null at the end of the stream. */
    @Nullable
    String read() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            while (buffer.hasRemaining()) {
                byte b = buffer.get();
                if (b == '\n') {
                    return line.toString(StandardCharsets.US_ASCII);
                }
                line.write(b);
            }
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            if (count < 0) {
                if (line.size() > 0) {
                    throw new EOFException("the other side closed the connection in the middle of a line");
                }
                return null;
            }
        }
    }

    /** Writes a line, as a whole. */
    synchronized void write(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
        writing = true;
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } finally {
            writing = false;
        }
    }

    /** Closes it if a line is being written, which then fails: the other side does not read. */
    void closeIfStuck() {
        if (writing) {
            close();
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is lost: every line was written, or its writer was told.
        }
    }
}
