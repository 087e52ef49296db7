package io.k1s.client;

import java.util.Objects;

/**
 * Which objects of a type: all, or those in one namespace, with certain labels, with certain fields. Immutable.
 *
 * <p>A label selector is a list such as {@code tier=web,env!=test,region in (a,b),owner,!legacy}, all of which must hold. A
 * field selector is a list such as {@code metadata.name=a,spec.category!=toys}: the path of any single value, which counts as
 * empty where it is missing.
 */
public final class ObjectQuery {
    private static final ObjectQuery ALL = new ObjectQuery("", LabelSelector.ALL, FieldSelector.ALL, 0, "");

    private final String namespace;
    private final LabelSelector labels;
    private final FieldSelector fields;
    private final int limit;
    private final String continueToken;

    private ObjectQuery(String namespace, LabelSelector labels, FieldSelector fields, int limit, String continueToken) {
        this.namespace = namespace;
        this.labels = labels;
        this.fields = fields;
        this.limit = limit;
        this.continueToken = continueToken;
    }

    /** All objects of the type, in one page. */
    public static ObjectQuery all() {
        return ALL;
    }

    /** The same in one namespace; in all of them if it is empty. */
    public static ObjectQuery inNamespace(String namespace) {
        Objects.requireNonNull(namespace, "namespace");
        return new ObjectQuery(namespace, LabelSelector.ALL, FieldSelector.ALL, 0, "");
    }

    /**
     * The same, but only those with such labels.
     *
     * @throws IllegalArgumentException if it is no label selector
     */
    public ObjectQuery labels(String selector) {
        return new ObjectQuery(namespace, LabelSelector.parse(selector), fields, limit, continueToken);
    }

    /**
     * The same, but only those with such fields.
     *
     * @throws IllegalArgumentException if it is no field selector
     */
    public ObjectQuery fields(String selector) {
        return new ObjectQuery(namespace, labels, FieldSelector.parse(selector), limit, continueToken);
    }

    /** The same in pages of at most so many objects (a page may have fewer, and another follow); 0 for one page. */
    public ObjectQuery limit(int newLimit) {
        if (newLimit < 0) {
            throw new IllegalArgumentException("limit is " + newLimit + "; 0 (no limit) or more is allowed");
        }
        return new ObjectQuery(namespace, labels, fields, newLimit, continueToken);
    }

    /** The same from where a page ended: its {@link ObjectList#continueToken()}. */
    public ObjectQuery continuing(String token) {
        Objects.requireNonNull(token, "token");
        return new ObjectQuery(namespace, labels, fields, limit, token);
    }

    /** Returns the namespace; empty for all. */
    public String namespace() {
        return namespace;
    }

    /** Returns how many objects a page has at most; 0 for all. */
    public int limit() {
        return limit;
    }

    /** Returns where to go on; empty for the first page. */
    public String continueToken() {
        return continueToken;
    }

    LabelSelector labelSelector() {
        return labels;
    }

    FieldSelector fieldSelector() {
        return fields;
    }

    /** Tells whether an object matches, namespace aside. */
    boolean matches(com.fasterxml.jackson.databind.node.ObjectNode object) {
        return labels.matches(object) && fields.matches(object);
    }

    @Override
    public String toString() {
        return (namespace.isEmpty() ? "all namespaces" : "namespace " + namespace)
                + (labels.isEmpty() ? "" : ", labels " + labels)
                + (fields.isEmpty() ? "" : ", fields " + fields);
    }
}
