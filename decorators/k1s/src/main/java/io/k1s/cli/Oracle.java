package io.k1s.cli;

import io.k1s.registry.ShutdownReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a journal allows a store to hold. Per key: the last acknowledged change, or a later one that was pending; a key
 * that no record names must not be there.
 */
final class Oracle {
    /** The outcomes of a shutdown at which all work had ended, so that no change comes after it. */
    private static final Set<String> DRAINED =
            Set.of(ShutdownReport.Outcome.COMPLETE.name(), ShutdownReport.Outcome.CLOSE_FAILED.name());

    private final Map<String, KeyHistory> keys = new LinkedHashMap<>();
    /** The keys at which an object can be, by the object. */
    private final Map<String, List<String>> objects = new HashMap<>();

    private @Nullable String prefix;
    private boolean ended;
    private OptionalLong callsAfterDrain = OptionalLong.empty();
    /** Whether the report has said that all work is over, and what is written down all the same. */
    private boolean drained;

    private long recordsAfterDrain;
    private long acknowledgedChanges;
    private long pendingChanges;

    /** The changes of one key that may still matter. */
    static final class KeyHistory {
        private @Nullable Step acknowledged;
        private final List<Step> pending = new ArrayList<>(1);

        private void pending(Step step) {
            pending.add(step);
        }

        private boolean acknowledge(Step step) {
            boolean known = pending.contains(step);
            acknowledged = step;
            // One writer per key, one change after the other: what is older can no longer take effect.
            pending.removeIf(older -> older.seq <= step.seq);
            return known;
        }

        boolean isAcknowledged() {
            return acknowledged != null;
        }

        /** Tells whether the key may have the value with this number; empty if it is absent. */
        boolean allows(OptionalLong found) {
            if (acknowledged == null && found.isEmpty()) {
                return true;
            }
            return (acknowledged != null && acknowledged.leaves(found))
                    || pending.stream().anyMatch(step -> step.leaves(found));
        }

        @Override
        public String toString() {
            return (acknowledged == null ? "nothing acknowledged" : "acknowledged " + acknowledged)
                    + (pending.isEmpty() ? "" : ", pending " + pending);
        }
    }

    /** What a change does to one key: it has the value with this number, or it is absent. */
    private record Step(long seq, boolean present) {
        boolean leaves(OptionalLong found) {
            return present ? found.isPresent() && found.getAsLong() == seq : found.isEmpty();
        }

        @Override
        public String toString() {
            return (present ? "value " : "delete ") + seq;
        }
    }

    /** Reads a journal. A last line without its end is no record: what was cut off can look like another one. */
    static Oracle read(Path journal) throws IOException {
        Oracle oracle = new Oracle();
        boolean whole = endsWithNewline(journal);
        try (BufferedReader in = Files.newBufferedReader(journal, StandardCharsets.UTF_8)) {
            long number = 0;
            String line = in.readLine();
            while (line != null) {
                String next = in.readLine();
                number++;
                if (next != null || whole) {
                    oracle.accept(journal, number, line);
                }
                line = next;
            }
        }
        return oracle;
    }

    private static boolean endsWithNewline(Path journal) throws IOException {
        try (var channel = Files.newByteChannel(journal)) {
            var last = java.nio.ByteBuffer.allocate(1);
            channel.position(Math.max(0, channel.size() - 1)).read(last);
            return last.get(0) == '\n';
        }
    }

    private void accept(Path journal, long number, String line) {
        try {
            accept(number, line);
        } catch (IllegalArgumentException e) {
            throw new CommandException(
                    "journal " + journal + " line " + number + " is \"" + OneLine.escape(line) + "\": "
                            + e.getMessage(),
                    e);
        }
    }

    private void accept(long number, String line) {
        if (number == 1) {
            require(
                    line.startsWith(Journal.HEADER),
                    "the first line of a journal begins with \"" + Journal.HEADER + "\"");
            return;
        }
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "S" -> {
                require(words.length == 2, "S has a prefix");
                prefix = words[1];
            }
            case "D" -> {}
            case "E" -> {
                require(words.length == 3, "E has an outcome and a count");
                ended = true;
                drained = DRAINED.contains(words[1]);
                callsAfterDrain =
                        words[2].equals(Journal.UNKNOWN) ? OptionalLong.empty() : OptionalLong.of(number(words[2]));
            }
            case "P" -> pending(change(words));
            case "A" -> acknowledge(change(words));
            default -> require(false, "a record begins with S, P, A, D or E");
        }
    }

    private static Change change(String[] words) {
        require(words.length >= 4, "a change has a kind, a number and a key");
        long seq = number(words[2]);
        return switch (words[1].toUpperCase(Locale.ROOT)) {
            case "PUT" -> Change.put(seq, words[3]);
            case "DELETE" -> Change.delete(seq, words[3]);
            case "MOVE" -> {
                require(words.length == 5, "a move has two keys");
                yield Change.move(seq, words[3], words[4]);
            }
            default -> throw new IllegalArgumentException("a change is put, delete or move");
        };
    }

    private static long number(String text) {
        require(text.matches("\\d{1,18}"), "\"" + text + "\" is no number");
        return Long.parseLong(text);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }

    private void pending(Change change) {
        noteIfDrained();
        pendingChanges++;
        steps(change).forEach((key, step) -> history(key).pending(step));
    }

    private void noteIfDrained() {
        if (drained) {
            recordsAfterDrain++;
        }
    }

    private void acknowledge(Change change) {
        noteIfDrained();
        pendingChanges--;
        acknowledgedChanges++;
        steps(change)
                .forEach((key, step) ->
                        require(history(key).acknowledge(step), "it was acknowledged without having been pending"));
    }

    private KeyHistory history(String key) {
        return keys.computeIfAbsent(key, k -> new KeyHistory());
    }

    private Map<String, Step> steps(Change change) {
        if (change.kind() != Change.Kind.MOVE) {
            return Map.of(change.key(), new Step(change.seq(), change.kind() == Change.Kind.PUT));
        }
        placeOf(change.key());
        placeOf(change.to());
        return Map.of(change.key(), new Step(change.seq(), false), change.to(), new Step(change.seq(), true));
    }

    /** An object's keys differ in what comes after the last dot: {@code w0-o1.a} and {@code w0-o1.b}. */
    private void placeOf(String key) {
        List<String> places = objects.computeIfAbsent(objectOf(key), object -> new ArrayList<>(4));
        if (!places.contains(key)) {
            places.add(key);
        }
    }

    static String objectOf(String key) {
        return key.substring(0, key.lastIndexOf('.') + 1);
    }

    @Nullable
    String prefix() {
        return prefix;
    }

    /** Tells whether the journal has an end. */
    boolean hasEnded() {
        return ended;
    }

    /** What the run has counted, and what its journal shows beyond that; empty if neither tells. */
    OptionalLong callsAfterDrain() {
        return recordsAfterDrain == 0
                ? callsAfterDrain
                : OptionalLong.of(callsAfterDrain.orElse(0) + recordsAfterDrain);
    }

    long acknowledgedChanges() {
        return acknowledgedChanges;
    }

    long pendingChanges() {
        return pendingChanges;
    }

    Map<String, KeyHistory> keys() {
        return keys;
    }

    Map<String, List<String>> objects() {
        return objects;
    }
}
