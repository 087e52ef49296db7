package io.k1s.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.Map;

/** A kind of the tests. */
@Group("test.k1s.io")
@Version("v1")
public final class Gadget implements HasMetadata, Namespaced {
    static final ResourceType<Gadget> TYPE = ResourceType.of(Gadget.class);

    private String apiVersion = "test.k1s.io/v1";
    private ObjectMeta metadata = new ObjectMeta();
    public Spec spec = new Spec();
    public Status status;

    /** What is wanted. */
    public static final class Spec {
        public String colour;
        public Long size;
    }

    /** What is. */
    public static final class Status {
        public String phase;
    }

    static Gadget of(String namespace, String name) {
        Gadget gadget = new Gadget();
        gadget.metadata =
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build();
        return gadget;
    }

    static Gadget of(String name) {
        return of("default", name);
    }

    Gadget coloured(String colour) {
        spec.colour = colour;
        return this;
    }

    Gadget labelled(Map<String, String> labels) {
        metadata.setLabels(labels);
        return this;
    }

    Gadget withPhase(String phase) {
        status = new Status();
        status.phase = phase;
        return this;
    }

    ObjectKey key() {
        return ObjectKey.of(this);
    }

    @Override
    public ObjectMeta getMetadata() {
        return metadata;
    }

    @Override
    public void setMetadata(ObjectMeta metadata) {
        this.metadata = metadata;
    }

    @Override
    public String getApiVersion() {
        return apiVersion;
    }

    @Override
    public void setApiVersion(String version) {
        this.apiVersion = version;
    }
}
