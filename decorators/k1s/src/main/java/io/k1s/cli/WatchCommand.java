package io.k1s.cli;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectEvent;
import io.k1s.client.ObjectList;
import io.k1s.client.ObjectQuery;
import io.k1s.client.TrackedClient;
import io.k1s.registry.ComponentOptions;
import io.k1s.registry.WorkRegistry;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.Watch;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code k1s watch}: prints what is there, then every change, until a signal or the duration is over. */
@Command(
        name = "watch",
        description = "Prints the objects of a kind, then every change of them until Ctrl-C, as kubectl get"
                + " --watch --output-watch-events does; and at the end why it ended. If no other process has the store"
                + " open, this one has, and other commands get at it through this one.",
        footerHeading = "%nExample:%n",
        footer = "  k1s watch --store /tmp/store items -l tier=web")
final class WatchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private KvCommand.Store store = new KvCommand.Store();

    @Mixin
    private Target target = new Target();

    @Mixin
    private Selection selection = new Selection();

    @Parameters(index = "0", paramLabel = "KIND", description = "The kind by its plural, singular or short name.")
    private String kind = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, wide (with the columns of lower priority), yaml, json or name (default:"
                    + " ${DEFAULT-VALUE}).")
    private String format = "";

    private @Nullable Duration duration;

    @Option(names = "--duration", paramLabel = "D", description = "How long, 100ms to 720h (default: until a signal).")
    void duration(String value) {
        duration = Args.duration(spec, "--duration", value, Duration.ofMillis(100), Duration.ofDays(30));
    }

    @Override
    public Integer call() throws InterruptedException {
        Logs.quiet();
        ObjectPrinter.Format output = ObjectPrinter.format(spec, format);
        WorkRegistry registry = WorkRegistry.create();
        StorageBackend backend = store.open(registry);
        return OpenWatch.run(spec, registry, () -> watch(registry, backend, output), duration);
    }

    private Watch watch(WorkRegistry registry, StorageBackend backend, ObjectPrinter.Format output) {
        KindTable kinds = KindTable.of(backend);
        ObjectClient client =
                TrackedClient.register(registry, "client", kinds.client(), ComponentOptions.dependsOn("storage"));
        Kind meant = kinds.called(kind);
        ObjectPrinter printer = new ObjectPrinter(
                meant, output, target.allNamespaces(), spec.commandLine().getOut());
        ObjectQuery query = selection.in(target.namespace(meant));
        ObjectList<GenericKubernetesResource> now = client.list(meant.type(), query);
        now.items().forEach(object -> print(printer, ObjectEvent.Type.ADDED, object));
        return client.watch(
                meant.type(), query, now.resourceVersion(), event -> print(printer, event.type(), event.object()));
    }

    private void print(ObjectPrinter printer, ObjectEvent.Type what, GenericKubernetesResource object) {
        printer.event(what.name(), object);
        Output.require(spec.commandLine().getOut());
    }
}
