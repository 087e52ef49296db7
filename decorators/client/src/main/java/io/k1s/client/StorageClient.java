package io.k1s.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.k1s.storage.KeyExistsException;
import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StaleRevisionException;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.Watch;
import jakarta.json.JsonException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * The objects in a {@link StorageBackend}: one key for each, {@code registry/<group>/<plural>/<namespace>/<name>}
 * ({@code <namespace>/} only for a kind that has one), whose value is its JSON and whose revision is its resourceVersion.
 *
 * <p>Each operation changes the storage by one atomic operation; it reads before, and goes by the revision it read. Only a
 * {@link DeleteOptions.Propagation#FOREGROUND} delete makes several changes. Safe for use by any thread. The storage stays
 * the caller's, to be closed when nobody uses this client any more.
 */
public final class StorageClient implements ObjectClient {
    /** How often a name is made up before it is taken that others do the same on purpose. */
    private static final int NAME_ATTEMPTS = 8;

    private final StorageBackend backend;
    private final Rules rules;
    private final StatusClient status = new Status();

    private StorageClient(StorageBackend backend, Rules rules) {
        this.backend = backend;
        this.rules = rules;
    }

    /** A client without further steps. */
    public static StorageClient of(StorageBackend backend) {
        return builder(backend).build();
    }

    /** Begins a client with steps. */
    public static Builder builder(StorageBackend backend) {
        return new Builder(backend);
    }

    @Override
    public <T extends HasMetadata> T get(ResourceType<T> type, ObjectKey key) {
        MetadataRules.check(type, key);
        try {
            return Codec.typed(type, Codec.decode(backend.get(type.storageKey(key))));
        } catch (KeyNotFoundException e) {
            throw new ObjectNotFoundException(type, key, e);
        }
    }

    @Override
    public <T extends HasMetadata> ObjectList<T> list(ResourceType<T> type, ObjectQuery query) {
        MetadataRules.check(type, query);
        List<T> items = new ArrayList<>();
        ListOptions options =
                ListOptions.prefix(type.keyPrefix(query.namespace())).withLimit(query.limit());
        String token = query.continueToken();
        while (true) {
            ListResult page = backend.list(options.continuing(token));
            for (KeyValue stored : page.items()) {
                ObjectNode object = Codec.decode(stored);
                if (query.matches(object)) {
                    items.add(Codec.typed(type, object));
                }
            }
            token = page.continueToken();
            // A page without a match is of no use to anybody. One with a few cannot be filled up, only ended, where the
            // storage's page ends.
            if (!items.isEmpty() || token.isEmpty()) {
                return new ObjectList<>(items, Long.toString(page.revision()), token);
            }
        }
    }

    @Override
    public <T extends HasMetadata> T create(ResourceType<T> type, T object) {
        ObjectNode given = Codec.tree(object);
        ObjectNode metadata = given.get("metadata") instanceof ObjectNode present ? present : given.objectNode();
        String name = Rules.text(metadata, "name");
        String base = Rules.text(metadata, "generateName");
        boolean generated = name.isEmpty() && !base.isEmpty();
        for (int attempt = 1; ; attempt++) {
            String tried = generated ? Generated.name(base) : name;
            ObjectNode created = rules.created(type, given.deepCopy(), tried);
            ObjectKey key = ObjectKey.of(Rules.text(Rules.metadata(created), "namespace"), tried);
            try {
                return Codec.typed(
                        type, Codec.decode(backend.create(type.storageKey(key), Codec.encode(created), Duration.ZERO)));
            } catch (KeyExistsException e) {
                if (!generated || attempt == NAME_ATTEMPTS) {
                    throw new ObjectExistsException(type, key, e);
                }
            }
        }
    }

    @Override
    public <T extends HasMetadata> T update(ResourceType<T> type, T object) {
        return replace(type, object, (before, given) -> rules.updated(type, before, given));
    }

    @Override
    public <T extends HasMetadata> T patch(ResourceType<T> type, ObjectKey key, Patch patch) {
        return change(type, key, before -> rules.updated(type, before, patched(type, before, patch)));
    }

    @Override
    public <T extends HasMetadata> T edit(ResourceType<T> type, ObjectKey key, UnaryOperator<T> change) {
        return change(type, key, before -> rules.updated(type, before, edited(type, before, change)));
    }

    @Override
    public <T extends HasMetadata> T delete(ResourceType<T> type, ObjectKey key, DeleteOptions options) {
        MetadataRules.check(type, key);
        return options.propagation() == DeleteOptions.Propagation.FOREGROUND
                ? deleteAfterDependents(type, key, options)
                : deleteAlone(type, key, options);
    }

    @Override
    public StatusClient status() {
        return status;
    }

    @Override
    public <T extends HasMetadata> Watch watch(
            ResourceType<T> type, ObjectQuery query, String resourceVersion, ObjectListener<T> listener) {
        MetadataRules.check(type, query);
        Objects.requireNonNull(listener, "listener");
        long from = resourceVersion.isEmpty() ? 0 : revision(resourceVersion) + 1;
        return WatchFilter.open(backend, type, query, from, listener);
    }

    private static long revision(String resourceVersion) {
        try {
            long revision = Long.parseLong(resourceVersion);
            if (revision >= 0 && revision < Long.MAX_VALUE) {
                return revision;
            }
        } catch (NumberFormatException e) {
            // Refused below, as one out of range is.
        }
        throw new IllegalArgumentException("resourceVersion is \"" + resourceVersion
                + "\"; allowed is one that this client gave, or the empty string for now");
    }

    private static ObjectNode patched(ResourceType<?> type, ObjectNode before, Patch patch) {
        String message = "the result is not a JSON object";
        try {
            if (Codec.parse(patch.apply(Codec.text(before))) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonException e) {
            message = patch + " does not fit: " + e.getMessage();
        }
        throw new InvalidObjectException(
                type, Rules.text(Rules.metadata(before), "name"), List.of(new Cause("", message)));
    }

    private static <T extends HasMetadata> ObjectNode edited(
            ResourceType<T> type, ObjectNode before, UnaryOperator<T> change) {
        return Codec.tree(change.apply(Codec.typed(type, before)));
    }

    /** Replaces an object as a whole, for which it must say which one it replaces. */
    private <T extends HasMetadata> T replace(ResourceType<T> type, T object, BinaryOperator<ObjectNode> replacement) {
        ObjectNode given = Codec.tree(object);
        ObjectNode metadata = given.get("metadata") instanceof ObjectNode present ? present : given.objectNode();
        String name = Rules.text(metadata, "name");
        if (Rules.text(metadata, Codec.RESOURCE_VERSION).isEmpty()) {
            throw new InvalidObjectException(
                    type,
                    name,
                    List.of(new Cause(
                            "metadata.resourceVersion", "is missing; an update must have the one that was read")));
        }
        ObjectKey key = ObjectKey.of(Rules.text(metadata, "namespace"), name);
        return change(type, key, before -> replacement.apply(before, given.deepCopy()));
    }

    private <T extends HasMetadata> T deleteAfterDependents(
            ResourceType<T> type, ObjectKey key, DeleteOptions options) {
        while (true) {
            ObjectNode owner = Codec.tree(get(type, key));
            Rules.check(type, owner, options);
            Dependents dependents = new Dependents(backend, this);
            if (!dependents.delete(owner)) {
                throw new DependentsLeftException(type, key, dependents.waiting());
            }
            try {
                // No other of that name: its dependents are still there.
                return deleteAlone(type, key, options.withUid(Rules.text(Rules.metadata(owner), "uid")));
            } catch (ObjectConflictException e) {
                // What is there now is judged by what the caller asked for, and has its own dependents.
            }
        }
    }

    private <T extends HasMetadata> T deleteAlone(ResourceType<T> type, ObjectKey key, DeleteOptions options) {
        return change(type, key, before -> {
            Rules.check(type, before, options);
            return rules.marked(before);
        });
    }

    /** The one way in which what is stored becomes something else, or nothing. */
    private <T extends HasMetadata> T change(ResourceType<T> type, ObjectKey key, UnaryOperator<ObjectNode> change) {
        MetadataRules.check(type, key);
        String storageKey = type.storageKey(key);
        while (true) {
            Change attempt = new Change(change);
            try {
                KeyValue stored = backend.guaranteedUpdate(storageKey, attempt);
                if (!attempt.removes()) {
                    return Codec.typed(type, Codec.decode(stored));
                }
                try {
                    backend.delete(storageKey, Preconditions.revision(stored.revision()));
                    return Codec.typed(type, attempt.result());
                } catch (StaleRevisionException e) {
                    // Somebody else came in between: the change is made of what is there now, or meets its conflict.
                }
            } catch (KeyNotFoundException e) {
                // One of the change's own, about another key perhaps, is the caller's business.
                throw attempt.hasThrown(e) ? e : new ObjectNotFoundException(type, key, e);
            }
        }
    }

    private final class Status implements StatusClient {
        @Override
        public <T extends HasMetadata> T update(ResourceType<T> type, T object) {
            return replace(type, object, (before, given) -> rules.withStatus(type, before, given));
        }

        @Override
        public <T extends HasMetadata> T patch(ResourceType<T> type, ObjectKey key, Patch patch) {
            return change(type, key, before -> rules.withStatus(type, before, patched(type, before, patch)));
        }

        @Override
        public <T extends HasMetadata> T edit(ResourceType<T> type, ObjectKey key, UnaryOperator<T> change) {
            return change(type, key, before -> rules.withStatus(type, before, edited(type, before, change)));
        }
    }

    /** Collects the steps of a client. Not for use by several threads at once. */
    public static final class Builder {
        private final StorageBackend backend;
        private final Map<String, List<Defaulting>> defaulting = new HashMap<>();
        private final Map<String, List<Validation>> validation = new HashMap<>();
        private Clock clock = Clock.systemUTC();

        private Builder(StorageBackend backend) {
            this.backend = Objects.requireNonNull(backend, "backend");
        }

        /** Adds a step for the objects of a type; steps run in the order in which they were added. */
        public Builder defaulting(ResourceType<?> type, Defaulting step) {
            defaulting
                    .computeIfAbsent(type.keyPrefix(), key -> new ArrayList<>())
                    .add(Objects.requireNonNull(step, "step"));
            return this;
        }

        /** Adds a step for the objects of a type; all of them run, and what they find is told together. */
        public Builder validation(ResourceType<?> type, Validation step) {
            validation
                    .computeIfAbsent(type.keyPrefix(), key -> new ArrayList<>())
                    .add(Objects.requireNonNull(step, "step"));
            return this;
        }

        /** Adds the defaults and the validation of a schema for the type that it is for. */
        public Builder schema(CrdSchema schema) {
            return defaulting(schema.type(), schema).validation(schema.type(), schema);
        }

        /** Takes the time from elsewhere. */
        public Builder clock(Clock other) {
            clock = Objects.requireNonNull(other, "clock");
            return this;
        }

        /** Makes the client. */
        public StorageClient build() {
            return new StorageClient(backend, new Rules(defaulting, validation, clock));
        }
    }
}
