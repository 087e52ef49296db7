package io.k1s.storage;

/**
 * What gets the events of a watch: one after the other and in order, on a thread of the store and under no lock. It may
 * use the store and its watch. It may be slow: that holds up nobody else, but a watch that falls behind by more than the
 * kept history ends with {@link WatchEnded.Reason#OVERFLOW}. If it throws, the watch ends with
 * {@link WatchEnded.Reason#FAILED}.
 */
@FunctionalInterface
public interface WatchListener {

    /** Receives the next event. */
    void onEvent(WatchEvent event);
}
