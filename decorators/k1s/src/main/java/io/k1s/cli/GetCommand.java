package io.k1s.cli;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectException;
import io.k1s.client.ObjectList;
import io.k1s.client.ObjectQuery;
import io.k1s.storage.StorageBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code k1s get}. */
@Command(
        name = "get",
        description = "Prints objects, as kubectl get does.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  k1s get --store /tmp/store items",
            "  k1s get --store /tmp/store item laptop -o yaml",
            "  k1s get --store /tmp/store items -A -l tier=web --field-selector spec.category=books"
        })
final class GetCommand implements Callable<Integer> {
    private static final int PAGE = 500;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private KvCommand.Store store = new KvCommand.Store();

    @Mixin
    private Target target = new Target();

    @Mixin
    private Selection selection = new Selection();

    @Parameters(
            index = "0",
            paramLabel = "KIND",
            description = "The kind by its plural, singular or short name, or KIND/NAME.")
    private String kind = "";

    @Parameters(index = "1..*", paramLabel = "NAME", description = "The names (default: all).")
    private List<String> names = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, wide (with the columns of lower priority), yaml, json or name (default:"
                    + " ${DEFAULT-VALUE}).")
    private String format = "";

    @Override
    public Integer call() {
        Logs.quiet();
        ObjectPrinter.Format output = ObjectPrinter.format(spec, format);
        Words words = Words.of(spec, kind, names);
        words.refuseNamesWith(spec, !selection.isEmpty());
        try (StorageBackend backend = store.open()) {
            KindTable kinds = KindTable.of(backend);
            Kind meant = kinds.called(words.kind());
            ObjectPrinter printer = new ObjectPrinter(
                    meant, output, target.allNamespaces(), spec.commandLine().getOut());
            return words.names().isEmpty()
                    ? list(kinds.client(), meant, printer)
                    : named(kinds.client(), meant, words.names(), printer);
        }
    }

    private int list(ObjectClient client, Kind meant, ObjectPrinter printer) {
        ObjectQuery query = selection.in(target.namespace(meant)).limit(PAGE);
        List<GenericKubernetesResource> found = new ArrayList<>();
        String token = "";
        do {
            ObjectList<GenericKubernetesResource> page = client.list(meant.type(), query.continuing(token));
            found.addAll(page.items());
            token = page.continueToken();
        } while (!token.isEmpty());
        if (found.isEmpty() && printer.isTable()) {
            String namespace = target.namespace(meant);
            spec.commandLine()
                    .getErr()
                    .println("No resources found" + (namespace.isEmpty() ? "" : " in " + namespace + " namespace."));
            return ExitCodes.OK;
        }
        printer.list(found);
        return ExitCodes.OK;
    }

    private int named(ObjectClient client, Kind meant, List<String> wanted, ObjectPrinter printer) {
        int code = ExitCodes.OK;
        List<GenericKubernetesResource> found = new ArrayList<>();
        for (String name : wanted) {
            try {
                found.add(client.get(meant.type(), target.key(meant, name)));
            } catch (ObjectException | IllegalArgumentException e) {
                // As apply: the others are shown all the same.
                code = ExitCodes.FAILED;
                spec.commandLine().getErr().println(ServerError.line(e));
            }
        }
        if (wanted.size() == 1 && found.size() == 1) {
            printer.single(found.get(0));
        } else if (!found.isEmpty()) {
            printer.list(found);
        }
        return code;
    }
}
