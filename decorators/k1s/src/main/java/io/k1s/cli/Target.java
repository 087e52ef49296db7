package io.k1s.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.k1s.client.ObjectKey;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The namespace that a command works in. */
final class Target {
    private static final String DEFAULT = "default";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    private @Nullable String namespace;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NS",
            description = "The namespace (default: default).")
    void namespace(String value) {
        // To the client it would mean all of them.
        if (value.isBlank()) {
            throw Args.refused(spec, "-n", value, "a namespace; -A for all");
        }
        namespace = value;
    }

    @Option(
            names = {"-A", "--all-namespaces"},
            description = "All namespaces.")
    private boolean all;

    boolean allNamespaces() {
        return all;
    }

    /** The namespace for objects of a kind; empty for all, and for a kind that has none. */
    String namespace(Kind kind) {
        return all ? "" : single(kind);
    }

    /** The key of one object of a kind. */
    ObjectKey key(Kind kind, String name) {
        if (all) {
            throw new CommandException(
                    "a name together with all namespaces: an object has one namespace; leave out -A",
                    ExitCodes.USAGE,
                    null);
        }
        return ObjectKey.of(single(kind), name);
    }

    private String single(Kind kind) {
        if (!kind.type().namespaced()) {
            return "";
        }
        return namespace == null ? DEFAULT : namespace;
    }

    /** The key of a document's object, which gets the namespace if it names none. */
    ObjectKey key(Kind kind, Documents.Document document) {
        ObjectNode metadata = document.object().withObjectProperty("metadata");
        String own = metadata.path("namespace").asText();
        if (kind.type().namespaced()) {
            if (own.isEmpty()) {
                own = single(kind);
                metadata.put("namespace", own);
            } else if (namespace != null && !own.equals(namespace)) {
                throw new CommandException(document.source() + " has the namespace \"" + own + "\", not \"" + namespace
                        + "\" as -n says; leave out one of them, or make them equal");
            }
        }
        return ObjectKey.of(own, metadata.path("name").asText());
    }
}
