package io.k1s.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.Preconditions;
import io.k1s.storage.WatchEnded;
import io.k1s.storage.WatchEvent;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What goes through the socket of a store, each a line of JSON: one {@link Request} per connection, and one {@link Answer};
 * after the answer to a watch, an {@link Notice} for each event and one for the end, and in the other direction the word {@link
 * #NEXT} when an event was taken, {@link #DRAIN} or {@link #CANCEL}.
 */
final class Wire {
    static final String NEXT = "next";
    static final String DRAIN = "drain";
    static final String CANCEL = "cancel";

    /** The largest value in base 64, with room to be refused by the store when it is larger. */
    private static final int LONGEST_STRING = 64 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(LONGEST_STRING)
                            .build())
                    // Lone surrogates get through, to be refused by name.
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.USE_DEFAULTS))
            .build();

    private Wire() {}

    /** The operations of a storage. */
    enum Operation {
        CREATE,
        GET,
        LIST,
        UPDATE,
        DELETE,
        WATCH,
        COUNT,
        COMPACT,
        REVISION
    }

    /**
     * A call.
     *
     * @param operation which
     * @param key its key or prefix
     * @param value its value, in base 64
     * @param ttl its time to live, as ISO 8601 has it
     * @param number its revision
     * @param list what to list
     * @param preconditions of a delete
     */
    record Request(
            Operation operation,
            @Nullable String key,
            @Nullable String value,
            @Nullable String ttl,
            long number,
            @Nullable ListOptions list,
            @Nullable Preconditions preconditions) {

        static Request of(Operation operation, @Nullable String key, long number) {
            return new Request(operation, key, null, null, number, null, null);
        }
    }

    /**
     * The result of a call: an entry, a page, a number, or why not.
     *
     * @param entry a key and its value
     * @param page a page of a list
     * @param number a count or a revision; of a watch, the one before its first
     * @param failure what was thrown
     */
    record Answer(
            @Nullable Entry entry,
            @Nullable Page page,
            long number,
            @Nullable Failure failure) {
        static Answer of(KeyValue value) {
            return new Answer(Entry.of(value), null, 0, null);
        }

        static Answer of(ListResult result) {
            List<Entry> items = result.items().stream().map(Entry::of).toList();
            return new Answer(null, new Page(items, result.revision(), result.continueToken()), 0, null);
        }

        static Answer of(long number) {
            return new Answer(null, null, number, null);
        }

        static Answer of(Throwable thrown) {
            return new Answer(null, null, 0, Failure.of(thrown));
        }
    }

    /**
     * A key, its value and its revision.
     *
     * @param key the key
     * @param value the value, in base 64
     * @param revision the revision
     */
    record Entry(String key, String value, long revision) {
        static Entry of(KeyValue value) {
            return new Entry(value.key(), Objects.requireNonNull(encoded(value.value())), value.revision());
        }

        KeyValue toKeyValue() {
            return new KeyValue(key, Base64.getDecoder().decode(value), revision);
        }
    }

    /**
     * A page of a list.
     *
     * @param items the entries
     * @param revision its revision
     * @param continueToken where the next begins
     */
    record Page(List<Entry> items, long revision, String continueToken) {
        ListResult toListResult() {
            return new ListResult(items.stream().map(Entry::toKeyValue).toList(), revision, continueToken);
        }
    }

    /**
     * What a watch has to tell: an event, or its end.
     *
     * @param type what happened; null at the end
     * @param entry what the event is about
     * @param reason why the watch ended
     * @param cause what ended it
     */
    record Notice(
            WatchEvent.@Nullable Type type,
            @Nullable Entry entry,
            WatchEnded.@Nullable Reason reason,
            @Nullable Failure cause) {
        static Notice of(WatchEvent event) {
            return new Notice(event.type(), Entry.of(event.value()), null, null);
        }

        static Notice of(WatchEnded ended) {
            Throwable cause = ended.cause();
            return new Notice(null, null, ended.reason(), cause == null ? null : Failure.of(cause));
        }
    }

    static @Nullable String encoded(byte @Nullable [] value) {
        return value == null ? null : Base64.getEncoder().encodeToString(value);
    }

    static byte @Nullable [] decoded(@Nullable String value) {
        return value == null ? null : Base64.getDecoder().decode(value);
    }

    static String line(Object message) {
        try {
            return JSON.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(message.getClass() + " cannot be written as JSON", e);
        }
    }

    static <T> T parse(@Nullable String line, Class<T> type) throws IOException {
        if (line == null) {
            throw new IOException("the other side closed the connection without a word");
        }
        return JSON.readValue(line, type);
    }
}
