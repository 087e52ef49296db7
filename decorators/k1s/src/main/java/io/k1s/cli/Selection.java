package io.k1s.cli;

import io.k1s.client.ObjectQuery;
import picocli.CommandLine.Option;

/** Which objects of a kind. */
final class Selection {
    @Option(
            names = {"-l", "--selector"},
            paramLabel = "SEL",
            defaultValue = "",
            description = "Only those with such labels: a=b,c!=d,e in (f,g),h,!i.")
    private String labels = "";

    @Option(
            names = "--field-selector",
            paramLabel = "SEL",
            defaultValue = "",
            description = "Only those with such fields: metadata.name=a,spec.category!=b.")
    private String fields = "";

    boolean isEmpty() {
        return labels.isBlank() && fields.isBlank();
    }

    ObjectQuery in(String namespace) {
        return ObjectQuery.inNamespace(namespace).labels(labels).fields(fields);
    }
}
