package io.k1s.client;

import io.fabric8.kubernetes.api.Pluralize;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.k1s.storage.StorageBackend;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a kind of objects is called, and the Java type that stands for it.
 *
 * @param javaType the type; {@link GenericKubernetesResource} fits every kind
 * @param group the API group; empty for the core group
 * @param version the version within the group
 * @param kind the kind
 * @param plural the plural, in small letters, which names the kind in keys and messages
 * @param namespaced whether its objects live in namespaces
 * @param <T> the type
 */
public record ResourceType<T extends HasMetadata>(
        Class<T> javaType, String group, String version, String kind, String plural, boolean namespaced) {

    private static final Pattern GROUP = Pattern.compile("([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?");
    private static final Pattern LABEL = Pattern.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern KIND = Pattern.compile("[A-Z][A-Za-z0-9]{0,62}");
    /** What the keys of all objects start with. */
    static final String ROOT = "registry/";
    /** How keys name the core group. */
    private static final String CORE = "core";

    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException if one of them is not as Kubernetes has them
     */
    public ResourceType {
        check("group", group, GROUP, "a DNS subdomain, or empty for the core group");
        if (group.equals(CORE)) {
            throw new IllegalArgumentException("group is \"core\"; the core group is written as the empty string");
        }
        check("version", version, LABEL, "a DNS label such as v1");
        check("kind", kind, KIND, "a capital letter, then letters and digits");
        check("plural", plural, LABEL, "a DNS label such as items");
    }

    private static void check(String what, String value, Pattern allowed, String description) {
        if (!allowed.matcher(value).matches() || value.length() > 253) {
            throw new IllegalArgumentException(what + " is \"" + value + "\"; allowed is " + description);
        }
    }

    /**
     * The type of a class with fabric8's annotations {@code @Group}, {@code @Version} and, if need be, {@code @Kind} and
     * {@code @Plural}; in namespaces if it is {@link Namespaced}.
     */
    public static <T extends HasMetadata> ResourceType<T> of(Class<T> javaType) {
        String group = HasMetadata.getGroup(javaType);
        String version = HasMetadata.getVersion(javaType);
        if (version == null) {
            throw new IllegalArgumentException(javaType + " has no annotation @Version; one with a value is needed");
        }
        return new ResourceType<>(
                javaType,
                group == null ? "" : group,
                version,
                HasMetadata.getKind(javaType),
                HasMetadata.getPlural(javaType),
                Namespaced.class.isAssignableFrom(javaType));
    }

    /** The type of a kind for which there is no class; its plural is made up by the rules of English. */
    public static ResourceType<GenericKubernetesResource> generic(String apiVersion, String kind, boolean namespaced) {
        return generic(apiVersion, kind, Pluralize.toPlural(kind.toLowerCase(Locale.ROOT)), namespaced);
    }

    /** The type of a kind for which there is no class. */
    public static ResourceType<GenericKubernetesResource> generic(
            String apiVersion, String kind, String plural, boolean namespaced) {
        int slash = apiVersion.indexOf('/');
        return new ResourceType<>(
                GenericKubernetesResource.class,
                slash < 0 ? "" : apiVersion.substring(0, slash),
                apiVersion.substring(slash + 1),
                kind,
                plural,
                namespaced);
    }

    /**
     * The types of the objects in a storage, each once, without Java types of their own. Reads every object.
     *
     * @param backend the storage of a {@link StorageClient}
     * @return the types in the order of group and plural
     */
    public static List<ResourceType<GenericKubernetesResource>> storedIn(StorageBackend backend) {
        Map<String, ResourceType<GenericKubernetesResource>> types = new LinkedHashMap<>();
        StoredObjects.forEach(backend, (key, object) -> {
            ResourceType<GenericKubernetesResource> type = StoredObjects.type(key, object);
            types.putIfAbsent(type.keyPrefix(), type);
        });
        return List.copyOf(types.values());
    }

    /** Returns the group and version as objects have them. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** Returns the plural and the group, as messages and {@code kubectl} have them: {@code items.k1s.io}. */
    public String qualifiedPlural() {
        return group.isEmpty() ? plural : plural + "." + group;
    }

    /** Returns the kind and the group: {@code Item.k1s.io}. */
    String qualifiedKind() {
        return group.isEmpty() ? kind : kind + "." + group;
    }

    /** Returns what the keys of all objects of this type start with in a {@link io.k1s.storage.StorageBackend}. */
    public String keyPrefix() {
        return ROOT + (group.isEmpty() ? CORE : group) + "/" + plural + "/";
    }

    /** Returns what the keys of the objects in a namespace start with; all of them if it is empty. */
    String keyPrefix(String namespace) {
        return namespace.isEmpty() ? keyPrefix() : keyPrefix() + namespace + "/";
    }

    /** Returns the key of an object. */
    String storageKey(ObjectKey key) {
        return keyPrefix(key.namespace()) + key.name();
    }
}
