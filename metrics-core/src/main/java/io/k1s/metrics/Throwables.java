package io.k1s.metrics;

import org.jspecify.annotations.Nullable;

/** Collects what several callbacks threw, so that each of them runs, and rethrows it once. */
final class Throwables {
    private @Nullable Throwable first;

    @SuppressWarnings("CatchingUnchecked") // an Error of one callback must not keep the others from running
    void collect(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable t) {
            if (first == null) {
                first = t;
            } else if (first != t) {
                first.addSuppressed(t);
            }
        }
    }

    void rethrow() {
        if (first != null) {
            // As it is: a Runnable can throw a checked exception too, from other languages or by an unchecked cast.
            Throwables.<RuntimeException>sneak(first);
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> void sneak(Throwable t) throws T {
        throw (T) t;
    }
}
