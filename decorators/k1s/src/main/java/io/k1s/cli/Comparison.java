package io.k1s.cli;

import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.StorageBackend;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A store held against a journal.
 *
 * @param acknowledged keys that had a change acknowledged
 * @param found those of them that are as they must be
 * @param pendingOnly keys that had changes begun, and none acknowledged
 * @param unexpected keys that are there and should not be
 * @param objects moved objects that are at exactly one place
 * @param findings what is wrong, one line each
 */
record Comparison(
        long acknowledged, long found, long pendingOnly, long unexpected, long objects, List<String> findings) {
    private static final int PAGE = 1000;

    long lost() {
        return acknowledged - found;
    }

    boolean isClean() {
        return findings.isEmpty();
    }

    /** Compares. After a crash a move that was pending may be torn; after a graceful end nothing may. */
    static Comparison of(Oracle oracle, StorageBackend store, boolean crashed) {
        return new Comparing(oracle, present(oracle, store)).run(crashed);
    }

    private static Map<String, KeyValue> present(Oracle oracle, StorageBackend store) {
        Map<String, KeyValue> present = new HashMap<>();
        String prefix = oracle.prefix();
        if (prefix != null) {
            ListOptions options = ListOptions.prefix(prefix).withLimit(PAGE);
            ListResult page = store.list(options);
            page.items().forEach(item -> present.put(item.key(), item));
            while (page.hasMore()) {
                page = store.list(options.continuing(page.continueToken()));
                page.items().forEach(item -> present.put(item.key(), item));
            }
        }
        // What was imported has neighbours that others have made.
        for (String key : oracle.keys().keySet()) {
            if (prefix == null || !key.startsWith(prefix)) {
                find(store, key).ifPresent(item -> present.put(key, item));
            }
        }
        return present;
    }

    private static Optional<KeyValue> find(StorageBackend store, String key) {
        try {
            return Optional.of(store.get(key));
        } catch (KeyNotFoundException e) {
            return Optional.empty();
        }
    }

    private static final class Comparing {
        private final Oracle oracle;
        private final Map<String, KeyValue> present;
        private final List<String> findings = new ArrayList<>();
        private final Set<String> lost = new HashSet<>();
        private long unexpected;

        Comparing(Oracle oracle, Map<String, KeyValue> present) {
            this.oracle = oracle;
            this.present = present;
        }

        Comparison run(boolean crashed) {
            oracle.keys().forEach(this::checkKey);
            long objects = crashed ? 0 : checkObjects();
            present.keySet().stream()
                    .filter(key -> !oracle.keys().containsKey(key))
                    .forEach(key -> unexpected(key, "no record names it"));
            long acknowledged = oracle.keys().values().stream()
                    .filter(Oracle.KeyHistory::isAcknowledged)
                    .count();
            return new Comparison(
                    acknowledged,
                    acknowledged - lost.size(),
                    oracle.keys().size() - acknowledged,
                    unexpected,
                    objects,
                    List.copyOf(findings));
        }

        private void checkKey(String key, Oracle.KeyHistory history) {
            KeyValue value = present.get(key);
            OptionalLong number = value == null ? OptionalLong.empty() : LoadItem.change(value);
            boolean intact = value == null || number.isPresent();
            if (intact && history.allows(number)) {
                return;
            }
            String found =
                    value == null ? "nothing" : number.isEmpty() ? "damaged bytes" : "value " + number.getAsLong();
            if (history.isAcknowledged()) {
                lose(key, history + ", found " + found);
            } else {
                unexpected(key, history + ", found " + found);
            }
        }

        /** Objects are never deleted: one of which a place was acknowledged is at exactly one of its places. */
        private long checkObjects() {
            long whole = 0;
            for (List<String> places : oracle.objects().values()) {
                List<String> at = places.stream().filter(present::containsKey).toList();
                List<String> acknowledged = places.stream()
                        .filter(place ->
                                Objects.requireNonNull(oracle.keys().get(place)).isAcknowledged())
                        .toList();
                if (at.size() == 1) {
                    whole++;
                } else if (!acknowledged.isEmpty()) {
                    lose(acknowledged.get(0), "the object is at " + at.size() + " places " + at + ", not at one");
                }
            }
            return whole;
        }

        private void lose(String key, String why) {
            if (lost.add(key)) {
                findings.add("lost " + key + ": " + why);
            }
        }

        private void unexpected(String key, String why) {
            unexpected++;
            findings.add("unexpected " + key + ": " + why);
        }
    }
}
