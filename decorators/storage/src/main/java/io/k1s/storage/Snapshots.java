package io.k1s.storage;

import io.k1s.storage.support.ListToken;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads of a {@link MemoryStorage} at one revision. They hold nobody up; so history may overtake them. */
final class Snapshots {

    private final VersionedTable table;
    private final History history;

    Snapshots(VersionedTable table, History history) {
        this.table = table;
        this.history = history;
    }

    /** Returns a page as of a revision, or null if history has moved beyond that. */
    @Nullable
    ListResult page(ListOptions options, @Nullable String afterKey, long at) {
        List<KeyValue> items = new ArrayList<>();
        boolean[] more = new boolean[1];
        table.visit(options.prefix(), afterKey, at, version -> {
            if (options.limit() > 0 && items.size() == options.limit()) {
                more[0] = true;
                return false;
            }
            return items.add(version.event.value());
        });
        if (isGone(at)) {
            return null;
        }
        String last = more[0] ? new ListToken(at, items.get(items.size() - 1).key()).encode() : "";
        return new ListResult(items, at, last);
    }

    /** Counts live keys as of a revision; empty if history has moved beyond that. */
    OptionalLong count(String prefix, long at) {
        long[] count = new long[1];
        table.visit(prefix, null, at, version -> ++count[0] > 0);
        return isGone(at) ? OptionalLong.empty() : OptionalLong.of(count[0]);
    }

    /** To be asked after the scan: what was forgotten meanwhile may be missing from it. */
    private boolean isGone(long at) {
        return at < history.trimmed();
    }
}
