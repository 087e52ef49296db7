package io.k1s.cli;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.k1s.client.DeleteOptions;
import io.k1s.client.DeleteOptions.Propagation;
import io.k1s.client.ObjectClient;
import io.k1s.client.ObjectException;
import io.k1s.client.ObjectKey;
import io.k1s.client.ObjectNotFoundException;
import io.k1s.storage.StorageBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code k1s delete}. */
@Command(
        name = "delete",
        description = "Deletes objects, as kubectl delete --cascade=foreground does.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  k1s delete --store /tmp/store item laptop",
            "  k1s delete --store /tmp/store items -l season=past",
            "  k1s delete --store /tmp/store -f items.yaml --ignore-not-found"
        })
final class DeleteCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private KvCommand.Store store = new KvCommand.Store();

    @Mixin
    private Target target = new Target();

    @Mixin
    private Selection selection = new Selection();

    @Parameters(index = "0", arity = "0..1", paramLabel = "KIND", description = "The kind, or KIND/NAME.")
    private @Nullable String kind;

    @Parameters(index = "1..*", paramLabel = "NAME", description = "The names.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "FILE",
            description = "The objects of a file, a folder, or \"-\" for standard input.")
    private List<String> files = new ArrayList<>();

    @Option(
            names = {"-R", "--recursive"},
            description = "Folders with all that is in them.")
    private boolean recursive;

    @Option(names = "--all", description = "All objects of the kind.")
    private boolean all;

    @Option(names = "--ignore-not-found", description = "An object that is not there is no failure.")
    private boolean ignoreNotFound;

    @Option(
            names = "--cascade",
            paramLabel = "HOW",
            defaultValue = "foreground",
            description = "What becomes of the objects that it owns: foreground (deleted first) or orphan"
                    + " (default: ${DEFAULT-VALUE}).")
    private String cascade = "";

    private int code = ExitCodes.OK;

    @Override
    public Integer call() {
        Logs.quiet();
        DeleteOptions options = DeleteOptions.none().withPropagation(propagation());
        Words words = kind == null ? null : Words.of(spec, kind, names);
        refuseContradictions(words);
        List<Documents.Document> documents = Documents.read(spec, files, recursive);
        try (StorageBackend backend = store.open()) {
            KindTable kinds = KindTable.of(backend);
            ObjectClient client = kinds.client();
            for (Documents.Document document : documents) {
                delete(kinds, client, document, options);
            }
            if (words != null) {
                Kind meant = kinds.called(words.kind());
                for (ObjectKey key : keys(client, meant, words)) {
                    delete(client, meant, key, options);
                }
            }
        }
        return code;
    }

    private Propagation propagation() {
        return switch (cascade) {
            case "foreground" -> Propagation.FOREGROUND;
            case "orphan" -> Propagation.ORPHAN;
            default -> throw Args.refused(spec, "--cascade", cascade, "foreground or orphan");
        };
    }

    private void refuseContradictions(@Nullable Words words) {
        if ((words == null) == files.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "what to delete is said by either KIND and names, or -f; exactly one is allowed");
        }
        boolean selected = all || !selection.isEmpty();
        if (words == null && (selected || target.allNamespaces())) {
            // As if it were not said, all of the file would be deleted.
            throw new ParameterException(
                    spec.commandLine(),
                    "-f together with --all, -A, -l or --field-selector: a file says itself which objects are deleted,"
                            + " all that are in it; leave out one of them");
        }
        if (words != null) {
            words.refuseNamesWith(spec, selected);
            if (!selected && words.names().isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "resource(s) were provided, but no name was specified; name them, or say --all"
                                + " or a selector");
            }
        }
    }

    private List<ObjectKey> keys(ObjectClient client, Kind meant, Words words) {
        if (!words.names().isEmpty()) {
            return words.names().stream().map(name -> target.key(meant, name)).toList();
        }
        List<ObjectKey> keys = new ArrayList<>();
        for (GenericKubernetesResource found :
                client.list(meant.type(), selection.in(target.namespace(meant))).items()) {
            keys.add(ObjectKey.of(found));
        }
        if (keys.isEmpty()) {
            spec.commandLine().getErr().println("No resources found");
        }
        return keys;
    }

    private void delete(KindTable kinds, ObjectClient client, Documents.Document document, DeleteOptions options) {
        try {
            Kind known = kinds.of(
                    document.object().path("apiVersion").asText(),
                    document.object().path("kind").asText());
            delete(client, known, target.key(known, document), options);
        } catch (CommandException | IllegalArgumentException e) {
            // As apply: the others are deleted all the same.
            fail(ServerError.line(e) + " (" + document.source() + ")");
        }
    }

    private void delete(ObjectClient client, Kind meant, ObjectKey key, DeleteOptions options) {
        try {
            GenericKubernetesResource deleted = client.delete(meant.type(), key, options);
            boolean waits = !deleted.getFinalizers().isEmpty();
            spec.commandLine()
                    .getOut()
                    .println(meant.qualifiedSingular() + " \"" + key.name() + "\" "
                            + (waits ? "marked for deletion, waits for its finalizers" : "deleted"));
        } catch (ObjectNotFoundException e) {
            if (!ignoreNotFound) {
                fail(ServerError.line(e));
            }
        } catch (ObjectException | IllegalArgumentException e) {
            fail(ServerError.line(e));
        }
    }

    private void fail(String line) {
        code = ExitCodes.FAILED;
        spec.commandLine().getErr().println(line);
    }
}
