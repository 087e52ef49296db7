package io.k1s.storage;

import java.util.concurrent.CompletionStage;

/** A running watch. It ends exactly once; {@link #ended()} then completes. Safe for use by any thread. */
public interface Watch {

    /** Delivers what is committed by now, then ends with {@link WatchEnded.Reason#CLOSING}. Does not wait for it. */
    void drain();

    /**
     * Ends the watch with {@link WatchEnded.Reason#CANCELLED} as soon as the current callback returns. Does not wait for
     * it, and does not interrupt it.
     */
    void cancel();

    /**
     * Completes, always normally, when the watch has ended: after the last callback has returned. What depends on it runs
     * on the watch's thread.
     */
    CompletionStage<WatchEnded> ended();
}
