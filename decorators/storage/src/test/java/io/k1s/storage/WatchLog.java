package io.k1s.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A listener that records what it gets, to be awaited event by event. */
public final class WatchLog implements WatchListener {

    private static final long SECONDS = 30;

    private final LinkedBlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();

    @Override
    public void onEvent(WatchEvent event) {
        events.add(event);
    }

    /** Returns the next event, waiting for it. */
    public WatchEvent next() throws InterruptedException {
        WatchEvent event = events.poll(SECONDS, TimeUnit.SECONDS);
        assertThat(event).as("an event within %s s", SECONDS).isNotNull();
        return event;
    }

    /** Returns the next events as "TYPE key=value@revision". */
    public List<String> next(int count) throws InterruptedException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(text(next()));
        }
        return texts;
    }

    /** Returns what came and was not taken. */
    public List<String> rest() {
        return events.stream().map(WatchLog::text).toList();
    }

    /** Waits for the end of a watch. */
    public static WatchEnded end(Watch watch) throws Exception {
        return watch.ended().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    }

    private static String text(WatchEvent event) {
        return event.type() + " " + event.key() + "=" + new String(event.value().value()) + "@" + event.revision();
    }
}
