package io.k1s.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.support.Keys;
import io.k1s.storage.support.ListToken;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksIterator;

/*
 * A page at an old revision is the present, with all later events undone: each carries what its key was before, and the
 * first one after that revision tells what the key was at it. This costs no more than one pass over the kept history,
 * holds nothing between pages (a RocksDB snapshot per token would pin files, and would need a lifetime), keeps one
 * version per key where reads are, and works across restarts, because the log does.
 */
/** Lists at a revision. */
final class Pages {

    private final Database db;
    private final RocksDbHistory history;

    Pages(Database db, RocksDbHistory history) {
        this.db = db;
        this.history = history;
    }

    /**
     * Returns a page.
     *
     * @param present an iterator over the data as of revision {@code now}
     */
    ListResult page(ListOptions options, @Nullable String afterKey, long at, RocksIterator present, long now) {
        NavigableMap<String, Optional<KeyValue>> changed = changedSince(at, now, options.prefix(), afterKey);
        List<KeyValue> items = new ArrayList<>();
        int wanted = options.limit() == 0 ? Integer.MAX_VALUE : options.limit();
        byte[] prefix = Records.key(options.prefix());
        for (seek(present, prefix, afterKey); present.isValid() && items.size() <= wanted; present.next()) {
            byte[] keyBytes = present.key();
            if (!startsWith(keyBytes, prefix)) {
                break;
            }
            String key = Records.key(keyBytes);
            addUpTo(key, changed, items);
            if (changed.isEmpty() || !changed.firstKey().equals(key)) {
                items.add(Records.keyValue(key, present.value()));
            }
        }
        db.check(present);
        addUpTo(null, changed, items);
        return result(items, wanted, at);
    }

    private static ListResult result(List<KeyValue> items, int wanted, long at) {
        if (items.size() <= wanted) {
            return new ListResult(items, at, "");
        }
        String last = items.get(wanted - 1).key();
        return new ListResult(items.subList(0, wanted), at, new ListToken(at, last).encode());
    }

    long count(String prefix) {
        byte[] bytes = Records.key(prefix);
        long count = 0;
        try (RocksIterator iterator = db.iterator(db.data)) {
            for (seek(iterator, bytes, null);
                    iterator.isValid() && startsWith(iterator.key(), bytes);
                    iterator.next()) {
                count++;
            }
            db.check(iterator);
        }
        return count;
    }

    /** Returns what the keys that changed since a revision were then. */
    private NavigableMap<String, Optional<KeyValue>> changedSince(
            long at, long now, String prefix, @Nullable String afterKey) {
        NavigableMap<String, Optional<KeyValue>> changed = new TreeMap<>(Keys.ORDER);
        if (at < now) {
            history.scan(at + 1, now, entry -> {
                String key = entry.event().key();
                if (key.startsWith(prefix) && (afterKey == null || Keys.ORDER.compare(key, afterKey) > 0)) {
                    changed.putIfAbsent(key, Optional.ofNullable(entry.before()));
                }
                return true;
            });
        }
        return changed;
    }

    /** Moves the old states of keys before one (null: all) to the items, and leaves that key's own as the first. */
    private static void addUpTo(
            @Nullable String key, NavigableMap<String, Optional<KeyValue>> changed, List<KeyValue> items) {
        while (!changed.isEmpty()) {
            Map.Entry<String, Optional<KeyValue>> first = changed.firstEntry();
            if (key != null && Keys.ORDER.compare(first.getKey(), key) >= 0) {
                return;
            }
            first.getValue().ifPresent(items::add);
            changed.remove(first.getKey());
        }
    }

    private static void seek(RocksIterator iterator, byte[] prefix, @Nullable String afterKey) {
        // No key contains U+0000, so this is the first one that could follow.
        iterator.seek(afterKey == null ? prefix : (afterKey + "\0").getBytes(UTF_8));
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }
}
