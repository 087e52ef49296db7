package io.k1s.client.fabric8;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a watcher was told. */
final class WatchLog implements Watcher<ConfigMap> {
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Override
    public void eventReceived(Action action, ConfigMap object) {
        told.add(action + " " + object.getMetadata().getName());
    }

    @Override
    public void onClose(WatcherException cause) {
        told.add("failed " + cause);
    }

    @Override
    public void onClose() {
        told.add("closed");
    }

    String next() throws InterruptedException {
        return String.valueOf(told.poll(Program.PATIENCE_SECONDS, TimeUnit.SECONDS));
    }
}
