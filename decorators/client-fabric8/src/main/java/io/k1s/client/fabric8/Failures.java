package io.k1s.client.fabric8;

import org.jspecify.annotations.Nullable;

/** What several callbacks threw, so that each of them runs, whatever another throws. */
final class Failures {
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

    /** The first as it is, with the others suppressed. */
    void rethrow() {
        if (first != null) {
            Failures.<RuntimeException>sneak(first);
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> void sneak(Throwable t) throws T {
        throw (T) t;
    }
}
