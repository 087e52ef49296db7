package io.k1s.controller.josdk;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** A thing in a shop, whose availability a reconciler writes. */
@Group("shop.example")
@Version("v1")
public class Item extends CustomResource<Item.Spec, Item.Status> implements Namespaced {
    private static final long serialVersionUID = 1L;

    public static class Spec {
        public int quantity;
    }

    public static class Status {
        public String availability;
    }

    static Item named(String name) {
        Item item = new Item();
        item.setMetadata(
                new ObjectMetaBuilder().withName(name).withNamespace("shop").build());
        item.setSpec(new Spec());
        return item;
    }

    String availability() {
        return getStatus() == null ? "unknown" : getStatus().availability;
    }

    Item available(String availability) {
        Status status = new Status();
        status.availability = availability;
        setStatus(status);
        return this;
    }
}
