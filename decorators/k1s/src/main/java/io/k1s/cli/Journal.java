package io.k1s.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a load was about to do and what it got acknowledged, for whoever outlives it. Text, one record per line:
 *
 * <pre>
 * k1s-journal 1 seed 42         first line
 * P put 0 registry/k1s.io/items/shop/laptop     about to import: change 0, of which only the key is compared
 * S registry/k1s.io/items/load-17/              the load has started; all of its other items begin so
 * P put 3 registry/k1s.io/items/load-17/w0-k5   about to put: change 3 of that key
 * A put 3 registry/k1s.io/items/load-17/w0-k5   the put has returned
 * P move 4 registry/k1s.io/items/load-17/w0-o1.a registry/k1s.io/items/load-17/w0-o1.b
 * D SIGTERM                                     the shutdown was requested
 * E COMPLETE 0                                  it is over; calls that reached the storage after it was reported drained,
 *                                               or "unknown" if it never was
 * </pre>
 *
 * <p>Each record is given to the kernel by one write, so a reader has it even if this process is killed the next moment,
 * and records of several threads do not mix (they are shorter than what a pipe takes at once, and files are appended to).
 */
final class Journal {
    static final String HEADER = "k1s-journal 1 seed ";
    static final String UNKNOWN = "unknown";
    /** How the records begin of imports that have returned. */
    static final String IMPORTED = "A put " + Change.IMPORT + " ";

    private final @Nullable FileOutputStream out;
    private final @Nullable Path file;
    private final LongAdder acknowledged = new LongAdder();

    private Journal(@Nullable FileOutputStream out, @Nullable Path file) {
        this.out = out;
        this.file = file;
    }

    static Journal onStandardOutput() {
        return new Journal(new FileOutputStream(FileDescriptor.out), null);
    }

    /** A file that must not exist: a journal belongs to one run. */
    static Journal create(Path file) {
        try {
            Files.createFile(file);
            return new Journal(new FileOutputStream(file.toFile(), true), file);
        } catch (FileAlreadyExistsException e) {
            throw new CommandException("journal " + file + " exists; a journal belongs to one run, name a new file", e);
        } catch (IOException e) {
            throw new CommandException("journal " + file + " cannot be made: " + e, e);
        }
    }

    static Journal nowhere() {
        return new Journal(null, null);
    }

    /** Deletes its file, if it has one. */
    void remove() {
        if (file == null) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // The reason why the run did not start matters more than what is left of it.
        }
    }

    void opened(long seed) {
        write(HEADER + seed);
    }

    void started(String prefix) {
        write("S " + prefix);
    }

    void pending(Change change) {
        write(record('P', change));
    }

    void acknowledged(Change change) {
        write(record('A', change));
        acknowledged.increment();
    }

    /** How many changes were acknowledged, also if they are written down nowhere. */
    long acknowledged() {
        return acknowledged.sum();
    }

    void draining(String reason) {
        write("D " + OneLine.escape(reason));
    }

    void ended(String outcome, OptionalLong callsAfterDrain) {
        write("E " + outcome + ' ' + shown(callsAfterDrain));
    }

    static String shown(OptionalLong callsAfterDrain) {
        return callsAfterDrain.isPresent() ? Long.toString(callsAfterDrain.getAsLong()) : UNKNOWN;
    }

    static String record(char state, Change change) {
        StringBuilder line = new StringBuilder(128)
                .append(state)
                .append(' ')
                .append(change.kind().name().toLowerCase(Locale.ROOT))
                .append(' ')
                .append(change.seq())
                .append(' ')
                .append(change.key());
        return change.to().isEmpty()
                ? line.toString()
                : line.append(' ').append(change.to()).toString();
    }

    private void write(String line) {
        if (out == null) {
            return;
        }
        try {
            out.write((line + '\n').getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the journal cannot be written: " + e.getMessage(), e);
        }
    }
}
