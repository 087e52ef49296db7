package io.k1s.cli;

import io.k1s.registry.WorkRegistry;
import io.k1s.storage.KeyExistsException;
import io.k1s.storage.KeyNotFoundException;
import io.k1s.storage.KeyValue;
import io.k1s.storage.ListOptions;
import io.k1s.storage.ListResult;
import io.k1s.storage.Preconditions;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.TrackedStorage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code k1s kv}: the raw keys of a store. */
@Command(
        name = "kv",
        description = "Reads and writes the raw keys of a store, also of one that \"k1s run\" or a watch has open.",
        subcommands = {KvWatchCommand.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  k1s kv put --store /tmp/store greeting hello",
            "  k1s kv get --store /tmp/store greeting",
            "  k1s kv list --store /tmp/store --prefix gre",
            "  k1s kv watch --store /tmp/store --from 1",
            "  k1s kv delete --store /tmp/store greeting"
        })
final class KvCommand implements Callable<Integer> {
    private static final int PAGE = 1000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** The store that every command of this group works on. */
    static final class Store {
        @Spec(Spec.Target.MIXEE)
        private CommandSpec spec = CommandSpec.create();

        private String given = "";

        @Option(names = "--store", paramLabel = "DIR", required = true, description = "The folder of the store.")
        void store(String value) {
            Args.path(spec, "--store", value);
            given = value;
        }

        StorageBackend open() {
            return Stores.open(StorePath.existing(spec, given));
        }

        /** For a command that has it open for long: other commands must get at it all the same. */
        TrackedStorage open(WorkRegistry registry) {
            Path path = StorePath.existing(spec, given);
            return Stores.register(registry, path, Stores.open(path));
        }

        StorageBackend openOrCreate() {
            Path path = StorePath.writable(spec, given);
            return Stores.open(path);
        }
    }

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing; allowed are put, get, list, delete and watch (see k1s kv --help)");
    }

    @Command(name = "put", description = "Gives a key a value, and prints its revision. The store is made if need be.")
    int put(
            @Mixin Store store,
            @Parameters(paramLabel = "KEY", description = "1 to 1024 bytes of UTF-8, no control characters.")
                    String key,
            @Parameters(paramLabel = "VALUE", description = "The value; \"-\" reads it from standard input.")
                    String value,
            @Option(
                            names = "--ttl",
                            paramLabel = "D",
                            description = "How long a new key lives, 1ms to 876000h (default: for ever).")
                    @Nullable
                    String ttl)
            throws IOException {
        Duration life = ttl == null
                ? Duration.ZERO
                : Args.duration(command("put"), "--ttl", ttl, Duration.ofMillis(1), Duration.ofDays(36_500));
        byte[] bytes = value.equals("-") ? System.in.readAllBytes() : value.getBytes(StandardCharsets.UTF_8);
        try (StorageBackend backend = store.openOrCreate()) {
            out().println("revision " + put(backend, key, bytes, life).revision());
        }
        return ExitCodes.OK;
    }

    private static KeyValue put(StorageBackend backend, String key, byte[] value, Duration ttl) {
        if (!ttl.isZero()) {
            return putNew(backend, key, value, ttl);
        }
        while (true) {
            try {
                return backend.guaranteedUpdate(key, current -> value);
            } catch (KeyNotFoundException e) {
                try {
                    return backend.create(key, value, Duration.ZERO);
                } catch (KeyExistsException raced) {
                    // Somebody else created it just now.
                }
            }
        }
    }

    private static KeyValue putNew(StorageBackend backend, String key, byte[] value, Duration ttl) {
        try {
            return backend.create(key, value, ttl);
        } catch (KeyExistsException e) {
            throw new CommandException(e.getMessage() + "; a time to live is for a new key", e);
        }
    }

    @Command(name = "get", description = "Prints the value of a key.")
    int get(@Mixin Store store, @Parameters(paramLabel = "KEY", description = "The key.") String key)
            throws IOException {
        try (StorageBackend backend = store.open()) {
            byte[] value = backend.get(key).value();
            System.out.write(value);
            System.out.println();
        }
        return ExitCodes.OK;
    }

    @Command(
            name = "list",
            description =
                    "Prints keys in order: revision, bytes, key; what cannot be seen in one as an escape, and a backslash as two.")
    int list(
            @Mixin Store store,
            @Option(
                            names = "--prefix",
                            paramLabel = "P",
                            defaultValue = "",
                            description = "Only keys that begin so (default: all).")
                    String prefix,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "1000000000",
                            description = "At most so many, 1 to 1000000000 (default: ${DEFAULT-VALUE}).")
                    String limit) {
        long left = Args.number(command("list"), "--limit", limit, 1, 1_000_000_000);
        try (StorageBackend backend = store.open()) {
            ListOptions options = ListOptions.prefix(prefix).withLimit((int) Math.min(left, PAGE));
            String token = "";
            do {
                ListResult page = backend.list(options.continuing(token));
                for (KeyValue item : page.items()) {
                    if (left-- > 0) {
                        out().printf("%d\t%d\t%s%n", item.revision(), item.size(), OneLine.key(item.key()));
                    }
                }
                token = page.continueToken();
            } while (!token.isEmpty() && left > 0);
        }
        return ExitCodes.OK;
    }

    @Command(name = "delete", description = "Deletes a key.")
    int delete(
            @Mixin Store store,
            @Parameters(paramLabel = "KEY", description = "The key.") String key,
            @Option(
                            names = "--revision",
                            paramLabel = "N",
                            defaultValue = "0",
                            description = "Only if it still has this revision; 0 for any (default: ${DEFAULT-VALUE}).")
                    String revision) {
        long expected = Args.number(command("delete"), "--revision", revision, 0, Long.MAX_VALUE);
        try (StorageBackend backend = store.open()) {
            out().println("deleted, was revision "
                    + backend.delete(key, new Preconditions(expected)).revision());
        }
        return ExitCodes.OK;
    }

    private CommandSpec command(String name) {
        return Objects.requireNonNull(spec.subcommands().get(name), name).getCommandSpec();
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
