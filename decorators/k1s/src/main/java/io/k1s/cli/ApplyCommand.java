package io.k1s.cli;

import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectException;
import io.k1s.client.ObjectKey;
import io.k1s.storage.StorageBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code k1s apply}. */
@Command(
        name = "apply",
        description = "Makes objects what YAML or JSON files say, as kubectl apply does. The store is made if need be.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  k1s apply --store /tmp/store -f items.yaml",
            "  k1s apply --store /tmp/store -f folder/ -R",
            "  generate | k1s apply --store /tmp/store -f -"
        })
final class ApplyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private KvCommand.Store store = new KvCommand.Store();

    @Mixin
    private Target target = new Target();

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "FILE",
            required = true,
            description = "A file, a folder, or \"-\" for standard input; may be given several times.")
    private List<String> files = new ArrayList<>();

    @Option(
            names = {"-R", "--recursive"},
            description = "Folders with all that is in them.")
    private boolean recursive;

    @Override
    public Integer call() {
        Logs.quiet();
        List<Documents.Document> documents = Documents.read(spec, files, recursive);
        if (documents.isEmpty()) {
            throw new CommandException("no objects passed to apply");
        }
        int code = ExitCodes.OK;
        try (StorageBackend backend = store.openOrCreate()) {
            KindTable kinds = KindTable.of(backend);
            ObjectClient client = kinds.client();
            for (Documents.Document document : documents) {
                try {
                    Kind kind = kinds.of(
                            document.object().path("apiVersion").asText(),
                            document.object().path("kind").asText());
                    ObjectKey key = target.key(kind, document);
                    Apply.Outcome outcome = new Apply(client).apply(kind.type(), key, document.object());
                    spec.commandLine()
                            .getOut()
                            .println(
                                    kind.path(key.name()) + " " + outcome.name().toLowerCase(Locale.ROOT));
                    if (kind.type().equals(KindTable.DEFINITION)) {
                        kinds.define(document.object());
                        client = kinds.client();
                    }
                } catch (ObjectException | CommandException | IllegalArgumentException e) {
                    // As kubectl: the others are applied all the same.
                    code = ExitCodes.FAILED;
                    spec.commandLine().getErr().println(ServerError.line(e) + " (" + document.source() + ")");
                }
            }
        }
        return code;
    }
}
