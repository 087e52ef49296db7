package io.k1s.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;

/** What names, labels and the like may be. */
final class MetadataRules {
    private static final Pattern SUBDOMAIN = Pattern.compile("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final int LONGEST_NAME = 253;

    private MetadataRules() {}

    static void check(ResourceType<?> type, ObjectNode metadata, List<Cause> causes) {
        String name = Rules.text(metadata, "name");
        if (!isName(name)) {
            causes.add(new Cause(
                    "metadata.name",
                    "is \"" + name + "\"; allowed are 1 to 253 small letters, digits, '-' and '.', a letter or digit at"
                            + " both ends"));
        }
        String namespace = Rules.text(metadata, "namespace");
        if (!isNamespace(type, namespace)) {
            causes.add(new Cause("metadata.namespace", allowedNamespace(type, namespace)));
        }
        checkMap(metadata, "labels", true, causes);
        checkMap(metadata, "annotations", false, causes);
    }

    private static void checkMap(ObjectNode metadata, String field, boolean valuesToo, List<Cause> causes) {
        metadata.path(field).properties().forEach(entry -> {
            String path = "metadata." + field + "[" + entry.getKey() + "]";
            if (!LabelSelector.isKey(entry.getKey())) {
                causes.add(new Cause(
                        path,
                        "allowed is a key of 1 to 63 letters, digits, '-', '_' and '.', perhaps after a DNS subdomain and"
                                + " '/'"));
            }
            JsonNode value = entry.getValue();
            if (!value.isTextual() || (valuesToo && !LabelSelector.isValue(value.asText()))) {
                causes.add(new Cause(
                        path,
                        "is " + value + "; allowed is a string"
                                + (valuesToo ? " of at most 63 letters, digits, '-', '_' and '.'" : "")));
            }
        });
    }

    /** Checks what is asked for before the storage is asked. */
    static void check(ResourceType<?> type, ObjectKey key) {
        if (!isName(key.name())) {
            throw new IllegalArgumentException("name of " + type.qualifiedPlural() + " is \"" + key.name()
                    + "\"; allowed are 1 to 253 small letters, digits, '-' and '.'");
        }
        if (!isNamespace(type, key.namespace())) {
            throw new IllegalArgumentException("namespace of " + type.qualifiedPlural() + " \"" + key.name() + "\" "
                    + allowedNamespace(type, key.namespace()));
        }
    }

    /** The same for a query, which may leave the namespace open. */
    static void check(ResourceType<?> type, ObjectQuery query) {
        if (!query.namespace().isEmpty() && !isNamespace(type, query.namespace())) {
            throw new IllegalArgumentException(
                    "namespace of " + type.qualifiedPlural() + " " + allowedNamespace(type, query.namespace()));
        }
    }

    private static boolean isName(String name) {
        return name.length() <= LONGEST_NAME && SUBDOMAIN.matcher(name).matches();
    }

    private static boolean isNamespace(ResourceType<?> type, String namespace) {
        return type.namespaced() ? LABEL.matcher(namespace).matches() : namespace.isEmpty();
    }

    private static String allowedNamespace(ResourceType<?> type, String namespace) {
        return "is \"" + namespace + "\"; allowed is "
                + (type.namespaced()
                        ? "a DNS label of 1 to 63 small letters, digits and '-'"
                        : "none, since this kind has no namespaces");
    }
}
